"""A writer of EmbStore files, from the sections on packing and writing of the pages in Formats/.

It writes test vectors and files that must be refused, so every field of a `Draft` can be changed before `bytes`
turns it into a file; offsets, counts and checksums that nobody set follow from the rest.
"""

import ctypes
import math
import struct
from dataclasses import dataclass, field

import expression
import f32
from container import ELEMENT_TYPES, ENCODINGS, FEATURES, MAGIC, NOTHING, POLICIES, rounded_up
from hashing import hash_key, key_of, reduce, salt
from stages import STAGES, butterflies
from xxh3 import xxh3_64

TYPE_NUMBERS = {name: number for number, (name, _) in ELEMENT_TYPES.items()}
WRITER = b"embstore 0.1.0"


# Row codecs: packing

def pack_f32(words, arguments):
    return struct.pack("<%dI" % len(words), *words)


def pack_f16(words, arguments):
    return struct.pack("<%dH" % len(words), *map(f32.f16_bits, words))


def pack_bf16(words, arguments):
    return struct.pack("<%dH" % len(words), *map(f32.bf16_bits, words))


def up(x, scale):
    """The smallest number of the type `scale` that is not below a binary32."""
    if scale == "f32":
        return x
    word = f32.f16_bits(f32.bits(x))
    value = from_f16(word)
    if value < x:
        word += -1 if word & 0x8000 else 1
    return from_f16(word)


def nearest(x, scale):
    """The number of the type `scale` nearest to a binary32, of two the even one."""
    return x if scale == "f32" else from_f16(f32.f16_bits(f32.bits(x)))


def from_f16(word):
    return struct.unpack("<e", struct.pack("<H", word))[0]


