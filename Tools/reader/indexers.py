"""Indexers: from an id to row indices (Formats/indexers)."""

from dataclasses import dataclass

import f32
from common import MOST_ROWS, SEED, Shape, Stage, exactly
from expression import Choice, Flag, Integer, Integers
from hashing import MASK, bucket, hash_key, key_of, reduce, salt, sign
from refusal import require


@dataclass
class Found:
    """The rows of an id, the weights of its probes if the indexer has any, and which numbers of the combined row change
    their signs, if any do."""
    rows: list
    weights: list | None = None
    flipped: list | None = None


class Indexer(Stage):
    """`find` gives the rows of an id as Found, or None if it is missing. `bind` is told idCount before that."""
    kind = "indexer"
    id_kinds = (int,)
    combine, probes = "sum", 1
    weighted = flips = windows = False
    feature_parameters = {}

    def bind(self, id_count):
        self.id_count = id_count

    def indices(self):
        """How many row indices there are: rows, or entries of the row map that comes next."""
        return self.id_count

    def row_width(self, width):
        """How many numbers a stored row has if a combined one has `width` (expression.md, "Dims")."""
        if self.combine != "concat":
            return width
        require(width % self.probes == 0, "BAD_EXPRESSION", "numbers of %d rows" % self.probes, width, "a multiple")
        return width // self.probes

    def combined_width(self, row_width):
        """The reverse."""
        return self.probes * row_width if self.combine == "concat" else row_width

    def for_feature(self):
        """The indexer as a feature has it; called with the values of `feature_parameters`."""
        return self


class Direct(Indexer):
    """direct.md: the id is the row."""

    def find(self, id_):
        return Found([id_]) if 0 <= id_ < self.id_count else None


class Keyed(Indexer):
    """keyed.md: a hash table of cache lines over 64-bit keys or strings."""
    parameters = {"keys": Choice(None, ("u64", "string")), "seed": SEED}
    columns = ("buckets",)
    SLOTS, USED, OVERFLOWED, FURTHEST = 12, 60, 61, 64

    def __init__(self, name, keys, seed):
        super().__init__(name)
        self.strings = keys == "string"
        self.salt = salt(seed, 0)
        self.id_kinds = (bytes,) if self.strings else (int,)
        self.columns = ("buckets", "keyEnds", "keyBytes") if self.strings else ("buckets", "keys")

    def shapes(self, table):
        buckets = Shape(("u8",), 1, 2**32 - 1, 64)
        if not self.strings:
            return {"buckets": buckets, "keys": exactly("u64", self.id_count, 1)}
        ends = "u32" if self.column["keyBytes"].row_count < 2**32 else "u64"
        return {"buckets": buckets, "keyEnds": exactly(ends, self.id_count, 1),
                "keyBytes": Shape(("u8",), 0, 2**63 - 1, 1)}

    def key(self, row):
        """The id that owns a row, or None if the file has no such key."""
        if row >= self.id_count:
            return None
        if not self.strings:
            return self.column["keys"].integer(row)
        ends = self.column["keyEnds"]
        first, end = ends.integer(row - 1) if row else 0, ends.integer(row)
        if not first <= end <= self.column["keyBytes"].row_count:
            return None
        return self.column["keyBytes"].raw(first, end)

    def find(self, id_):
        buckets = self.column["buckets"]
        id_ = id_ if self.strings else key_of(id_)
        h = hash_key(key_of(id_), self.salt)
        home = reduce(h, buckets.row_count)
        for step in range(self.FURTHEST):
            bucket = buckets.row((home + step) % buckets.row_count)
            for slot in range(min(bucket[self.USED], self.SLOTS)):
                row = int.from_bytes(bucket[4 * slot:4 * slot + 4], "little")
                if bucket[48 + slot] == h % 256 and self.key(row) == id_:
                    return Found([row])
            if not bucket[self.OVERFLOWED]:
                return None
        return None

    def verify(self):
        """The buckets' structure, the key ends, and that every key finds its row."""
        def check(condition, field, found, wanted):
            require(condition, "BAD_KEY_INDEX", field, found, wanted)

        used = 0
        for number in range(self.column["buckets"].row_count):
            bucket = self.column["buckets"].row(number)
            here = bucket[self.USED]
            check(here <= self.SLOTS, "used of bucket %d" % number, here, "at most 12")
            check(bucket[self.OVERFLOWED] <= 1, "overflowed of bucket %d" % number, bucket[self.OVERFLOWED], "0 or 1")
            unused = bucket[4 * here:48] + bucket[48 + here:60] + bucket[62:]
            check(not any(unused), "unused bytes of bucket %d" % number, unused.hex(), "zero")
            used += here
        check(used == self.id_count, "used slots", used, self.id_count)
        if self.strings:
            size = self.column["keyBytes"].row_count
            last = self.column["keyEnds"].integer(self.id_count - 1) if self.id_count else 0
            check(last == size, "last key end", last, size)
        for row in range(self.id_count):
            key = self.key(row)
            check(key is not None, "key of row %d" % row, "between ends that are out of order", "in keyBytes")
            found = self.find(key)
            check(found is not None and found.rows == [row], "row of key %r" % key, found, [row])


