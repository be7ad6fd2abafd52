"""Packing of fp8, sparse and tiers (Formats/codecs) and of dedup (Formats/indexers/dedup.md): the pages' "Packing"."""

import math
import struct
from fractions import Fraction

import f32
from hashing import hash_key, reduce, salt


def f16_number(x):
    return struct.unpack("<e", struct.pack("<H", f32.f16_bits(f32.bits(x))))[0]


def f16_not_below(x):
    """The smallest binary16 that is not below a binary32 that is not negative."""
    word = f32.f16_bits(f32.bits(x))
    if struct.unpack("<e", struct.pack("<H", word))[0] < x:
        word += 1
    return struct.unpack("<e", struct.pack("<H", word))[0]


# fp8

def pack_fp8(codec, rows, given):
    return [("rows", "u8", codec.codes_at + codec.width, b"".join(fp8_row(codec, words) for words in rows))]


def fp8_row(codec, words):
    x = [f32.from_bits(word) for word in words]
    scales, codes = b"", b""
    for first in range(0, len(x), codec.block):
        block = x[first:first + codec.block]
        stored, scale = fp8_scale(codec, max(abs(a) for a in block))
        scales += stored
        inverse = f32.divide(1.0, scale) if scale else 0.0
        codes += bytes(nearest_code(codec, f32.multiply(a, inverse)) for a in block)
    return scales + codes


def fp8_scale(codec, largest):
    """A block's scale as bytes and as a number."""
    top = 448.0 if codec.codes == "e4m3" else 57_344.0
    if codec.scale == "f16":
        scale = f16_not_below(f32.divide(largest, top))
        return struct.pack("<e", scale), scale
    byte = next(byte for byte in range(255) if largest <= f32.multiply(top, 2.0 ** (byte - 127)))
    return bytes([byte]), 2.0 ** (byte - 127)


def nearest_code(codec, x):
    """Of the finite numbers of the type the nearest; of two the even code. The sign is kept."""
    best = min((code for code in range(128) if math.isfinite(codec.values[code])),
               key=lambda code: (abs(Fraction(codec.values[code]) - Fraction(abs(x))), code % 2))
    return best | (128 if math.copysign(1, x) < 0 else 0)


# sparse

def pack_sparse(codec, rows, given):
    threshold = struct.unpack("<I", given["threshold"].data)[0] if "threshold" in given else fitted_threshold(codec,
                                                                                                              rows)
    made, bases, values, count = b"", [], b"", 0
    for number, row in enumerate(rows):
        if number % codec.GROUP == 0:
            bases.append(count)
        kept = [word & 0x7FFFFFFF >= threshold for word in row]
        head, stored = sparse_values(codec, [word for word, keep in zip(row, kept) if keep])
        bitmap = sum(keep << j for j, keep in enumerate(kept)).to_bytes((codec.width + 7) // 8, "little")
        made += (count - bases[-1]).to_bytes(codec.first_bytes, "little") + head + bitmap
        values += stored
        count += sum(kept)
    return [("rows", "u8", codec.stride, made), ("bases", "u64", 1, struct.pack("<%dQ" % len(bases), *bases)),
            ("values", "u8" if codec.values == "int8" else "f16", 1, values),
            ("threshold", "f32", 1, struct.pack("<I", threshold))]


def fitted_threshold(codec, rows):
    """The smallest that keeps few enough numbers."""
    magnitudes = sorted((word & 0x7FFFFFFF for row in rows for word in row), reverse=True)
    most = math.floor(codec.density * len(magnitudes))
    return max(1, magnitudes[most] + 1) if most < len(magnitudes) else 1


def sparse_values(codec, words):
    """The scale, if there is one, and the values of the numbers that a row keeps."""
    if codec.values == "f16":
        return b"", struct.pack("<%dH" % len(words), *map(f32.f16_bits, words))
    x = [f32.from_bits(word) for word in words]
    scale = f16_not_below(f32.divide(max(map(abs, x), default=0.0), 127.0))
    inverse = f32.divide(1.0, scale) if scale else 0.0
    return struct.pack("<e", scale), bytes(min(max(round(f32.multiply(a, inverse)), -128), 127) % 256 for a in x)


# generated

def pack_generated(codec, rows, given):
    """Nothing of the rows; coefficients are given."""
    return [(name, given[name].type, given[name].width, given[name].data) for name in codec.columns]


# tiers

def ends_of_tiers(codec, count):
    """Where each tier ends, by the sizes."""
    ends, end = [], 0
    for size in codec.sizes[:-1]:
        assert not size.traffic, "traffic: ends must be given"
        end += math.ceil(count * size.percent / 100)
        end = min(-(-end // 64) * 64, count)
        ends.append(end)
    return ends + [count]


# dedup

def deduplicated(row_map, rows):
    """The column of blocks, and the rows that are kept."""
    size = row_map.block_rows
    blocks, kept, same = [], [], Same(row_map, len(rows[0]) * size if rows else 0)
    for first in range(0, len(rows), size):
        block = rows[first:first + size]
        number = same.find([word for row in block for word in row]) if len(block) == size else None
        if number is None:
            number = len(kept)
            kept.append(block)
            if len(block) == size:
                same.keep(number)
        blocks.append(number)
    return [("blocks", "u32", 1, struct.pack("<%dI" % len(blocks), *blocks))], [row for block in kept for row in block]


class Same:
    """The blocks that are kept, and which of them one is the same as."""
    SIGNATURES, PLACES, CANDIDATES = 32, 3, 8

    def __init__(self, row_map, count):
        self.exact = row_map.tolerance == 0 and row_map.share == 1
        self.tolerance, self.least = f32.rounded(row_map.tolerance), row_map.share * count
        self.places = [[reduce(hash_key(s * 2**32 + i, salt(0, 0)), count) for i in range(self.PLACES)]
                       for s in range(self.SIGNATURES)]
        self.numbers, self.known = {}, {}

    def find(self, words):
        """The number of the kept block, or None; then `keep` keeps this one."""
        self.words = tuple(words)
        if self.exact:
            return self.known.get(self.words)
        self.x = [f32.from_bits(word) for word in words]
        for signature in self.signatures():
            for number in self.known.get(signature, [])[:self.CANDIDATES]:
                differ = [abs(f32.subtract(a, b)) for a, b in zip(self.x, self.numbers[number])]
                if sum(d <= self.tolerance for d in differ) >= self.least:
                    return number
        return None

    def signatures(self):
        """The number of each signature and its three numbers."""
        return [(s, *[self.cell(self.x[place]) for place in places]) for s, places in enumerate(self.places)]

    def cell(self, x):
        return (math.floor(f32.divide(x, 4 * self.tolerance)) if self.tolerance else x) + 0.0

    def keep(self, number):
        if self.exact:
            self.known[self.words] = number
            return
        self.numbers[number] = self.x
        for signature in self.signatures():
            self.known.setdefault(signature, []).append(number)
