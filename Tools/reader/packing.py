"""From a table's source to its columns: the sections on packing of the pages of stages."""

import struct

import f32
import pack_binary
from common import packed_codes
from hashing import hash_key, key_of, reduce
from pack_blocks import deduplicated, ends_of_tiers, pack_fp8, pack_generated, pack_sparse
from pack_product import pack_pq, pack_rq


# Row codecs

# A packer takes the stage, its rows, each a list of words of 32 bits, and the columns that are given. It returns
# columns in the order of the page: the name, the element type, the width and the bytes of each.

def pack_float(codec, rows, given):
    to_bits = {"f32": lambda word: word, "f16": f32.f16_bits, "bf16": f32.bf16_bits}[codec.type]
    width = 1 if codec.windows else codec.width
    form = "<%d%s" % (width, "I" if codec.type == "f32" else "H")
    return [("rows", codec.type, width, b"".join(struct.pack(form, *map(to_bits, row)) for row in rows))]


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


def pack_integer(codec, rows, given):
    return [("rows", "u8", codec.stride, b"".join(integer_row(codec, row) for row in rows))]


def integer_row(codec, words):
    """codecs/integer.md, "Packing": heads, then codes."""
    x = [f32.from_bits(word) for word in words]
    largest, block = max(abs(a) for a in x), codec.block or len(x)
    heads, codes = b"", []
    for first in range(0, len(x), block):
        scale, bias, some = integer_block(codec, x[first:first + block], largest)
        letter = "<f" if codec.scale == "f32" else "<e"
        heads += struct.pack(letter, scale) + (b"" if codec.symmetric else struct.pack(letter, bias))
        codes += some
    return heads + packed_codes(codes, codec.bits)


def integer_block(codec, x, largest_of_row):
    """Scale, bias and codes of a row, or of a block of it."""
    half = 2 ** (codec.bits - 1)
    low, high, largest = min(x), max(x), max(abs(a) for a in x)
    if codec.symmetric:
        bias = 0.0
        need = f32.divide(largest, half - 1)
    else:
        step = f32.divide(f32.subtract(high, low), 2 * half - 1)
        middle = f32.add(f32.multiply(0.5, low), f32.multiply(0.5, high))
        bias = nearest(f32.add(middle, f32.multiply(0.5, step)), codec.scale) + 0.0
        need = max(f32.divide(f32.subtract(bias, low), half), f32.divide(f32.subtract(high, bias), half - 1))
    scale = up(need, codec.scale)
    assert not need > 0 or scale <= f32.multiply(1.0625, need) or scale <= 2**-12 * largest_of_row, "SCALE_UNDERFLOW"
    inverse = f32.divide(1.0, scale) if scale else 0.0
    codes = [min(max(round(f32.multiply(f32.subtract(a, bias), inverse)), -half), half - 1) % (2 * half) for a in x]
    return scale, bias, codes


PACKERS = {**dict.fromkeys(("f32", "f16", "bf16"), pack_float),
           **dict.fromkeys(("int16", "int8", "int4", "int2"), pack_integer),
           "pq": pack_pq, "rq": pack_rq, **pack_binary.PACKERS,
           "fp8": pack_fp8, "sparse": pack_sparse, "generated": pack_generated}


# Transforms: from embedding to stored row; columns as above

def pack_prefix(prefix, rows, given):
    return [], [row[:prefix.kept] for row in rows]


def pack_rotation(rotation, rows, given):
    return [], [[f32.bits(a) for a in rotation.turned(map(f32.from_bits, row))] for row in rows]


def pack_affine(affine, rows, given):
    """affine.md, "Orthonormal maps"."""
    matrix, constant = given["matrix"], given["mean"]
    numbers = f32.decoder("f32")(matrix.data)
    lines = [numbers[at:at + affine.width] for at in range(0, len(numbers), affine.width)]
    mean = f32.decoder("f32")(constant.data)
    columns = [("matrix", "f32", affine.width, matrix.data), ("mean", "f32", affine.width, constant.data)]
    return columns, [orthonormal(row, lines, mean) for row in rows]


