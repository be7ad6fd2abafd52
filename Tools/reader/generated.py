"""codecs/generated.md"""

import math

import f32
from common import SEED, RowCodec
from expression import Choice
from hashing import hash_key, salt

A = (3.3871327179, 50.434271938, 159.29113202, 59.109374720)
B = (1, 17.895169469, 78.757757664, 67.187563600)
C = (1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103)
D = (1, 0.73700164250, 0.12021132975)
L = (2, 0.6666666666666666, 0.4, 0.2857142857142857)


class Generated(RowCodec):
    columns = ()
    parameters = {"kind_": Choice(None, ("gaussian", "uniform")), "seed": SEED}

    def __init__(self, name, kind_, seed):
        super().__init__(name)
        self.gaussian, self.salt = kind_ == "gaussian", salt(seed, 0)

    def fetch(self, row):
        return row

    def decode(self, row):
        hashes = [hash_key(row * 2**32 + j, self.salt) for j in range(self.width)]
        if not self.gaussian:
            return [(2 * (h >> 40) + 1 - 2**24) * 2.0**-24 for h in hashes]
        factor = 1 / math.sqrt(self.width)
        return [f32.rounded(quantile(h >> 32) * factor) for h in hashes]


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
