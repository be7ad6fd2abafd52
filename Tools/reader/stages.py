"""The stages: indexers, row codecs, transforms (Formats/indexers, Formats/codecs, Formats/transforms).

A stage has its `parameters` (see expression.py) and is made with their values. It names its `columns`, and says of
which types and shapes they must be. A new stage is a class here and a line in STAGES.
"""

import math

import f32
from affine import Affine, LowRank
from common import RowCodec, ScaledCodec, Shape, Stage, Transform, codes_of, exactly
from expression import Choice, Flag, Integer
from hashing import hash_key, key_of, reduce, salt
from product import ProductQuantizer, ResidualQuantizer
from refusal import require

MOST_ROWS = 2**32 - 2
SEED = Integer("seed", 0, 2**64 - 1, 0, hexadecimal=True)


# Indexers: `find` gives the rows of an id, or None if it is missing.

class Direct(Stage):
    """indexers/direct.md: the id is the row."""
    kind = "indexer"
    id_kinds = (int,)
    combine, probes = "sum", 1

    def check_counts(self, table):
        require(table.id_count == table.row_count, "BAD_EXPRESSION", "idCount", table.id_count, table.row_count)

    def find(self, table, id_):
        return [id_] if 0 <= id_ < table.row_count else None


class Keyed(Stage):
    """indexers/keyed.md: a hash table of cache lines over 64-bit keys or strings."""
    kind = "indexer"
    parameters = {"keys": Choice(None, ("u64", "string")), "seed": SEED}
    combine, probes = "sum", 1
    SLOTS, USED, OVERFLOWED, FURTHEST = 12, 60, 61, 64

    def __init__(self, name, keys, seed):
        super().__init__(name)
        self.strings = keys == "string"
        self.salt = salt(seed, 0)
        self.id_kinds = (bytes,) if self.strings else (int,)
        self.columns = ("buckets", "keyEnds", "keyBytes") if self.strings else ("buckets", "keys")

    def check_counts(self, table):
        require(table.id_count == table.row_count, "BAD_EXPRESSION", "idCount", table.id_count, table.row_count)

    def shapes(self, table):
        buckets = Shape(("u8",), 1, 2**32 - 1, 64)
        if not self.strings:
            return {"buckets": buckets, "keys": exactly("u64", table.row_count, 1)}
        ends = "u32" if self.column["keyBytes"].row_count < 2**32 else "u64"
        return {"buckets": buckets, "keyEnds": exactly(ends, table.row_count, 1),
                "keyBytes": Shape(("u8",), 0, 2**63 - 1, 1)}

    def key(self, table, row):
        """The id that owns a row, or None if the file has no such key."""
        if row >= table.row_count:
            return None
        if not self.strings:
            return self.column["keys"].integer(row)
        ends = self.column["keyEnds"]
        first, end = ends.integer(row - 1) if row else 0, ends.integer(row)
        if not first <= end <= self.column["keyBytes"].row_count:
            return None
        return self.column["keyBytes"].raw(first, end)

    def find(self, table, id_):
        buckets = self.column["buckets"]
        id_ = id_ if self.strings else key_of(id_)
        h = hash_key(key_of(id_), self.salt)
        home = reduce(h, buckets.row_count)
        for step in range(self.FURTHEST):
            bucket = buckets.row((home + step) % buckets.row_count)
            for slot in range(min(bucket[self.USED], self.SLOTS)):
                row = int.from_bytes(bucket[4 * slot:4 * slot + 4], "little")
                if bucket[48 + slot] == h % 256 and self.key(table, row) == id_:
                    return [row]
            if not bucket[self.OVERFLOWED]:
                return None
        return None

    def verify(self, table):
        """What `verify --deep` checks: the buckets' structure, the key ends, and that every key finds its row."""
        def check(condition, field, found, wanted):
            require(condition, "BAD_KEY_INDEX", "table %r: %s" % (table.name, field), found, wanted)

        used = 0
        for number in range(self.column["buckets"].row_count):
            bucket = self.column["buckets"].row(number)
            here = bucket[self.USED]
            check(here <= self.SLOTS, "used of bucket %d" % number, here, "at most 12")
            check(bucket[self.OVERFLOWED] <= 1, "overflowed of bucket %d" % number, bucket[self.OVERFLOWED], "0 or 1")
            unused = bucket[4 * here:48] + bucket[48 + here:60] + bucket[62:]
            check(not any(unused), "unused bytes of bucket %d" % number, unused.hex(), "zero")
            used += here
        check(used == table.row_count, "used slots", used, table.row_count)
        if self.strings:
            size = self.column["keyBytes"].row_count
            last = self.column["keyEnds"].integer(table.row_count - 1) if table.row_count else 0
            check(last == size, "last key end", last, size)
        for row in range(table.row_count):
            key = self.key(table, row)
            check(key is not None, "key of row %d" % row, "between ends that are out of order", "in keyBytes")
            check(self.find(table, key) == [row], "row of key %r" % key, self.find(table, key), [row])


