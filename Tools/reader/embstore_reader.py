"""The second reader of EmbStore files, written from the pages in Formats/ alone.

    python3 embstore_reader.py inspect FILE
    python3 embstore_reader.py verify [--deep] FILE
    python3 embstore_reader.py lookup FILE TABLE ID...
    python3 embstore_reader.py check CASE_DIR...

Read in this order: container.py (the file), expression.py and table.py (what a table is made of), stages.py (from ids
to rows to numbers), lookup.py (what comes out).
"""

import argparse
import json
import math
import sys
from pathlib import Path

import f32
import lookup
import search
from container import Superblock, read_catalog, read_superblock
from refusal import Refused, require
from table import compose, of_feature
from xxh3 import xxh3_64


class File:
    """An open file: everything that container.md lets `open` check is checked."""

    def __init__(self, data):
        self.data = data
        self.superblock: Superblock = read_superblock(data)
        self.catalog = read_catalog(data, self.superblock)
        self.tables = {entry.name: compose(entry, self.catalog.segments) for entry in self.catalog.tables}
        tables = list(self.tables.values())
        self.features = {feature.name: of_feature(tables[feature.table], feature.arguments)
                         for feature in self.catalog.features}

    def verify(self):
        """That padding is zero."""
        end = 4096
        for segment in self.catalog.segments:
            self.check_padding(end, segment.offset)
            end = segment.end
        self.check_padding(end, self.superblock.catalog_offset)

    def check_padding(self, first, end):
        padding = self.data[first:end]
        require(not any(padding), "PADDING_NOT_ZERO", "padding at %d" % first, padding.hex(), "zero")

    def verify_deep(self):
        """The whole file: every segment's checksum, padding, every block, and the contents of columns."""
        for segment in self.catalog.segments:
            computed = xxh3_64(segment.stored)
            require(segment.checksum == computed, "SEGMENT_CHECKSUM", "checksum of segment %d" % segment.number,
                    "%016x" % segment.checksum, "%016x" % computed)
        self.verify()
        for segment in self.catalog.segments:
            for block in range(segment.block_count):
                segment.block(block)
        for table in self.tables.values():
            table.verify()


def inspect(file):
    """The lines that describe a file, in the words of container.md."""
    for name, value in vars(file.superblock).items():
        yield "%-18s %s" % (name.replace("_", " "), value)
    for entry in file.catalog.tables:
        table = file.tables[entry.name]
        yield "table %s: %s" % (table.name, table.expression)
        yield "  ids %d, rows %d, dim %d, missing %s, default row %s" % (
            table.id_count, table.row_count, table.dim, table.policy, table.default_row)
        yield "  stages %s" % ", ".join("%s/%d" % stage for stage in entry.stages)
        for name, number in entry.columns:
            s = file.catalog.segments[number]
            yield "  column %s: %s %d x %d, %s, segment %d: %d bytes at %d" % (
                name, s.type, s.row_count, s.width, s.encoding, number, s.stored_bytes, s.offset)
        for key, value in table.attributes.items():
            yield "  attribute %s: %s" % (key, value)
    for feature in file.catalog.features:
        yield "feature %s: table %s(%s)" % (feature.name, file.catalog.tables[feature.table].name, feature.arguments)


# Cases (Formats/README.md, "Test vectors")

def answer(file, wanted):
    """The answer to a lookup of a case.json: rows of hex words, or the code of an error."""
    ids = [id_.encode() if isinstance(id_, str) else id_ for id_ in wanted["ids"]]
    options = {key: wanted[key] for key in ("dims", "missing") if key in wanted}
    table = file.tables[wanted["table"]] if "table" in wanted else file.features[wanted["feature"]]
    try:
        if wanted["op"] == "gather":
            rows = lookup.gather(table, ids, **options)
        else:
            weights = wanted.get("weights")
            weights = None if weights is None else [f32.from_bits(int(word, 16)) for word in weights]
            rows = lookup.pool(table, ids, wanted["offsets"], weights, wanted["mode"], **options)
    except lookup.LookupFailed as failure:
        return {"error": failure.code}
    output = wanted.get("output", "f32")
    form = "%08x" if output == "f32" else "%04x"
    return {"expected": [[form % f32.output_bits(x, output) for x in row] for row in rows]}


