"""The stages: row codecs and transforms here (Formats/codecs, Formats/transforms), further ones in files of their own.

A stage has its `parameters` (see expression.py) and is made with their values. It names its `columns`, and says of
which types and shapes they must be. A new stage is a class here and a line in STAGES.
"""

import math

import f32
import scores
from affine import Affine, Center, Linear, LowRank
from binary import RaBitQ, RecurrentBinary, Sign
from common import SEED, RowCodec, ScaledCodec, Transform, codes_of, exactly
from expression import Choice, Flag, Integer, OneOf
from fp8 import FP8
from generated import Generated
from hashing import hash_key, salt
from indexers import Direct, Hashed, Keyed
from mlp import Mlp
from product import ProductQuantizer, ResidualQuantizer
from refusal import require
from rowmaps import Dedup, Remapped
from sharing import QuotientRemainder, Robe, TensorTrain, Unified
from sparse import Sparse
from tiers import TieredCodec


# Row codecs, see RowCodec.

class Float(RowCodec):
    """codecs/float.md: f32, f16, bf16."""
    stores_windows = True

    def __init__(self, name):
        super().__init__(name)
        self.type = name
        self.decode = f32.decoder(name)

    def shapes(self, table):
        if self.windows:
            return {"rows": exactly(self.type, table.row_count + self.width - 1, 1)}
        return {"rows": exactly(self.type, table.row_count, self.width)}

    def fetch(self, row):
        rows = self.column["rows"]
        if self.windows:
            return rows.raw(row * rows.row_bytes, (row + self.width) * rows.row_bytes)
        return rows.row(row)


class IntegerCodec(ScaledCodec):
    """codecs/integer.md: int16, int8, int4, int2."""
    parameters = {"symmetric": Flag("symmetric"), "scale": Choice("scale", ("f16", "f32")),
                  "block": OneOf("block", (16, 32, 64, 128))}

    def __init__(self, name, symmetric, scale, block):
        super().__init__(name)
        self.bits = int(name[3:])
        self.symmetric, self.scale, self.block = symmetric, scale, block
        self.numbers = f32.decoder(scale)

    def bind(self, width):
        super().bind(width)
        self.head = (4 if self.scale == "f32" else 2) * (1 if self.symmetric else 2)
        self.codes_at = self.head * (-(-width // self.block) if self.block else 1)
        self.stride = self.codes_at + (width * self.bits + 7) // 8

    def shapes(self, table):
        return {"rows": exactly("u8", table.row_count, self.stride)}

    def parts(self, row):
        """Scale, bias and codes."""
        scale, *bias = self.numbers(row[:self.head])
        return scale, bias[0] if bias else 0.0, self.codes(row)

    def codes(self, row):
        half = 1 << self.bits - 1
        return [(code ^ half) - half for code in codes_of(row[self.codes_at:], self.bits, self.width)]

    def decode(self, row):
        if self.block is None:
            return super().decode(row)
        heads = [(*self.numbers(row[at:at + self.head]), 0.0)[:2] for at in range(0, self.codes_at, self.head)]
        return [f32.fma(heads[j // self.block][0], code, heads[j // self.block][1])
                for j, code in enumerate(self.codes(row))]

    def empty_sum(self):
        return super().empty_sum() if self.block is None else RowCodec.empty_sum(self)

    def add(self, acc, weight, row):
        super().add(acc, weight, row) if self.block is None else RowCodec.add(self, acc, weight, row)

    def total(self, acc):
        return super().total(acc) if self.block is None else acc

    def score(self, row, q, metric):
        if self.bits != 8 or self.block is not None:
            return super().score(row, q, metric)
        return scores.int8_score(*self.parts(row), q, metric)


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

    def turned(self, x):
        """From embedding to stored row: the page's packing."""
        x = list(x)
        for first, factors in self.half_rounds(len(x)):
            part = [f32.multiply(a, b) for a, b in zip(x[first:], factors)]
            x[first:first + len(factors)] = butterflies(part)
        return x

    def pull(self, q, metric):
        return self.turned(q), None

    def apply(self, x, count):
        x = list(x)
        for first, factors in reversed(list(self.half_rounds(len(x)))):
            part = butterflies(x[first:first + len(factors)])
            x[first:first + len(factors)] = [f32.multiply(a, b) for a, b in zip(part, factors)]
        return x


class Prefix(Transform):
    """transforms/prefix.md: zeros behind what is stored."""
    parameters = {"kept": Integer(None, 1, 65_536, None)}

    def __init__(self, name, kept):
        super().__init__(name)
        self.kept = kept

    def bind(self, width):
        super().bind(width)
        require(self.kept <= width, "BAD_EXPRESSION", "prefix", self.kept, "at most %d" % width)
        return self.kept

    def apply(self, y, count):
        return y + [0.0] * (self.width - self.kept)


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
    "qr": QuotientRemainder, "robe": Robe, "tensorTrain": TensorTrain, "unified": Unified,
    "remapped": Remapped, "dedup": Dedup,
    "f32": Float, "f16": Float, "bf16": Float,
    "int16": IntegerCodec, "int8": IntegerCodec, "int4": IntegerCodec, "int2": IntegerCodec,
    "fp8": FP8, "sparse": Sparse, "generated": Generated, "tiers": TieredCodec,
    "pq": ProductQuantizer, "rq": ResidualQuantizer,
    "rbe": RecurrentBinary, "sign": Sign, "rabitq": RaBitQ,
    "rotation": Rotation, "prefix": Prefix, "pca": Affine, "opq": Affine, "lowrank": LowRank, "linear": Linear,
    "center": Center,
    "mlp": Mlp,
}
