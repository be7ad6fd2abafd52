"""codecs/tiers.md"""

import re
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

import f32
from common import RowCodec, exactly
from expression import Decimal, Labelled, Nested
from refusal import require


def check(condition, field, found, wanted):
    require(condition, "BAD_EXPRESSION", field, found, wanted)


@dataclass
class Size:
    """How many rows a tier has: per cent of the rows or of the traffic, or what is left."""
    percent: Fraction | None = None
    traffic: bool = False


class Tiers:
    """The parameter: every argument is a size and a composition."""
    MOST = 16

    def take(self, arguments):
        nested = [argument for argument in arguments if isinstance(argument.value, Nested)]
        for argument in nested:
            arguments.remove(argument)
        check(1 <= len(nested) <= self.MOST, "tiers", len(nested), "1 to %d" % self.MOST)
        sizes, labels = zip(*[self.size(argument.label) for argument in nested])
        check([size.percent is None for size in sizes] == [False] * (len(sizes) - 1) + [True], "rest", labels,
              "last, and only there")
        for traffic in (False, True):
            total = sum(size.percent for size in sizes[:-1] if size.traffic == traffic)
            check(total < 100, "sum of sizes", total, "below 100")
        spelled = ["%s: %s" % (label, argument.value.spelling) for label, argument in zip(labels, nested)]
        return Labelled(zip(sizes, (argument.value for argument in nested))), ", ".join(spelled)

    def size(self, label):
        """A size and its canonical spelling."""
        if label == "rest":
            return Size(), label
        match = re.match(r"(.*)%(traffic)?\Z", label)
        number = Decimal.canonical(match[1]) if match else None
        check(number is not None and 0 < Fraction(number) < 100, "size of a tier", label,
              "such as 10%, 2.5%traffic or rest")
        return Size(Fraction(number), bool(match[2])), "%s%%%s" % (number, match[2] or "")


class TieredCodec(RowCodec):
    columns = ("ends",)
    parameters = {"tiers": Tiers()}

    def __init__(self, name, tiers):
        super().__init__(name)
        self.sizes = [size for size, _ in tiers]
        self.tiers = [composition for _, composition in tiers]

    def nested(self):
        return self.tiers

    def bind(self, width):
        super().bind(width)
        for tier in self.tiers:
            tier.bind(width)

    def shapes(self, table):
        self.row_count = table.row_count
        return {"ends": exactly("u32", len(self.tiers), 1)}

    def opened(self):
        ends = [self.column["ends"].integer(tier) for tier in range(len(self.tiers))]
        self.begins = [0, *ends]
        ascending = all(a <= b for a, b in zip(self.begins, ends))
        require(ascending and ends[-1] == self.row_count, "BAD_PAYLOAD", "ends of tiers", ends,
                "ascending to %d" % self.row_count)
        for tier, first, end in zip(self.tiers, self.begins, ends):
            for _, stage in tier.stages():
                stage.part_of = SimpleNamespace(row_count=end - first)

    def tier_of(self, row):
        return next(tier for tier, end in enumerate(self.begins[1:]) if row < end)

    def fetch(self, row):
        """The row's tier, and what that has stored."""
        tier = self.tier_of(row)
        return tier, self.tiers[tier].codec.fetch(row - self.begins[tier])

    def decode(self, fetched):
        tier, stored = fetched
        return self.tiers[tier].transformed(self.tiers[tier].codec.decode(stored), 1.0)

    def empty_sum(self):
        """Weights and rows of each tier."""
        return [[] for _ in self.tiers]

    def add(self, parts, weight, fetched):
        tier, stored = fetched
        parts[tier].append((weight, stored))

    def total(self, parts):
        y = [0.0] * self.width
        for tier, part in zip(self.tiers, parts):
            if part:
                y = [f32.add(a, b) for a, b in zip(y, pooled(tier, part))]
        return y


def pooled(tier, part):
    """The rows of one tier, summed."""
    if not tier.pools or any(transform.adds_constant for transform in tier.transforms):
        z = [0.0] * tier.width
        for weight, stored in part:
            x = tier.transformed(tier.codec.decode(stored), 1.0)
            z = [f32.fma(weight, a, b) for a, b in zip(x, z)]
        return z
    acc = tier.codec.empty_sum()
    for weight, stored in part:
        tier.codec.add(acc, weight, stored)
    return tier.transformed(tier.codec.total(acc), 0.0)
