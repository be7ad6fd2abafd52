"""Indexers by which ids share rows: qr.md, robe.md, tensorTrain.md, unified.md in Formats/indexers."""

import copy
import math

import f32
from common import MOST_ROWS, SEED
from expression import Choice, Flag, Integer, Integers
from hashing import MASK, bucket, key_of, sign
from indexers import Found, Indexer
from refusal import require

OFFSET = Integer("offset", 0, MASK, 0)


def check(condition, field, found, wanted):
    require(condition, "BAD_EXPRESSION", field, found, wanted)


class Ranged(Indexer):
    """Ids from 0 on; a feature has a range of them: qr.md."""
    feature_parameters = {"offset": OFFSET, "ids": Integer("ids", 1, MASK, None, optional=True)}
    offset = 0

    def bind(self, id_count):
        super().bind(id_count)
        self.ids = id_count

    def for_feature(self, offset, ids):
        made = copy.copy(self)
        most = self.id_count - offset
        check(ids is None or ids != most, "ids", ids, "left out, being the default")
        made.offset, made.ids = offset, most if ids is None else ids
        check(0 <= made.ids <= most, "ids", made.ids, "at most %d" % most)
        return made

    def find(self, id_):
        return Found(self.rows(id_ + self.offset)) if 0 <= id_ < self.ids else None


