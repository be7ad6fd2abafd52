"""A table: its expression, stages and columns, checked (Formats/expression.md, Formats/container.md, "Refusals")."""

from dataclasses import dataclass, replace

import expression
from composition import Composition, named
from container import NOTHING, POLICIES
from expression import Labelled, Nested
from refusal import Refused, require
from stages import STAGES

KINDS = ("indexer", "row map", "transform", "codec")


@dataclass
class Table:
    name: str
    expression: str
    id_count: int
    row_count: int
    dim: int
    default_row: int | None
    policy: str
    attributes: dict
    indexer: object
    row_maps: list
    composition: Composition
    columns: dict
    kept: int | None = None

    @property
    def transforms(self):
        return self.composition.transforms

    @property
    def codec(self):
        return self.composition.codec

    def find(self, id_):
        """The stored rows of an id as Found, or None if it is missing, or one of its probes is."""
        found = self.indexer.find(id_)
        for row_map in self.row_maps:
            if found is not None:
                found.rows = [row_map.mapped(row) for row in found.rows]
                found = None if None in found.rows else found
        return found

    def row(self, number):
        """A stored row, as its codec decodes it."""
        return self.codec.fetch(number)

    def stages(self):
        """Every stage with the beginning of its columns' names."""
        for stage in [self.indexer, *self.row_maps]:
            yield from named(stage)
        yield from self.composition.stages()

    def verify(self):
        for _, stage in self.stages():
            stage.verify()


def bad(entry, found, wanted):
    return Refused("BAD_EXPRESSION", "expression of table %r" % entry.name, found, wanted)


def kind_of(name):
    return STAGES[name].kind if name in STAGES else None


def known(stage):
    return stage.name in STAGES and STAGES[stage.name].revision == stage.revision


# The expression

def written_stages(entry):
    """The stages of the expression, an omitted `direct` included, with the revisions that the catalog has for them."""
    stages = expression.parse(entry.expression)
    listed = [name for name, _ in entry.stages]
    if listed[:1] == ["direct"] and kind_of(stages[0].name) != "indexer":
        stages.insert(0, expression.Stage("direct"))
    names = [stage.name for stage in expression.flattened(stages)]
    if names != listed:
        raise bad(entry, names, "the listed stages %s" % listed)
    for stage, (_, revision) in zip(expression.flattened(stages), entry.stages):
        stage.revision = revision
    if len(stages) < 2:
        raise bad(entry, names, "an indexer and a row codec")
    check_kinds(stages, KINDS)
    return stages


def check_kinds(stages, kinds):
    """The kinds stand in this order: any number of the middle ones, one row codec. Unknown stages may be of any."""
    at = 0
    for place, stage in enumerate(stages):
        last = place == len(stages) - 1
        allowed = kinds[-1:] if last else kinds[:1] if place == 0 and kinds == KINDS else \
            [kind for kind in kinds[at:-1] if kind != "indexer"]
        kind = kind_of(stage.name)
        require(kind is None or kind in allowed, "BAD_EXPRESSION", "stage at place %d" % place, stage.name,
                "of kind " + " or ".join(allowed))
        at = kinds.index(kind) if kind else at


def canonical(stages):
    """The stages with their values and canonical spelling. Unknown revisions keep what is written."""
    values, spelled = [], []
    for stage in stages:
        for argument in stage.arguments:
            if isinstance(argument.value, list):
                if known(stage):
                    check_kinds(argument.value, KINDS[2:])
                argument.value = canonical(argument.value)
        if known(stage):
            value, spelling = expression.values_of(stage, STAGES[stage.name].parameters)
            STAGES[stage.name].check_arguments(**value)
        else:
            value, spelling = None, expression.spelling_of(
                stage.name, [expression.spelling_as_written(argument) for argument in stage.arguments])
        values.append(value)
        spelled.append(spelling)
    check_once(stages)
    return Nested(stages, values, " | ".join(spelled[1:] if stages[0].name == "direct" else spelled))


def check_once(stages):
    """Two stages of one name would name their columns alike."""
    names = [stage.name for stage in stages if known(stage) and STAGES[stage.name].columns]
    for name in names:
        require(names.count(name) == 1, "BAD_EXPRESSION", "stages " + name, names.count(name), "one: it has columns")


def made(nested):
    """Stages of their values; compositions among these are made too."""
    def given(value):
        if isinstance(value, Nested):
            return Composition(made(value))
        return [(label, given(inner)) for label, inner in value] if isinstance(value, Labelled) else value

    return [STAGES[stage.name](stage.name, **{name: given(value) for name, value in values.items()})
            for stage, values in zip(nested.stages, nested.values)]


