"""codecs/fp8.md"""

import math

import f32
from common import RowCodec, exactly
from expression import Choice, OneOf


class FP8(RowCodec):
    parameters = {"codes": Choice(None, ("e4m3", "e5m2")), "block": OneOf("block", (16, 32, 64, 128), 32),
                  "scale": Choice("scale", ("e8m0", "f16"))}

    def __init__(self, name, codes, block, scale):
        super().__init__(name)
        self.codes, self.block, self.scale = codes, block, scale
        self.values = values_of_codes(codes)

    def bind(self, width):
        super().bind(width)
        self.codes_at = -(-width // self.block) * (2 if self.scale == "f16" else 1)

    def shapes(self, table):
        return {"rows": exactly("u8", table.row_count, self.codes_at + self.width)}

    def decode(self, row):
        head = row[:self.codes_at]
        scales = f32.decoder("f16")(head) if self.scale == "f16" else [power(byte) for byte in head]
        return [f32.multiply(scales[j // self.block], self.values[code]) for j, code in enumerate(row[self.codes_at:])]


def power(byte):
    """A scale of type e8m0."""
    return math.nan if byte == 255 else 2.0 ** (byte - 127)


def values_of_codes(codes):
    """The numbers of the 256 codes of a type."""
    fraction_bits, bias = {"e4m3": (3, 7), "e5m2": (2, 15)}[codes]
    made = []
    for code in range(256):
        exponent, fraction = (code & 127) >> fraction_bits, code & (1 << fraction_bits) - 1
        part = fraction / (1 << fraction_bits)
        value = 2.0 ** (exponent - bias) * (1 + part) if exponent else 2.0 ** (1 - bias) * part
        if codes == "e4m3" and code & 127 == 127:
            value = math.nan
        if codes == "e5m2" and exponent == 31:
            value = math.nan if fraction else math.inf
        made.append(-value if code >= 128 else value)
    return made