class QuotientRemainder(Ranged):
    """qr.md"""
    parameters = {"divisor": Integer("divisor", 1, MOST_ROWS, None),
                  "combine": Choice("combine", ("multiply", "sum", "concat"))}
    probes = 2

    def __init__(self, name, divisor, combine):
        super().__init__(name)
        self.divisor, self.combine = divisor, combine

    def quotients(self):
        return -(-self.id_count // self.divisor)

    def indices(self):
        return self.quotients() + self.divisor

    def rows(self, x):
        return [x // self.divisor, self.quotients() + x % self.divisor]


class TensorTrain(Ranged):
    """tensorTrain.md"""
    parameters = {"rank": Integer("rank", 1, 4096, None), "rows": Integers("rows", 1, MOST_ROWS, "x", required=True),
                  "dims": Integers("dims", 1, 65_536, "x", required=True)}
    combine = "contract"
    MOST_NUMBERS = 2**20

    def __init__(self, name, rank, rows, dims):
        super().__init__(name)
        self.rank, self.slices, self.dims = rank, rows, dims
        middle = range(1, len(rows) - 1)
        self.rows_of_slice = [dims[k] * (rank if k in middle else 1) for k in range(len(rows))]
        self.probes = sum(self.rows_of_slice)

    @classmethod
    def check_arguments(cls, rank, rows, dims):
        check(2 <= len(rows) <= 4 and len(rows) == len(dims), "rows and dims", (rows, dims), "2 to 4 of each")
        numbers = rank * cls("tensorTrain", rank, rows, dims).probes
        check(numbers <= cls.MOST_NUMBERS, "numbers read per id", numbers, "at most %d" % cls.MOST_NUMBERS)
        numbers = rank * math.prod(dims[:-1])
        check(numbers <= cls.MOST_NUMBERS, "numbers of a step", numbers, "at most %d" % cls.MOST_NUMBERS)

    def row_width(self, width):
        check(width == math.prod(self.dims), "numbers of a combined row", width, math.prod(self.dims))
        return self.rank

    def combined_width(self, row_width):
        return math.prod(self.dims)

    def indices(self):
        check(self.id_count <= math.prod(self.slices), "idCount", self.id_count, "at most %d" % math.prod(self.slices))
        return sum(n * rows for n, rows in zip(self.slices, self.rows_of_slice))

    def rows(self, x):
        found, first = [], 0
        for k, (n, rows) in enumerate(zip(self.slices, self.rows_of_slice)):
            x, i = divmod(x, n) if k < len(self.slices) - 1 else (0, x)
            found += range(first + i * rows, first + (i + 1) * rows)
            first += n * rows
        return found

    def contracted(self, rows):
        """The combined row of the decoded rows."""
        first, *middle, last = self.dims
        v, rest = rows[:first], rows[first:]
        for d in middle:
            core, rest = rest[:self.rank * d], rest[self.rank * d:]
            v = [[inner(row, [core[r * d + b][s] for r in range(self.rank)]) for s in range(self.rank)]
                 for row in v for b in range(d)]
        return [inner(row, rest[b]) for row in v for b in range(last)]


def inner(a, b):
    y = 0.0
    for one, other in zip(a, b):
        y = f32.fma(one, other, y)
    return y


class Robe(Indexer):
    """robe.md"""
    parameters = {"size": Integer("size", 1, 2**31, None), "block": Integer("block", 1, 65_536, None),
                  "chunks": Integer("chunks", 1, 256, 1), "seed": SEED, "align": Integer("align", 1, 2**31, 1),
                  "signed": Flag("signed"), "coefficients": Integers("coefficients", 0, 2**32 - 1)}
    feature_parameters = {"offset": OFFSET, "slot": Integer("slot", 0, 2**32 - 1, 0)}
    combine, windows = "concat", True
    offset = slot = 0

    def __init__(self, name, size, block, chunks, seed, align, signed, coefficients):
        super().__init__(name)
        self.size, self.block, self.probes, self.seed, self.align = size, block, chunks, seed, align
        self.signed, self.coefficients = signed, coefficients
        self.weighted, self.flips = signed and not coefficients, signed and bool(coefficients)
        self.id_kinds = (int,) if coefficients else (int, bytes)

    @staticmethod
    def check_arguments(size, block, chunks, seed, align, signed, coefficients):
        check(block <= size, "block", block, "at most size")
        check(size % align == 0, "align", align, "a divisor of size")
        if coefficients is not None:
            check(len(coefficients) == 9, "coefficients", len(coefficients), "9 of them")
            check(coefficients[0] >= block, "P", coefficients[0], "at least block")
            check((seed, align) == (0, 1), "seed and align", (seed, align), "not with coefficients")

    def for_feature(self, offset, slot):
        check(slot == 0 or self.coefficients is not None, "slot", slot, "only with coefficients")
        made = copy.copy(self)
        made.offset, made.slot = offset, slot
        made.id_kinds = (int,) if offset else self.id_kinds
        return made

    def row_width(self, width):
        check(width == self.block * self.probes, "numbers of a combined row", width, self.block * self.probes)
        return self.block

    def indices(self):
        return self.size + (2 * (self.block - 1) if self.coefficients else 0)

    def stored(self, array):
        """The numbers that are stored of an array."""
        numbers = array + array[:self.block - 1]
        if self.coefficients:
            first = self.coefficients[0] - (self.block - 1)
            numbers += [array[(first + i) % self.size] for i in range(self.block - 1)]
            numbers += [array[i % self.size] for i in range(self.block - 1)]
        return numbers

    def find(self, id_):
        if self.coefficients:
            return self.find_by_coefficients(key_of(id_) + self.offset & MASK)
        id_ = key_of(id_) + self.offset & MASK
        rows = [self.align * bucket("mix", self.seed, c, id_, self.size // self.align) for c in range(self.probes)]
        return Found(rows, [sign(self.seed, c, id_) for c in range(self.probes)] if self.signed else None)

    def find_by_coefficients(self, x):
        p, dh, ch, bh, ah, dg, cg, bg, ag = self.coefficients
        rows = []
        for c in range(self.probes):
            b = (bh * x + dh + ch * c + ah * self.slot & MASK) % p
            seam = self.size + self.block - 1
            rows.append(b % self.size if b + self.block <= p else seam + self.block - 1 - (p - b))
        flipped = [(bg * x + dg + cg * j + ag * self.slot & MASK) % p % 2 == 0 for j in range(self.block * self.probes)]
        return Found(rows, flipped=flipped if self.signed else None)


class Unified(Indexer):
    """unified.md. The table itself is the feature without arguments."""
    parameters = {"rows": Integer("rows", 1, MOST_ROWS, None), "width": Integer("width", 1, 65_536, None),
                  "tables": Integer("tables", 1, 65_536, 1), "probes": Integer("probes", 1, 64, 1),
                  "hash_": Choice("hash", ("mix", "murmur", "siphash")), "seed": SEED}
    feature_parameters = {
        "probes": Integer("probes", 1, 64, None, optional=True),
        "combine": Choice("combine", ("concat", "sum", "mean")),
        "salt": Integer("salt", 0, MASK, 0), "chunks": Integers("chunks", 0, 65_535),
        "tables": Integers("tables", 0, 65_535), "first": Integer("first", 0, MOST_ROWS, None, optional=True),
        "ids": Integer("ids", 1, MOST_ROWS, None, optional=True)}
    id_kinds = (int, bytes)
    combine, salt, first = "concat", 0, None

    def __init__(self, name, rows, width, tables, probes, hash_, seed):
        super().__init__(name)
        self.rows, self.width, self.tables, self.probes, self.hash, self.seed = rows, width, tables, probes, hash_, seed
        self.chunks, self.tables_of = list(range(probes)), [chunk % tables for chunk in range(probes)]

    @staticmethod
    def check_arguments(rows, width, tables, probes, hash_, seed):
        check(tables * rows <= MOST_ROWS, "tables * rows", tables * rows, "at most %d" % MOST_ROWS)

    def for_feature(self, probes, combine, salt, chunks, tables, first, ids):
        made = copy.copy(self)
        check(probes != self.probes, "probes", probes, "left out, being the table's")
        made.probes, made.combine, made.salt, made.first, made.ids = probes or self.probes, combine, salt, first, ids
        made.chunks = chunks or list(range(made.probes))
        check(chunks != list(range(made.probes)), "chunks", chunks, "left out, being the default")
        check(len(set(made.chunks)) == len(made.chunks) == made.probes, "chunks", made.chunks,
              "%d distinct" % made.probes)
        default = [chunk % self.tables for chunk in made.chunks]
        made.tables_of = tables or default
        check(tables != default, "tables", tables, "left out, being the default")
        check(len(made.tables_of) == made.probes and max(made.tables_of) < self.tables, "tables", tables,
              "%d below %d" % (made.probes, self.tables))
        check((first is None) == (ids is None), "first and ids", (first, ids), "both or none")
        if first is not None:
            made.id_kinds = (int,)
            check((salt, chunks, tables) == (0, None, None), "salt, chunks, tables", (salt, chunks, tables),
                  "not with first")
            end, owned = first + ids * made.probes, self.id_count - self.tables * self.rows
            check(end <= owned, "first + ids * probes", end, "at most %d" % owned)
        return made

    def row_width(self, width):
        check(width == self.probes * self.width, "numbers of a combined row", width, self.probes * self.width)
        return self.width

    def indices(self):
        check(self.id_count >= self.tables * self.rows, "rows", self.id_count,
              "at least %d" % (self.tables * self.rows))
        return self.id_count

    def find(self, id_):
        if self.first is None:
            u = self.seed + self.salt & MASK
            return Found([table * self.rows + bucket(self.hash, u, chunk, id_, self.rows)
                          for table, chunk in zip(self.tables_of, self.chunks)])
        if not 0 <= id_ < self.ids:
            return None
        begin = self.tables * self.rows + self.first + id_ * self.probes
        return Found(list(range(begin, begin + self.probes)))
