"""A writer of EmbStore files, from the section on writing of Formats/container.md; packing.py has the stages'.

It writes test vectors and files that must be refused, so every field of a `Draft` can be changed before `bytes`
turns it into a file; offsets, counts and checksums that nobody set follow from the rest.
"""

import ctypes
import struct
from dataclasses import dataclass, field

import expression
from composition import Composition
from container import ELEMENT_TYPES, ENCODINGS, FEATURES, MAGIC, NOTHING, POLICIES, rounded_up
from packing import composition_columns, given_to, key_columns, map_columns
from stages import STAGES
from table import bind_windows, canonical
from table import made as made_stages
from xxh3 import xxh3_64

TYPE_NUMBERS = {name: number for number, (name, _) in ELEMENT_TYPES.items()}
WRITER = b"embstore 0.1.0"


# Blocks

def compressed(encoding, data):
    """One LZ4 block or one Zstandard frame."""
    data = bytes(data)
    output = ctypes.create_string_buffer(len(data) * 2 + 1024)
    if encoding == "lz4":
        library = ctypes.CDLL("liblz4.so.1")
        size = library.LZ4_compress_default(data, output, len(data), len(output))
    else:
        library = ctypes.CDLL("libzstd.so.1")
        library.ZSTD_compress.restype = ctypes.c_size_t
        size = library.ZSTD_compress(output, ctypes.c_size_t(len(output)), data, ctypes.c_size_t(len(data)), 3)
    return output.raw[:size]


def joined_blocks(stored):
    """Blocks and their index."""
    index, end = b"", 0
    for block in stored:
        end += len(block)
        index += struct.pack("<QQ", end, xxh3_64(block))
    return b"".join(stored) + index


# The file

@dataclass
class DraftSegment:
    """A segment entry, and its stored bytes, which go where `at` says, whatever the entry's offset."""
    stored: bytes
    row_count: int
    width: int
    element_type: int
    encoding: int = 0
    alignment: int = 6
    reserved: int = 0
    block_bytes: int = 0
    block_count: int = 0
    reserved_end: bytes = bytes(16)
    offset: int | None = None
    stored_bytes: int | None = None
    checksum: int | None = None
    at: int | None = None

    def entry(self):
        offset = self.at if self.offset is None else self.offset
        size = len(self.stored) if self.stored_bytes is None else self.stored_bytes
        checksum = xxh3_64(self.stored) if self.checksum is None else self.checksum
        return struct.pack("<QQQQIBBBBII16s", offset, size, checksum, self.row_count, self.width,
                           self.element_type, self.encoding, self.alignment, self.reserved, self.block_bytes,
                           self.block_count, self.reserved_end)


@dataclass
class DraftTable:
    name: object
    expression: object
    id_count: int
    row_count: int
    dim: int
    default_row: int
    missing: int
    stages: list
    columns: list
    attributes: list
    reserved: bytes = bytes(3)

    def entry(self):
        entry = string(self.name) + string(self.expression)
        entry += struct.pack("<QQIIB3s", self.id_count, self.row_count, self.dim, self.default_row, self.missing,
                             self.reserved)
        entry += struct.pack("<H", len(self.stages))
        entry += b"".join(string(name) + struct.pack("<H", revision) for name, revision in self.stages)
        entry += struct.pack("<H", len(self.columns))
        entry += b"".join(string(name) + struct.pack("<I", segment) for name, segment in self.columns)
        entry += struct.pack("<H", len(self.attributes))
        return entry + b"".join(string(key) + string(value) for key, value in self.attributes)


@dataclass
class Draft:
    segments: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    features: list = field(default_factory=list)
    counts: tuple | None = None
    catalog_reserved: int = 0
    catalog_end: bytes = b""
    catalog_at: int | None = None
    superblock: dict = field(default_factory=dict)

    def place(self):
        """Give every segment its place, unless it has one; the end of the last."""
        end = 4096
        for segment in self.segments:
            if segment.at is None:
                segment.at = rounded_up(end, 1 << segment.alignment)
            end = segment.at + len(segment.stored)
        return end

    def catalog(self):
        """The catalog's bytes, once the segments are placed."""
        counts = self.counts or (len(self.segments), len(self.tables), len(self.features))
        parts = [struct.pack("<4I", *counts, self.catalog_reserved)]
        parts += [entry.entry() for entry in self.segments + self.tables]
        parts += [string(name) + struct.pack("<I", table) + string(text) for name, table, text in self.features]
        return b"".join(parts) + self.catalog_end

    def bytes(self):
        """The whole file. `superblock` replaces fields by their names on the page, and moves nothing."""
        end = self.place()
        catalog = self.catalog()
        used = {ENCODINGS[segment.encoding] for segment in self.segments if segment.encoding < len(ENCODINGS)}
        offset = rounded_up(end, 64) if self.catalog_at is None else self.catalog_at
        fields = {
            "magic": MAGIC, "writeVersion": 1, "readVersion": 1, "superblockBytes": 4096,
            "requiredFeatures": sum(FEATURES[name] for name in used - {"raw"}), "optionalFeatures": 0,
            "fileBytes": offset + len(catalog), "catalogOffset": offset, "catalogBytes": len(catalog),
            "catalogChecksum": xxh3_64(catalog), "generation": 1, "writer": WRITER, "reserved": b"",
            **self.superblock,
        }
        superblock = struct.pack("<8sHHIQQQQQQQ32s3984s", *fields.values())
        file = bytearray(offset)
        for segment in self.segments:
            file[segment.at:segment.at + len(segment.stored)] = segment.stored
        file[:4096] = superblock + struct.pack("<Q", xxh3_64(superblock))
        return bytes(file) + catalog


