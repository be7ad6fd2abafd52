"""A table: its expression, stages and columns, checked (Formats/expression.md, Formats/container.md, "Refusals")."""

from dataclasses import dataclass

import expression
from container import NOTHING, POLICIES
from refusal import Refused, require
from stages import STAGES


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
    transforms: list
    codec: object
    columns: dict

    def row(self, number):
        """A stored row, as its codec decodes it."""
        return self.codec.fetch(number)


def bad(entry, found, wanted):
    return Refused("BAD_EXPRESSION", "expression of table %r" % entry.name, found, wanted)


def kind_of(name):
    return STAGES[name].kind if name in STAGES else None


def written_stages(entry):
    """The stages of the expression, an omitted `direct` included, and the revisions that the catalog has for them."""
    stages = expression.parse(entry.expression)
    listed = [name for name, _ in entry.stages]
    if listed[:1] == ["direct"] and kind_of(stages[0].name) != "indexer":
        stages.insert(0, expression.Stage("direct"))
    names = [stage.name for stage in stages]
    if names != listed:
        raise bad(entry, names, "the listed stages %s" % listed)
    for place, name in enumerate(names):
        allowed = "indexer" if place == 0 else "codec" if place == len(names) - 1 else "transform"
        if kind_of(name) not in (None, allowed):
            raise bad(entry, "%s at place %d" % (name, place), "a stage of kind " + allowed)
    if len(names) < 2:
        raise bad(entry, names, "an indexer and a row codec")
    return list(zip(stages, [revision for _, revision in entry.stages]))


def canonical(stages):
    """The values of each stage's arguments, and the canonical spelling. Unknown revisions keep what is written."""
    values, spelled = [], []
    for stage, revision in stages:
        if stage.name in STAGES and STAGES[stage.name].revision == revision:
            value, spelling = expression.values_of(stage, STAGES[stage.name].parameters)
            STAGES[stage.name].check_arguments(**value)
        else:
            value, spelling = None, expression.spelling_of(
                stage.name, [expression.spelling_as_written(argument) for argument in stage.arguments])
        values.append(value)
        spelled.append(spelling)
    return values, " | ".join(spelled[1:] if spelled[0] == "direct" else spelled)


def compose(entry, segments):
    """A table of its entry: the checks from BAD_EXPRESSION to WRONG_COLUMN."""
    written = written_stages(entry)
    values, spelling = canonical(written)
    if entry.expression != spelling:
        raise bad(entry, repr(entry.expression), repr(spelling))
    check_once(entry, written)
    for stage, revision in written:
        require(stage.name in STAGES, "UNKNOWN_STAGE", "stage of table %r" % entry.name, stage.name, sorted(STAGES))
    for stage, revision in written:
        known = STAGES[stage.name].revision
        require(revision == known, "UNKNOWN_REVISION", "revision of " + stage.name, revision, known)
    stages = [STAGES[stage.name](stage.name, **value) for (stage, _), value in zip(written, values)]
    indexer, *transforms, codec = stages
    table = Table(entry.name, entry.expression, entry.id_count, entry.row_count, entry.dim,
                  None if entry.default_row == NOTHING else entry.default_row, POLICIES[entry.missing],
                  dict(entry.attributes), indexer, transforms, codec, {})
    codec.bind(row_width(entry, indexer, transforms))
    indexer.check_counts(table)
    attach_columns(table, entry, [(stage.name, object_) for (stage, _), object_ in zip(written, stages)], segments)
    return table


def check_once(entry, written):
    """Two stages of one name would name their columns alike."""
    names = [stage.name for stage, revision in written
             if stage.name in STAGES and STAGES[stage.name].revision == revision and STAGES[stage.name].columns]
    for name in names:
        if names.count(name) > 1:
            raise bad(entry, name + " twice", "a stage with columns at most once")


def row_width(entry, indexer, transforms):
    """How many numbers the codec's rows have (expression.md, "Dims")."""
    width = entry.dim
    for transform in transforms:
        width = transform.bind(width)
    if indexer.combine != "concat":
        return width
    if width % indexer.probes:
        raise bad(entry, "concat of %d rows" % indexer.probes, "a divisor of %d numbers" % width)
    return width // indexer.probes


def attach_columns(table, entry, stages, segments):
    """Find each stage's columns; then check their shapes; then that there are no others."""
    table.columns = {name: segments[number] for name, number in entry.columns}
    for stage, object_ in stages:
        for column in object_.columns:
            name = "%s.%s" % (stage, column)
            require(name in table.columns, "MISSING_COLUMN", "column %s of table %r" % (name, table.name), "missing",
                    "there")
            object_.column[column] = table.columns[name]
    asked = {}
    for stage, object_ in stages:
        for column, shape in object_.shapes(table).items():
            asked["%s.%s" % (stage, column)] = shape
    for name, segment in table.columns.items():
        shape = asked.get(name)
        what = "column %s of table %r" % (name, table.name)
        require(shape is not None, "WRONG_COLUMN", what, "there", "asked for by any stage")
        fits = (segment.type in shape.types and segment.width == shape.width
                and shape.least_rows <= segment.row_count <= shape.most_rows
                and (segment.encoding == "raw" or not shape.raw))
        require(fits, "WRONG_COLUMN", what, (segment.type, segment.row_count, segment.width, segment.encoding), shape)
