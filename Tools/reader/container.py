"""Superblock, catalog and segments (Formats/container.md), in the order of the page, with the page's names."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import blocks
from refusal import Refused, require
from xxh3 import xxh3_64

MAGIC = bytes.fromhex("89454d420d0a1a0a")
VERSION = 1
SUPERBLOCK_BYTES = 4096
FEATURES = {"lz4": 1, "zstd": 2}
NOTHING = 2**32 - 1
POLICIES = ("error", "zero", "default", "hashed")
ELEMENT_TYPES = {1: ("u8", 1), 3: ("u32", 4), 4: ("u64", 8), 9: ("f16", 2), 10: ("bf16", 2), 11: ("f32", 4)}
ENCODINGS = ("raw", "lz4", "zstd")

# Limits
MOST_ROWS, MOST_DIM = 2**32 - 2, 65_536
MOST_CATALOG_BYTES, MOST_BLOCK_BYTES = 67_108_864, 16_777_216
MOST_ENTRIES = 65_536
MOST_NAME_BYTES, MOST_EXPRESSION_BYTES = 255, 4_096
MOST_SIZE = 2**63 - 1


def rounded_up(n, multiple):
    return -(-n // multiple) * multiple


class Cursor:
    """A bounded reader of little-endian fields."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count, what):
        left = len(self.data) - self.at
        require(count <= left, "BAD_CATALOG", "%s at %d" % (what, self.at), "%d bytes" % count, "at most %d" % left)
        self.at += count
        return self.data[self.at - count:self.at]

    def integer(self, size, what):
        return int.from_bytes(self.take(size, what), "little")

    def count(self, size, most, what):
        number = self.integer(size, what)
        require(number <= most, "LIMIT_EXCEEDED", what, number, "at most %d" % most)
        return number

    def string(self, what, most=65_535):
        text = self.take(self.count(2, most, "bytes of " + what), what)
        try:
            decoded = text.decode()
        except UnicodeDecodeError:
            raise Refused("BAD_CATALOG", what, text, "UTF-8") from None
        require("\0" not in decoded, "BAD_CATALOG", what, text, "free of U+0000")
        return decoded


def require_zero(reserved, what):
    found = bytes(reserved).strip(b"\0").hex()
    require(not any(reserved), "RESERVED_NOT_ZERO", "reserved bytes of " + what, found, "0")


# Superblock

@dataclass
class Superblock:
    write_version: int
    read_version: int
    superblock_bytes: int
    required_features: int
    optional_features: int
    file_bytes: int
    catalog_offset: int
    catalog_bytes: int
    catalog_checksum: int
    generation: int
    writer: str


def read_superblock(data):
    """The superblock of a whole file, checked in the order of container.md, "Refusals"."""
    require(data[:8] == MAGIC, "NOT_EMBSTORE", "magic", data[:8].hex(), MAGIC.hex())
    require(len(data) >= SUPERBLOCK_BYTES, "TRUNCATED", "length", len(data), "at least %d" % SUPERBLOCK_BYTES)
    stored, computed = struct.unpack_from("<Q", data, 4088)[0], xxh3_64(data[:4088])
    require(stored == computed, "SUPERBLOCK_CHECKSUM", "superblockChecksum", "%016x" % stored, "%016x" % computed)
    *numbers, writer = struct.unpack_from("<HHIQQQQQQQ32s", data, 8)
    s = Superblock(*numbers, writer.rstrip(b"\0").decode("latin-1"))
    require(s.read_version <= VERSION, "NEWER_VERSION", "readVersion", s.read_version, "at most %d" % VERSION)
    known = sum(FEATURES.values())
    require(s.required_features & ~known == 0, "UNKNOWN_FEATURE", "requiredFeatures", "%#x" % s.required_features,
            "within %#x" % known)
    require_zero(data[104:4088], "superblock")
    check_superblock(s)
    require(len(data) >= s.file_bytes, "TRUNCATED", "length", len(data), s.file_bytes)
    require(len(data) <= s.file_bytes, "EXTENDED", "length", len(data), s.file_bytes)
    return s