class Hashed(Stage):
    """indexers/hashed.md: the hashing trick."""
    kind = "indexer"
    parameters = {"rows": Integer("rows", 1, MOST_ROWS, None), "probes": Integer("probes", 1, 16, 1),
                  "combine": Choice("combine", ("sum", "mean", "concat")), "seed": SEED}
    id_kinds = (int, bytes)

    def __init__(self, name, rows, probes, combine, seed):
        super().__init__(name)
        self.rows, self.probes, self.combine = rows, probes, combine
        self.salts = [salt(seed, probe) for probe in range(probes)]

    def check_counts(self, table):
        require(table.row_count == self.rows, "BAD_EXPRESSION", "rowCount", table.row_count, self.rows)

    def find(self, table, id_):
        return [reduce(hash_key(key_of(id_), salt_), self.rows) for salt_ in self.salts]


# Row codecs, see RowCodec.

class Float(RowCodec):
    """codecs/float.md: f32, f16, bf16."""

    def __init__(self, name):
        super().__init__(name)
        self.type = name
        self.decode = f32.decoder(name)

    def shapes(self, table):
        return {"rows": exactly(self.type, table.row_count, self.width)}


class IntegerCodec(ScaledCodec):
    """codecs/integer.md: int16, int8, int4, int2."""
    parameters = {"symmetric": Flag("symmetric"), "scale": Choice("scale", ("f16", "f32"))}

    def __init__(self, name, symmetric, scale):
        super().__init__(name)
        self.bits = int(name[3:])
        self.symmetric, self.scale = symmetric, scale
        self.numbers = f32.decoder(scale)

    def bind(self, width):
        super().bind(width)
        self.codes_at = (4 if self.scale == "f32" else 2) * (1 if self.symmetric else 2)
        self.stride = self.codes_at + (width * self.bits + 7) // 8

    def shapes(self, table):
        return {"rows": exactly("u8", table.row_count, self.stride)}

    def parts(self, row):
        """Scale, bias and codes."""
        scale, *bias = self.numbers(row[:self.codes_at])
        half = 1 << self.bits - 1
        codes = [(code ^ half) - half for code in codes_of(row[self.codes_at:], self.bits, self.width)]
        return scale, bias[0] if bias else 0.0, codes


# Transforms, see Transform.

class Rotation(Transform):
    """transforms/rotation.md: three rounds of random signs and Hadamard transforms."""
    parameters = {"seed": SEED}
    HALF_ROUNDS = 6

    def __init__(self, name, seed):
        super().__init__(name)
        self.salt = salt(seed, 0)

    def half_rounds(self, dim):
        """The half-rounds in ascending order: the first number that each works on, and its factors."""
        p = 1 << dim.bit_length() - 1
        c = f32.rounded(math.sqrt(1 / p))
        for r in range(self.HALF_ROUNDS):
            if r % 2 == 0 or p < dim:
                signs = [hash_key(r * 2**32 + j, self.salt) >> 63 for j in range(p)]
                yield (dim - p if r % 2 else 0), [-c if sign else c for sign in signs]

    def apply(self, x, count):
        x = list(x)
        for first, factors in reversed(list(self.half_rounds(len(x)))):
            part = butterflies(x[first:first + len(factors)])
            x[first:first + len(factors)] = [f32.multiply(a, b) for a, b in zip(part, factors)]
        return x


def butterflies(x):
    """The Hadamard transform of a power of two of numbers, without scaling."""
    h = 1
    while h < len(x):
        for i in range(len(x)):
            if not i & h:
                x[i], x[i + h] = f32.add(x[i], x[i + h]), f32.subtract(x[i], x[i + h])
        h *= 2
    return x


STAGES = {
    "direct": Direct, "keyed": Keyed, "hashed": Hashed,
    "f32": Float, "f16": Float, "bf16": Float,
    "int16": IntegerCodec, "int8": IntegerCodec, "int4": IntegerCodec, "int2": IntegerCodec,
    "pq": ProductQuantizer, "rq": ResidualQuantizer,
    "rotation": Rotation, "pca": Affine, "opq": Affine, "lowrank": LowRank,
}
