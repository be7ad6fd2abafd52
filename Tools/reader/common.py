"""What the stages of several files have in common: shapes of columns, and how row codecs pool."""

from dataclasses import dataclass

import f32
import scores
from expression import Integer

MOST_ROWS = 2**32 - 2
SEED = Integer("seed", 0, 2**64 - 1, 0, hexadecimal=True)


@dataclass
class Shape:
    """What a column must be: one of some element types, a number of rows in a range, a width; some must be `raw`."""
    types: tuple
    least_rows: int
    most_rows: int
    width: int
    raw: bool = False


def exactly(type_, rows, width, raw=False):
    return Shape((type_,), rows, rows, width, raw)


class Stage:
    """A stage without columns, of revision 1. `column` holds the segments of its columns by their bare names."""
    revision, parameters, columns = 1, {}, ()
    part_of = None

    def __init__(self, name):
        self.name, self.column = name, {}

    @staticmethod
    def check_arguments(**values):
        """Refuse arguments that do not go together."""

    def shapes(self, table):
        """What the columns must be, by bare name. Of `table` counts and widths are known. For a stage nested in another
        `part_of` stands in its place and has the row_count of its rows."""
        return {}

    def opened(self):
        """The columns have the right shapes: what later checks depend on can be read."""

    def nested(self):
        """The compositions nested in this stage, in the order written."""
        return []

    def verify(self):
        """What `verify --deep` checks of the columns' contents."""


class RowCodec(Stage):
    """`fetch` reads a stored row, `decode` makes numbers of it. A weighted sum of rows is made by `empty_sum`, `add`
    for each row in order, and `total`: here that of numbers as they are decoded (lookup.md, "sum and mean")."""
    kind, columns = "codec", ("rows",)
    stores_windows = False
    windows = False

    def bind(self, width):
        self.width = width

    def fetch(self, row):
        return self.column["rows"].row(row)

    def empty_sum(self):
        return [0.0] * self.width

    def add(self, acc, weight, stored):
        for j, x in enumerate(self.decode(stored)):
            acc[j] = f32.fma(weight, x, acc[j])

    def total(self, acc):
        return acc

    def score(self, stored, q, metric):
        """The score of a stored row (search.md): that of its numbers, unless the codec's page says otherwise."""
        return scores.score(self.decode(stored), q, metric)


class ScaledCodec(RowCodec):
    """Rows of a scale, a bias and a small number for each number: `parts` gives the three (codecs/integer.md)."""

    def decode(self, stored):
        scale, bias, values = self.parts(stored)
        return [f32.fma(scale, value, bias) for value in values]

    def empty_sum(self):
        return [0.0] * (self.width + 1)

    def add(self, acc, weight, stored):
        """The last element of `acc` is the carry."""
        scale, bias, values = self.parts(stored)
        scale = f32.multiply(weight, scale)
        for j, value in enumerate(values):
            acc[j] = f32.fma(scale, value, acc[j])
        acc[-1] = f32.fma(weight, bias, acc[-1])

    def total(self, acc):
        return [f32.add(x, acc[-1]) for x in acc[:-1]]


class Transform(Stage):
    """`apply` makes the embedding of a combined row, or what the next transform outwards needs; `count` is the count of
    constants (affine.md), which only affine transforms use. `pools` says that bags are transformed once, and
    `adds_constant` that the transform is not linear then."""
    kind, pools, adds_constant = "transform", True, False

    def bind(self, width):
        """How many numbers go in for `width` to come out."""
        self.width = width
        return width

    def pull(self, q, metric):
        """The query that scores what goes in, and the term to add or None (search.md, "Pulling queries back"); None if
        there is no such query."""


def codes_of(packed, bits, count):
    """`count` codes of some bits each, least significant bit first (codecs/pq.md, "Codes in rows")."""
    packed = int.from_bytes(packed, "little")
    return [packed >> j * bits & (1 << bits) - 1 for j in range(count)]


def packed_codes(codes, bits):
    """The bytes of codes; spare bits are 0."""
    packed = sum(code << j * bits for j, code in enumerate(codes))
    return packed.to_bytes((len(codes) * bits + 7) // 8, "little")