# The table

def compose(entry, segments):
    """A table of its entry: the checks from BAD_EXPRESSION to WRONG_COLUMN."""
    stages = written_stages(entry)
    every = list(expression.flattened(stages))
    nested = canonical(stages)
    if entry.expression != nested.spelling:
        raise bad(entry, repr(entry.expression), repr(nested.spelling))
    for stage in every:
        require(stage.name in STAGES, "UNKNOWN_STAGE", "stage of table %r" % entry.name, stage.name, sorted(STAGES))
    for stage in every:
        wanted = STAGES[stage.name].revision
        require(stage.revision == wanted, "UNKNOWN_REVISION", "revision of " + stage.name, stage.revision, wanted)
    indexer, *others = made(nested)
    row_maps = [stage for stage in others if stage.kind == "row map"]
    table = Table(entry.name, entry.expression, entry.id_count, entry.row_count, entry.dim,
                  None if entry.default_row == NOTHING else entry.default_row, POLICIES[entry.missing],
                  dict(entry.attributes), indexer, row_maps, Composition(others[len(row_maps):]),
                  {name: segments[number] for name, number in entry.columns})
    bind(table)
    attach_columns(table)
    return table


def bind(table):
    """Widths and counts."""
    table.composition.bind(table.dim, table.indexer.row_width)
    bind_windows(table.indexer, table.codec)
    table.indexer.bind(table.id_count)
    wanted = table.indexer.indices()
    if table.row_maps:
        for row_map in table.row_maps:
            row_map.indices = row_map.row_count = wanted
            row_map.check_counts(table)
        table.row_maps[-1].row_count = table.row_count
    else:
        require(table.row_count == wanted, "BAD_EXPRESSION", "rowCount of table %r" % table.name, table.row_count,
                wanted)


def bind_windows(indexer, codec):
    """Of some indexers rows overlap (indexers/robe.md, "Rows")."""
    require(codec.stores_windows or not indexer.windows, "BAD_EXPRESSION", "row codec of windows", codec.name,
            "f32, f16, bf16")
    codec.windows = indexer.windows


def attach_columns(table):
    """Find each stage's columns; then check their shapes; then that there are no others."""
    for place, stage in table.stages():
        for column in stage.columns:
            require(place + column in table.columns, "MISSING_COLUMN",
                    "column %s of table %r" % (place + column, table.name),
                    "missing", "there")
            stage.column[column] = table.columns[place + column]
    asked = set()
    for place, stage in table.stages():
        for column, shape in stage.shapes(stage.part_of or table).items():
            check_shape("column %s of table %r" % (place + column, table.name), stage.column[column], shape)
            asked.add(place + column)
        stage.opened()
    left = sorted(set(table.columns) - asked)
    require(not left, "WRONG_COLUMN", "columns of table %r" % table.name, left, "asked for by any stage")


def check_shape(what, segment, shape):
    fits = (segment.type in shape.types and segment.width == shape.width
            and shape.least_rows <= segment.row_count <= shape.most_rows
            and (segment.encoding == "raw" or not shape.raw))
    require(fits, "WRONG_COLUMN", what, (segment.type, segment.row_count, segment.width, segment.encoding), shape)


# Features (Formats/container.md, "Feature entry")

def of_feature(table, text):
    """The table as a feature of some arguments has it. `kept` is how many numbers are not +0."""
    values, spelled = {}, ""
    if text:
        parser = expression.Parser("feature(%s)" % text)
        stage = parser.stage(1)
        if parser.tokens:
            expression.refuse(text, "arguments of a feature")
        parameters = {"dims": expression.Integer("dims", 1, 65_536, None, optional=True),
                      **table.indexer.feature_parameters}
        values, spelled = expression.values_of(stage, parameters)
    require(spelled == ("feature(%s)" % text if text else ""), "BAD_EXPRESSION", "arguments of a feature", text,
            spelled)
    kept = values.pop("dims", None)
    indexer = table.indexer.for_feature(**values) if text else table.indexer
    width = indexer.combined_width(table.codec.width)
    if table.transforms:
        wanted = table.indexer.combined_width(table.codec.width)
        require(width == wanted, "BAD_EXPRESSION", "numbers of a combined row of a feature", width, wanted)
    dim = table.dim if table.transforms else width
    require(kept is None or kept <= dim, "BAD_EXPRESSION", "dims of a feature", kept, "at most %d" % dim)
    return replace(table, indexer=indexer, dim=dim, kept=kept)