def orthonormal(words, lines, mean):
    z = [f32.subtract(f32.from_bits(word), a) for word, a in zip(words, mean)]
    return [f32.bits(dot(z, line)) for line in lines]


def dot(z, line):
    y = 0.0
    for a, b in zip(z, line):
        y = f32.fma(a, b, y)
    return y


def pack_center(center, rows, given):
    """transforms/center.md"""
    constant = f32.decoder("f32")(given["constant"].data)
    encoded = [[f32.bits(f32.subtract(f32.from_bits(word), a)) for word, a in zip(row, constant)] for row in rows]
    return [("constant", "f32", center.width, given["constant"].data)], encoded


def pack_as_they_are(transform, rows, given):
    """transforms/linear.md, mlp.md: what is stored is given, or, behind `linear`, the embedding itself."""
    return [(name, "f32", given[name].width, given[name].data) for name in transform.columns], rows


TRANSFORM_PACKERS = {"prefix": pack_prefix, "rotation": pack_rotation,
                     **dict.fromkeys(("pca", "opq", "lowrank"), pack_affine),
                     "center": pack_center, "linear": pack_as_they_are, "mlp": pack_as_they_are}


# Compositions

def composition_columns(composition, rows, stored, given, place=""):
    """The columns of a composition: the codec's, the transforms' from the outermost. `given` are parameters."""
    of_transforms = []
    for transform in composition.transforms:
        name = place + transform.name
        columns, encoded = TRANSFORM_PACKERS[transform.name](transform, rows, given_to(name, given))
        rows = rows if stored else encoded
        of_transforms += [(name + "." + column, *rest) for column, *rest in columns]
    codec = composition.codec
    name = place + codec.name
    packed = (pack_tiers if codec.name == "tiers" else PACKERS[codec.name])(codec, rows, given_to(name, given))
    return [(name + "." + column, *rest) for column, *rest in packed] + of_transforms


def pack_tiers(codec, rows, given):
    """codecs/tiers.md: ends, then the columns of each tier. Its rows go through its transforms."""
    if "ends" in given:
        ends = list(struct.unpack("<%dI" % len(codec.tiers), given["ends"].data))
    else:
        ends = ends_of_tiers(codec, len(rows))
    columns, first = [("ends", "u32", 1, struct.pack("<%dI" % len(ends), *ends))], 0
    for number, (tier, end) in enumerate(zip(codec.tiers, ends)):
        columns += composition_columns(tier, rows[first:end], False, given, "%d." % number)
        first = end
    return columns


def given_to(stage, given):
    """What a stage is given, by the bare names of its columns."""
    return {name[len(stage) + 1:]: column for name, column in given.items() if name.startswith(stage + ".")}


# Row maps: the columns, and the rows that are stored

def map_columns(row_map, rows, given):
    """What is given, or the blocks that dedup finds among the rows."""
    if not given and row_map.name == "dedup":
        return deduplicated(row_map, rows)
    return [(name, given[name].type, given[name].width, given[name].data) for name in row_map.columns], rows


# Keys (indexers/keyed.md, "Packing")

def key_columns(keys, keyed):
    """The columns of `keyed`: name, element type, width and bytes of each, in the order of the page."""
    columns = [("buckets", "u8", 64, buckets(keys, keyed.salt))]
    if not keyed.strings:
        return columns + [("keys", "u64", 1, struct.pack("<%dQ" % len(keys), *keys))]
    ends, total = [], 0
    for key in keys:
        total += len(key)
        ends.append(total)
    return columns + [("keyEnds", "u32", 1, struct.pack("<%dI" % len(ends), *ends)),
                      ("keyBytes", "u8", 1, b"".join(keys))]


def buckets(keys, salt):
    count = max(1, -(-len(keys) // 9))
    hashes = [hash_key(key_of(key), salt) for key in keys]
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
