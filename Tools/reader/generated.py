"""codecs/generated.md"""

import math
import struct

import f32
from common import SEED, RowCodec, exactly
from expression import Choice, Integer
from hashing import MASK, hash_key, salt
from refusal import require

A = (3.3871327179, 50.434271938, 159.29113202, 59.109374720)
B = (1, 17.895169469, 78.757757664, 67.187563600)
C = (1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103)
D = (1, 0.73700164250, 0.12021132975)
L = (2, 0.6666666666666666, 0.4, 0.2857142857142857)


class Generated(RowCodec):
    columns = ()
    parameters = {"kind_": Choice(None, ("gaussian", "uniform")), "seed": SEED,
                  "buckets": Integer("buckets", 2, 2**24, None, optional=True)}

    def __init__(self, name, kind_, seed, buckets):
        super().__init__(name)
        self.gaussian, self.salt, self.buckets = kind_ == "gaussian", salt(seed, 0), buckets
        self.columns = () if buckets is None else ("coefficients",)

    @staticmethod
    def check_arguments(kind_, seed, buckets):
        require(buckets is None or (kind_ == "uniform" and seed == 0), "BAD_EXPRESSION", "buckets of generated",
                (kind_, seed), "uniform, and no seed")

    def shapes(self, table):
        return {name: exactly("u64", self.width, 3, raw=True) for name in self.columns}

    def fetch(self, row):
        return row

    def decode(self, row):
        if self.buckets is not None:
            return [self.of_bucket(row, *struct.unpack("<3Q", self.column["coefficients"].row(j)))
                    for j in range(self.width)]
        hashes = [hash_key(row * 2**32 + j, self.salt) for j in range(self.width)]
        if not self.gaussian:
            return [(2 * (h >> 40) + 1 - 2**24) * 2.0**-24 for h in hashes]
        factor = 1 / math.sqrt(self.width)
        return [f32.rounded(quantile(h >> 32) * factor) for h in hashes]

    def of_bucket(self, row, a, b, p):
        h = (row * a + b & MASK) % (p or MASK + 1) % self.buckets
        return f32.subtract(2 * f32.divide(h, self.buckets - 1), 1.0)


def f(coefficients, y):
    total = 0.0
    for place, c in enumerate(reversed(coefficients)):
        total = total * y + c if place else c
    return total


def quantile(k):
    """Of the normal distribution, in binary64 (PPND7 of AS 241)."""
    q = (k - 2147483647.5) * 2.0**-32
    if abs(q) <= 0.425:
        y = 0.180625 - q * q
        return q * (f(A, y) / f(B, y))
    m, e = math.frexp(0.5 - abs(q))
    m, e = m * 2, e - 1
    z = (m - 1.5) / (m + 1.5)
    g = e * 0.6931471805599453 + (z * f(L, z * z) + 0.4054651081081644)
    y = math.sqrt(-g) - 1.6
    n = f(C, y) / f(D, y)
    return -n if q < 0 else n