def searched(file, wanted, queries):
    """The answer to a search of a case.json."""
    queries = [[f32.from_bits(int(word, 16)) for word in query] for query in queries]
    table, metric = file.tables[wanted["table"]], wanted["metric"]
    try:
        if wanted["op"] == "score":
            ids = [id_.encode() if isinstance(id_, str) else id_ for id_ in wanted["ids"]]
            rows = search.score(table, queries, ids, metric, wanted.get("missing"))
            return {"expected": [["%08x" % f32.output_bits(x, "f32") for x in row] for row in rows]}
        rerank = (file.tables[wanted["rerank"]], wanted["candidates"]) if "rerank" in wanted else None
        best = search.nearest(table, queries, wanted["k"], metric, rerank)
    except lookup.LookupFailed as failure:
        return {"error": failure.code}
    return {"expected": [[[row, id_.decode() if isinstance(id_, bytes) else id_, "%08x" % f32.output_bits(x, "f32")]
                          for row, id_, x in one] for one in best]}


def check(directory):
    """Compare every lookup of a case; the mismatches, as lines. Any NaN has the same word, see `output_bits`."""
    file = File((Path(directory) / "table.emb").read_bytes())
    file.verify_deep()
    case = json.loads((Path(directory) / "case.json").read_text())
    for number, wanted, found in answers(file, case):
        for key, value in found.items():
            if wanted.get(key) != value:
                yield "%s: %d (%s of %s): %s %s, not %s" % (
                    directory, number, wanted["op"], wanted.get("table", wanted.get("feature")), key, value,
                    wanted.get(key))


def answers(file, case):
    """Each lookup and each search with its number and its answer."""
    yield from ((number, wanted, answer(file, wanted)) for number, wanted in enumerate(case["lookups"]))
    for number, wanted in enumerate(case.get("searches", [])):
        yield number, wanted, searched(file, wanted, case["queries"][wanted["queries"]])


# Command line

def parsed(arguments):
    parser = argparse.ArgumentParser(description="Read EmbStore files.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("inspect", help="print superblock, tables and columns").add_argument("file")
    verify = commands.add_parser("verify", help="check padding; with --deep, everything")
    verify.add_argument("--deep", action="store_true")
    verify.add_argument("file")
    look = commands.add_parser("lookup", help="print embeddings, one line an id")
    look.add_argument("file")
    look.add_argument("table")
    look.add_argument("ids", nargs="+", metavar="id")
    commands.add_parser("check", help="run the lookups of cases").add_argument("cases", nargs="+")
    return parser.parse_args(arguments)


def run(arguments):
    if arguments.command == "check":
        mismatches = [line for case in arguments.cases for line in check(case)]
        print("\n".join(mismatches) or "%d cases agree" % len(arguments.cases))
        return 1 if mismatches else 0
    file = File(Path(arguments.file).read_bytes())
    if arguments.command == "inspect":
        print("\n".join(inspect(file)))
    elif arguments.command == "verify":
        file.verify_deep() if arguments.deep else file.verify()
        print("good")
    else:
        if arguments.table not in file.tables:
            raise lookup.LookupFailed("NO_TABLE", "%r" % arguments.table)
        table = file.tables[arguments.table]
        ids = [int(id_) if int in table.indexer.id_kinds else id_.encode() for id_ in arguments.ids]
        for row in lookup.gather(table, ids):
            print(" ".join("nan" if math.isnan(x) else "%.9g" % x for x in row))
    return 0


def main():
    try:
        return run(parsed(sys.argv[1:]))
    except (Refused, lookup.LookupFailed, OSError) as error:
        print("embstore_reader: %s" % error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