def string(text):
    """A `string`: of a str, or of bytes as they are."""
    encoded = text.encode() if isinstance(text, str) else text
    return struct.pack("<H", len(encoded)) + encoded


# From a case (Formats/README.md) to a draft

def draft(case):
    """The file that a case.json describes."""
    made = Draft(superblock={"generation": case.get("generation", 1),
                             "writer": case.get("writer", WRITER.decode()).encode()})
    shared = {}
    numbers = {table["name"]: number for number, table in enumerate(case["tables"])}
    for table in case["tables"]:
        made.tables.append(draft_table(made, shared, table, case))
    made.features = [(f["name"], numbers[f["table"]], f.get("arguments", "")) for f in case.get("features", [])]
    return made


@dataclass
class Given:
    """A column that the writer is given."""
    type: str
    width: int
    data: bytes


def draft_table(made, shared, table, case):
    """A table's entry; its segments are added to the draft."""
    listed, (indexer, *others) = composed(table)
    row_maps = [stage for stage in others if stage.kind == "row map"]
    composition = Composition(others[len(row_maps):])
    composition.bind(table["dim"], indexer.row_width)
    bind_windows(indexer, composition.codec)
    given = {name: Given(column["type"], column["width"], bytes.fromhex(column["hex"]))
             for name, column in table.get("parameters", {}).items()}
    rows = [[int(word, 16) for word in row] for row in table["source"]["values"]]

    id_count = table["source"].get("idCount", len(rows))
    row_count = len(rows)
    if indexer.windows:
        indexer.bind(id_count)
        rows, row_count = indexer.stored(rows), indexer.indices()
    of_maps = []
    for row_map in row_maps:
        made_columns, rows = map_columns(row_map, rows, given_to(row_map.name, given))
        of_maps += [("%s.%s" % (row_map.name, column), *rest) for column, *rest in made_columns]
    row_count = row_count if indexer.windows else table["source"].get("rowCount", len(rows))
    columns = composition_columns(composition, rows, table["source"].get("stored", False), given) + of_maps
    columns += [("%s.%s" % (indexer.name, column), *rest) for column, *rest in given_columns(indexer, given)]
    if indexer.name == "keyed":
        keys = [key.encode() if isinstance(key, str) else key for key in table["source"]["keys"]]
        columns += [("keyed." + column, *rest) for column, *rest in key_columns(keys, indexer)]
    return DraftTable(
        table["name"], table["expression"], id_count, row_count, table["dim"],
        table.get("defaultRow", NOTHING), POLICIES.index(table.get("missing", "error")), listed,
        [(name, add_column(made, shared, case, name, *replaced(case, rest, given.get(name))))
         for name, *rest in columns],
        sorted(table.get("attributes", {}).items(), key=lambda pair: pair[0].encode()))


def composed(table):
    """The names and revisions of a table's stages, nested ones included, and the outer stages."""
    written = expression.parse(table["expression"])
    if STAGES[written[0].name].kind != "indexer":
        written.insert(0, expression.Stage("direct"))
    return [(stage.name, stage.revision) for stage in expression.flattened(written)], made_stages(canonical(written))


def given_columns(stage, given):
    """The columns of a stage that are given."""
    columns = given_to(stage.name, given)
    return [(name, columns[name].type, columns[name].width, columns[name].data) for name in stage.columns
            if name in columns]


def replaced(case, packed, given):
    """Where rows are not what packing makes, a column that is given stands instead of the packed one."""
    return (given.type, given.width, given.data) if given and case.get("unpacked") else packed


COMPRESSED, GROWING = ("rows", "cold"), ("rows", "cold", "values", "bases")


def add_column(made, shared, case, name, type_, width, data):
    """Add a column's segment, or, unless it grows with the rows, find one of equal type, shape and bytes; its number."""
    rows = len(data) // (width * ELEMENT_TYPES[TYPE_NUMBERS[type_]][1])
    column = name.rpartition(".")[2]
    if column in GROWING and name != "remapped.rows":
        made.segments.append(growing_segment(case if column in COMPRESSED else {}, type_, rows, width, data))
        return len(made.segments) - 1
    identity = (type_, width, data)
    if identity not in shared:
        made.segments.append(DraftSegment(data, rows, width, TYPE_NUMBERS[type_]))
        shared[identity] = len(made.segments) - 1
    return shared[identity]


def growing_segment(case, type_, rows, width, data):
    encoding = ENCODINGS.index(case.get("encoding", "raw"))
    if not encoding:
        return DraftSegment(data, rows, width, TYPE_NUMBERS[type_])
    block_bytes = case["blockBytes"]
    parts = [data[at:at + block_bytes] for at in range(0, len(data), block_bytes)]
    return DraftSegment(joined_blocks([compressed(case["encoding"], part) for part in parts]), rows, width,
                        TYPE_NUMBERS[type_], encoding, block_bytes=block_bytes, block_count=len(parts))