def pack_integer(name):
    """codecs/integer.md, "Packing", for the codec of a name."""
    width = int(name[3:])

    def pack(words, arguments):
        x = [f32.from_bits(word) for word in words]
        scale_type = arguments["scale"]
        half = 2 ** (width - 1)
        low, high, largest = min(x), max(x), max(abs(a) for a in x)
        if arguments["symmetric"]:
            bias = 0.0
            need = f32.divide(largest, half - 1)
        else:
            step = f32.divide(f32.subtract(high, low), 2 * half - 1)
            middle = f32.add(f32.multiply(0.5, low), f32.multiply(0.5, high))
            bias = nearest(f32.add(middle, f32.multiply(0.5, step)), scale_type) + 0.0
            need = max(f32.divide(f32.subtract(bias, low), half), f32.divide(f32.subtract(high, bias), half - 1))
        scale = up(need, scale_type)
        assert not need > 0 or scale <= f32.multiply(1.0625, need) or scale <= 2**-12 * largest, "SCALE_UNDERFLOW"
        inverse = f32.divide(1.0, scale) if scale else 0.0
        codes = 0
        for j, a in enumerate(x):
            code = round(f32.multiply(f32.subtract(a, bias), inverse))
            codes |= min(max(code, -half), half - 1) % (2 * half) << j * width
        letter = "<f" if scale_type == "f32" else "<e"
        head = struct.pack(letter, scale) + (b"" if arguments["symmetric"] else struct.pack(letter, bias))
        return head + codes.to_bytes((len(x) * width + 7) // 8, "little")

    return pack


PACKERS = {"f32": pack_f32, "f16": pack_f16, "bf16": pack_bf16,
           **{name: pack_integer(name) for name in ("int16", "int8", "int4", "int2")}}


def rotate(words, rotation):
    """transforms/rotation.md: from embedding to stored row."""
    x = [f32.from_bits(word) for word in words]
    for first, factors in rotation.half_rounds(len(x)):
        part = [f32.multiply(a, b) for a, b in zip(x[first:], factors)]
        x[first:first + len(factors)] = butterflies(part)
    return [f32.bits(a) for a in x]


# Keys (indexers/keyed.md, "Packing")

def key_columns(keys, arguments):
    """The columns of `keyed`: name, element type, width and bytes of each, in the order of the page."""
    columns = [("buckets", "u8", 64, buckets(keys, arguments["seed"]))]
    if arguments["keys"] == "u64":
        return columns + [("keys", "u64", 1, struct.pack("<%dQ" % len(keys), *keys))]
    ends, total = [], 0
    for key in keys:
        total += len(key)
        ends.append(total)
    return columns + [("keyEnds", "u32", 1, struct.pack("<%dI" % len(ends), *ends)),
                      ("keyBytes", "u8", 1, b"".join(keys))]


def buckets(keys, seed):
    count = max(1, -(-len(keys) // 9))
    hashes = [hash_key(key_of(key), salt(seed, 0)) for key in keys]
    for _ in range(16):
        filled = inserted(hashes, count)
        if filled is not None:
            return b"".join(filled)
        count += max(1, count // 8)
    raise ValueError("another seed is needed")


def inserted(hashes, count):
    """The buckets, or None if a key lands too far from home."""
    filled = [bytearray(64) for _ in range(count)]
    for row, h in enumerate(hashes):
        for step in range(64):
            bucket = filled[(reduce(h, count) + step) % count]
            if bucket[60] < 12:
                break
            bucket[61] = 1
        else:
            return None
        struct.pack_into("<I", bucket, 4 * bucket[60], row)
        bucket[48 + bucket[60]] = h % 256
        bucket[60] += 1
    return filled


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


def draft_table(made, shared, table, case):
    """A table's entry; its segments are added to the draft."""
    stages = [(stage.name, expression.values_of(stage, STAGES[stage.name].parameters)[0])
              for stage in expression.parse(table["expression"])]
    if STAGES[stages[0][0]].kind != "indexer":
        stages.insert(0, ("direct", {}))
    (indexer, index_arguments), *transforms, (codec, codec_arguments) = stages
    rows = [[int(word, 16) for word in row] for row in table["source"]["values"]]
    if not table["source"].get("stored", False):
        for name, arguments in transforms:
            rows = [rotate(row, STAGES[name](name, **arguments)) for row in rows]
    packed = [PACKERS[codec](row, codec_arguments) for row in rows]
    width = table["dim"] // (index_arguments["probes"] if index_arguments.get("combine") == "concat" else 1)
    row_bytes = len(PACKERS[codec]([0] * width, codec_arguments))

    columns = [(codec + ".rows", add_rows(made, codec, packed, row_bytes, case))]
    if indexer == "keyed":
        keys = [key.encode() if isinstance(key, str) else key for key in table["source"]["keys"]]
        for name, type_, width, data in key_columns(keys, index_arguments):
            columns.append(("keyed." + name, add_shared(made, shared, type_, width, data)))
    return DraftTable(
        table["name"], table["expression"], len(rows), len(rows), table["dim"], table.get("defaultRow", NOTHING),
        POLICIES.index(table.get("missing", "error")), [(name, 1) for name, _ in stages], columns,
        sorted(table.get("attributes", {}).items(), key=lambda pair: pair[0].encode()))


def add_rows(made, codec, packed, row_bytes, case):
    """Add the segment of a `rows` column, which is never shared; its number."""
    type_ = codec if codec in TYPE_NUMBERS else "u8"
    width = row_bytes // ELEMENT_TYPES[TYPE_NUMBERS[type_]][1]
    raw, encoding = b"".join(packed), ENCODINGS.index(case.get("encoding", "raw"))
    segment = DraftSegment(raw, len(packed), width, TYPE_NUMBERS[type_])
    if encoding:
        block_bytes = case["blockBytes"]
        parts = [raw[at:at + block_bytes] for at in range(0, len(raw), block_bytes)]
        segment = DraftSegment(joined_blocks([compressed(case["encoding"], part) for part in parts]), len(packed),
                               width, TYPE_NUMBERS[type_], encoding, block_bytes=block_bytes, block_count=len(parts))
    made.segments.append(segment)
    return len(made.segments) - 1


def add_shared(made, shared, type_, width, data):
    """Add a segment, or find one of equal type, shape and bytes; its number."""
    identity = (type_, width, data)
    if identity not in shared:
        rows = len(data) // (width * ELEMENT_TYPES[TYPE_NUMBERS[type_]][1])
        made.segments.append(DraftSegment(data, rows, width, TYPE_NUMBERS[type_]))
        shared[identity] = len(made.segments) - 1
    return shared[identity]
