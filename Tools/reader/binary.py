"""Rows of signs: codecs/rbe.md, sign.md, rabitq.md."""

import f32
import scores
from common import ScaledCodec, codes_of, exactly
from expression import Choice, Integer
from refusal import require

BITS = Integer("bits", 1, 8, None)
FACTOR_BYTES = {"f16": 2, "f32": 4, "none": 0}


def values_of_codes(codes, bits):
    return [(2 * code + 1 - 2**bits) / 2 ** (bits - 1) for code in codes]


class Binary(ScaledCodec):
    """A row is some factors, of which the last is its scale, and codes of some bits."""
    factors = 1

    def __init__(self, name, bits, scale):
        super().__init__(name)
        self.bits, self.scale = bits, scale

    def bind(self, width):
        super().bind(width)
        self.codes_at = self.factors * FACTOR_BYTES[self.scale]
        self.stride = self.codes_at + (width * self.bits + 7) // 8

    def shapes(self, table):
        return {"rows": exactly("u8", table.row_count, self.stride)}

    def codes(self, row):
        return codes_of(row[self.codes_at:], self.bits, self.width)

    def parts(self, row):
        """Scale, bias and values."""
        scale = 1.0 if self.scale == "none" else f32.decoder(self.scale)(row[:self.codes_at])[-1]
        return scale, 0.0, values_of_codes(self.codes(row), self.bits)


class RecurrentBinary(Binary):
    """codecs/rbe.md"""
    parameters = {"bits": BITS, "scale": Choice("scale", ("f16", "f32", "none"))}

    @staticmethod
    def check_arguments(bits, scale):
        require(bits > 1 or scale != "none", "BAD_EXPRESSION", "rbe(bits=1, scale=none)", "written", "sign")

    def score(self, row, q, metric):
        return scores.rbe_score(self.parts(row)[0], self.codes(row), self.bits, q, metric)


class Sign(Binary):
    """codecs/sign.md"""
    def __init__(self, name):
        super().__init__(name, 1, "none")

    def score(self, row, q, metric):
        return scores.sign_score(self.codes(row), q, metric)


class RaBitQ(Binary):
    """codecs/rabitq.md: an estimator and a norm stand before a row of `rbe`."""
    factors = 3
    parameters = {"bits": BITS, "scale": Choice("scale", ("f16", "f32"))}

    def score(self, row, q, metric):
        estimator, norm, _ = f32.decoder(self.scale)(row[:self.codes_at])
        return scores.rabitq_score(estimator, norm, self.codes(row), self.bits, q, metric)