class Hashed(Indexer):
    """hashed.md: the hashing trick."""
    parameters = {"rows": Integer("rows", 1, MOST_ROWS, None), "probes": Integer("probes", 1, 16, 1),
                  "combine": Choice("combine", ("sum", "mean", "concat")), "seed": SEED,
                  "hash_": Choice("hash", ("mix", "murmur", "siphash", "modulo", "learn")),
                  "salt": Integer("salt", 0, MASK, 0), "coefficients": Integers("coefficients", 0, MASK),
                  "signs": Flag("signs"), "weights": Flag("weights"), "id_weights": Flag("idWeights")}

    def __init__(self, name, rows, probes, combine, seed, hash_, salt, coefficients, signs, weights, id_weights):
        super().__init__(name)
        self.rows, self.probes, self.combine, self.seed, self.hash = rows, probes, combine, seed, hash_
        self.salt, self.coefficients, self.signs = salt, coefficients, signs
        self.columns = ("weights",) if weights else ("idWeights",) if id_weights else ()
        self.weighted = signs or weights or id_weights
        self.id_kinds = (int,) if self.columns else (int, bytes)

    @staticmethod
    def check_arguments(rows, probes, combine, seed, hash_, salt, coefficients, signs, weights, id_weights):
        def check(condition, field, found, wanted):
            require(condition, "BAD_EXPRESSION", field, found, wanted)

        check(hash_ != "modulo" or probes == 1, "probes", probes, "1 with hash=modulo")
        count = 3 * probes if hash_ == "learn" else 0
        check(len(coefficients or ()) == count, "coefficients", coefficients, "%d of them" % count)
        check(0 not in (coefficients or ())[2::3], "p of coefficients", 0, "at least 1")
        check(not (weights and id_weights), "weights", "beside idWeights", "one of the two")

    def indices(self):
        return self.rows

    def shapes(self, table):
        return {name: Shape(("f32", "f16"), self.id_count, self.id_count, self.probes if name == "weights" else 1)
                for name in self.columns}

    def find(self, id_):
        if self.columns and not 0 <= id_ < self.id_count:
            return None
        return Found([self.row(probe, id_) for probe in range(self.probes)], self.weights(id_))

    def row(self, probe, id_):
        v = probe if self.hash == "learn" else self.salt + probe & MASK
        return bucket(self.hash, self.seed, v, id_, self.rows, self.coefficients)

    def weights(self, id_):
        weights = [1.0] * self.probes
        for column in self.column.values():
            stored = f32.decoder(column.type)(column.row(id_))
            weights = stored if len(stored) == self.probes else stored * self.probes
        if self.signs:
            key = key_of(id_)
            weights = [sign(self.seed, self.salt + probe, key) * weight
                       for probe, weight in enumerate(weights)]
        return weights if self.weighted else None