def check_superblock(s):
    """What BAD_SUPERBLOCK stands for."""
    def check(condition, field, found, wanted):
        require(condition, "BAD_SUPERBLOCK", field, found, wanted)

    check(s.read_version >= 1, "readVersion", s.read_version, "at least 1")
    check(s.write_version >= s.read_version, "writeVersion", s.write_version, "at least %d" % s.read_version)
    check(s.superblock_bytes == SUPERBLOCK_BYTES, "superblockBytes", s.superblock_bytes, SUPERBLOCK_BYTES)
    check(all(" " <= letter <= "~" for letter in s.writer), "writer", repr(s.writer), "printable ASCII, zero padded")
    check(s.catalog_offset >= SUPERBLOCK_BYTES and s.catalog_offset % 64 == 0, "catalogOffset", s.catalog_offset,
          "a multiple of 64 from 4096 on")
    end = s.catalog_offset + s.catalog_bytes
    check(end == s.file_bytes, "end of the catalog", end, s.file_bytes)


# Catalog: entries

SEGMENT_ENTRY = struct.Struct("<QQQQIBBBBII16s")


@dataclass
class Segment:
    number: int
    offset: int
    stored_bytes: int
    checksum: int
    row_count: int
    width: int
    type_number: int
    encoding_number: int
    alignment: int
    block_bytes: int
    block_count: int
    file: bytes = field(repr=False)

    @property
    def type(self):
        return ELEMENT_TYPES[self.type_number][0]

    @property
    def encoding(self):
        return ENCODINGS[self.encoding_number]

    @property
    def row_bytes(self):
        return self.width * ELEMENT_TYPES[self.type_number][1]

    @property
    def raw_bytes(self):
        return self.row_count * self.row_bytes

    @property
    def end(self):
        return self.offset + self.stored_bytes

    @property
    def stored(self):
        return self.file[self.offset:self.end]

    def block(self, number):
        """Block `number`, decoded; its entry and its checksum are checked first."""
        name = "block %d of segment %d" % (number, self.number)
        index = self.end - 16 * self.block_count
        begin = struct.unpack_from("<Q", self.file, index + 16 * (number - 1))[0] if number else 0
        end, checksum = struct.unpack_from("<QQ", self.file, index + 16 * number)
        last = number == self.block_count - 1
        most = index - self.offset
        require(begin <= end <= most and (end == most or not last), "BAD_BLOCK", "end of " + name, end,
                "from %d to %d" % (most if last else begin, most))
        stored = self.file[self.offset + begin:self.offset + end]
        computed = xxh3_64(stored)
        require(checksum == computed, "BAD_BLOCK", "checksum of " + name, "%016x" % checksum, "%016x" % computed)
        size = min(self.block_bytes, self.raw_bytes - number * self.block_bytes)
        return blocks.decoded(self.encoding, stored, size, name)

    def raw(self, first, end):
        """Raw bytes first ..< end, all of one row or of a column of bytes."""
        if self.encoding == "raw":
            return self.file[self.offset + first:self.offset + end]
        span = range(first // self.block_bytes, -(-end // self.block_bytes))
        skipped = span.start * self.block_bytes
        return b"".join(map(self.block, span))[first - skipped:end - skipped]

    def row(self, number):
        return self.raw(number * self.row_bytes, (number + 1) * self.row_bytes)

    def integer(self, row):
        """The only element of a row of integers."""
        return int.from_bytes(self.row(row), "little")


def read_segment(cursor, number, superblock, file):
    """One entry, and the checks of the segment by itself."""
    name = "segment %d" % number
    fields = list(SEGMENT_ENTRY.unpack(cursor.take(64, name)))
    reserved = bytes([fields.pop(8)]) + fields.pop()
    s = Segment(number, *fields, file)
    require_zero(reserved, name)
    require(s.block_bytes <= MOST_BLOCK_BYTES, "LIMIT_EXCEEDED", "blockBytes of " + name, s.block_bytes,
            "at most %d" % MOST_BLOCK_BYTES)
    require(s.type_number in ELEMENT_TYPES, "UNKNOWN_ELEMENT_TYPE", "elementType of " + name, s.type_number,
            list(ELEMENT_TYPES))
    known = [i for i, e in enumerate(ENCODINGS) if e == "raw" or superblock.required_features & FEATURES[e]]
    require(s.encoding_number in known, "UNKNOWN_ENCODING", "encoding of " + name, s.encoding_number, known)
    check_shape(s, name)
    return s


def check_shape(s, name):
    """What SEGMENT_SHAPE stands for."""
    def check(condition, field, found, wanted):
        require(condition, "SEGMENT_SHAPE", "%s of %s" % (field, name), found, wanted)

    check(s.width >= 1, "width", s.width, "at least 1")
    check(s.raw_bytes <= MOST_SIZE, "raw bytes", s.raw_bytes, "at most %d" % MOST_SIZE)
    if s.encoding == "raw":
        check(s.stored_bytes == s.raw_bytes, "storedBytes", s.stored_bytes, s.raw_bytes)
        check(s.block_bytes == 0, "blockBytes", s.block_bytes, 0)
        check(s.block_count == 0, "blockCount", s.block_count, 0)
    else:
        check(s.block_bytes > 0 and s.block_bytes % s.row_bytes == 0, "blockBytes", s.block_bytes,
              "a multiple of %d" % s.row_bytes)
        count = -(-s.raw_bytes // s.block_bytes)
        check(s.block_count == count, "blockCount", s.block_count, count)
        index = 16 * s.block_count
        check(s.stored_bytes > index if count else s.stored_bytes == 0, "storedBytes", s.stored_bytes,
              "more than the %d of the index" % index if count else 0)


def check_layout(s, expected_after, superblock):
    """What SEGMENT_LAYOUT stands for, of one segment."""
    name = "segment %d" % s.number
    require(6 <= s.alignment <= 21, "SEGMENT_LAYOUT", "alignment of " + name, s.alignment, "6 to 21")
    offset = rounded_up(expected_after, 1 << s.alignment)
    require(s.offset == offset, "SEGMENT_LAYOUT", "offset of " + name, s.offset, offset)
    require(s.end <= superblock.catalog_offset, "SEGMENT_LAYOUT", "end of " + name, s.end,
            "at most %d" % superblock.catalog_offset)


@dataclass
class TableEntry:
    name: str
    expression: str
    id_count: int
    row_count: int
    dim: int
    default_row: int
    missing: int
    stages: list
    columns: list
    attributes: list


def read_table(cursor, number):
    name = "table %d" % number
    table_name = cursor.string("name of " + name, MOST_NAME_BYTES)
    expression = cursor.string("expression of " + name, MOST_EXPRESSION_BYTES)
    id_count, row_count = cursor.integer(8, "idCount of " + name), cursor.integer(8, "rowCount of " + name)
    dim, default_row = cursor.integer(4, "dim of " + name), cursor.integer(4, "defaultRow of " + name)
    missing, reserved = cursor.integer(1, "missing of " + name), cursor.take(3, "reserved bytes of " + name)
    stages = [(cursor.string("stage of " + name, MOST_NAME_BYTES), cursor.integer(2, "revision of " + name))
              for _ in range(cursor.integer(2, "stageCount of " + name))]
    columns = [(cursor.string("column of " + name, MOST_NAME_BYTES), cursor.integer(4, "segment of " + name))
               for _ in range(cursor.integer(2, "columnCount of " + name))]
    attributes = [(cursor.string("attribute of " + name), cursor.string("attribute of " + name))
                  for _ in range(cursor.integer(2, "attributeCount of " + name))]
    t = TableEntry(table_name, expression, id_count, row_count, dim, default_row, missing, stages, columns, attributes)
    require_zero(reserved, name)
    require(row_count <= MOST_ROWS, "LIMIT_EXCEEDED", "rowCount of " + name, row_count, "at most %d" % MOST_ROWS)
    require(dim <= MOST_DIM, "LIMIT_EXCEEDED", "dim of " + name, dim, "at most %d" % MOST_DIM)
    require(table_name != "", "BAD_CATALOG", "name of " + name, "empty", "a name")
    require(dim >= 1, "BAD_CATALOG", "dim of " + name, dim, "at least 1")
    require(missing < len(POLICIES), "BAD_CATALOG", "missing of " + name, missing, "at most %d" % (len(POLICIES) - 1))
    require(default_row < row_count or default_row == NOTHING, "BAD_CATALOG", "defaultRow of " + name, default_row,
            "below %d" % row_count)
    return t


@dataclass
class FeatureEntry:
    name: str
    table: int
    arguments: str


def read_feature(cursor, number):
    name = "feature %d" % number
    f = FeatureEntry(cursor.string("name of " + name, MOST_NAME_BYTES), cursor.integer(4, "table of " + name),
                     cursor.string("arguments of " + name, MOST_EXPRESSION_BYTES))
    require(f.name != "", "BAD_CATALOG", "name of " + name, "empty", "a name")
    return f


# Catalog: the whole

@dataclass
class Catalog:
    segments: list
    tables: list
    features: list


def read_catalog(file, superblock):
    """All entries, in file order, then what refers to what."""
    size = superblock.catalog_bytes
    require(size <= MOST_CATALOG_BYTES, "LIMIT_EXCEEDED", "catalogBytes", size, "at most %d" % MOST_CATALOG_BYTES)
    data = file[superblock.catalog_offset:]
    computed = xxh3_64(data)
    require(superblock.catalog_checksum == computed, "CATALOG_CHECKSUM", "catalogChecksum",
            "%016x" % superblock.catalog_checksum, "%016x" % computed)
    cursor = Cursor(data)
    counts = [cursor.integer(4, "counts") for _ in range(3)]
    require_zero(cursor.take(4, "counts"), "catalog")
    for what, number in zip(("segmentCount", "tableCount", "featureCount"), counts):
        require(number <= MOST_ENTRIES, "LIMIT_EXCEEDED", what, number, "at most %d" % MOST_ENTRIES)

    segments, end = [], SUPERBLOCK_BYTES
    for number in range(counts[0]):
        segments.append(read_segment(cursor, number, superblock, file))
        check_layout(segments[-1], end, superblock)
        end = segments[-1].end
    require(superblock.catalog_offset == rounded_up(end, 64), "SEGMENT_LAYOUT", "catalogOffset",
            superblock.catalog_offset, rounded_up(end, 64))
    tables = [read_table(cursor, number) for number in range(counts[1])]
    features = [read_feature(cursor, number) for number in range(counts[2])]
    left = len(data) - cursor.at
    require(left == 0, "BAD_CATALOG", "bytes after the last entry", left, 0)
    catalog = Catalog(segments, tables, features)
    check_references(catalog)
    check_names(catalog)
    return catalog


def check_references(catalog):
    """What BAD_REFERENCE stands for."""
    named = set()
    for table in catalog.tables:
        for column, segment in table.columns:
            require(segment < len(catalog.segments), "BAD_REFERENCE", "segment of %s of %s" % (column, table.name),
                    segment, "below %d" % len(catalog.segments))
            named.add(segment)
    for feature in catalog.features:
        require(feature.table < len(catalog.tables), "BAD_REFERENCE", "table of feature " + feature.name,
                feature.table, "below %d" % len(catalog.tables))
    for segment in catalog.segments:
        require(segment.number in named, "BAD_REFERENCE", "segment %d" % segment.number, "unused",
                "named by a column")


def check_names(catalog):
    """What DUPLICATE_NAME stands for."""
    def check(what, names):
        seen = set()
        for name in names:
            require(name not in seen, "DUPLICATE_NAME", what, repr(name), "unique")
            seen.add(name)

    check("table", [table.name for table in catalog.tables])
    check("feature", [feature.name for feature in catalog.features])
    for table in catalog.tables:
        check("column of " + table.name, [name for name, _ in table.columns])
        check("attribute of " + table.name, [key for key, _ in table.attributes])
