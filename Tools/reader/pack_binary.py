"""Packing of rows of signs: codecs/rbe.md, sign.md, rabitq.md, "Packing". Scales are searched for in binary64."""

import math
import struct

import f32
from common import packed_codes


def code(x, t, bits):
    """The code of a number in units of a scale, t being 1 / (scale * 2^(2 - B))."""
    return min(max(math.floor(x * t) + 2 ** (bits - 1), 0), 2**bits - 1)


def lanes_sum(terms):
    """Eight lanes, then the tree of rbe.md."""
    lanes = [0.0] * 8
    for j, term in enumerate(terms):
        lanes[j % 8] += term
    s = lanes
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))


class Fit:
    """The codes that a scale gives a row, and how well they do."""

    def __init__(self, x, scale, bits):
        t = 1 / (scale * 2.0 ** (2 - bits))
        self.scale = scale
        self.codes = [code(a, t, bits) for a in x]
        signed = [2 * k + 1 - 2**bits for k in self.codes]
        self.a = lanes_sum([c * b for c, b in zip(signed, x)])
        self.b = lanes_sum([float(c * c) for c in signed])
        self.gain = self.a * self.a / self.b
        self.best = self.a / self.b * 2.0 ** (bits - 1)


def fitted(x, bits):
    """The fit of the scale that steps 1 to 3 find; None for a row of zeros."""
    largest = max(abs(a) for a in x)
    if largest == 0:
        return None
    top = largest / (2 - 2.0 ** (1 - bits))
    found = None
    for i in range(16, 15 if bits == 1 else 3, -1):
        fit = Fit(x, top * (i / 16), bits)
        if found is None or fit.gain > found.gain:
            found = fit
    for _ in range(2):
        better = Fit(x, found.best, bits)
        if better.gain > found.gain:
            found = better
    return found


def factor(exact, type_):
    """A factor rounded to its type, and its bytes."""
    rounded = f32.rounded(exact)
    data = struct.pack("<f", rounded) if type_ == "f32" else struct.pack("<H", f32.f16_bits(f32.bits(rounded)))
    value = f32.decoder(type_)(data)[0]
    assert value <= 2.0**126, "SCALE_OVERFLOW"
    assert exact == 0 or abs(value - exact) <= exact / 16 and (type_ == "f16" or value >= 2.0**-100), "SCALE_UNDERFLOW"
    return value, data


def zeros(codec):
    return bytes(codec.codes_at) + packed_codes([2 ** (codec.bits - 1)] * codec.width, codec.bits)


def rbe_row(codec, x):
    if codec.scale == "none":
        return packed_codes([code(a, 2.0 ** (codec.bits - 2), codec.bits) for a in x], codec.bits)
    fit = fitted(x, codec.bits)
    if fit is None:
        return zeros(codec)
    scale, data = factor(fit.best, codec.scale)
    t = 1 / (scale * 2.0 ** (2 - codec.bits))
    return data + packed_codes([code(a, t, codec.bits) for a in x], codec.bits)


def sign_row(codec, x):
    return packed_codes([int(a >= 0) for a in x], 1)


def rabitq_row(codec, x):
    fit = fitted(x, codec.bits)
    if fit is None:
        return zeros(codec)
    half, square = 2.0 ** (codec.bits - 1), lanes_sum([a * a for a in x])
    factors = [square / fit.a * half, math.sqrt(square), fit.a / fit.b * half]
    return b"".join(factor(exact, codec.scale)[1] for exact in factors) + packed_codes(fit.codes, codec.bits)


def packer(pack_row):
    def pack(codec, rows, given):
        data = b"".join(pack_row(codec, [f32.from_bits(word) for word in row]) for row in rows)
        return [("rows", "u8", codec.stride, data)]

    return pack


PACKERS = {"rbe": packer(rbe_row), "sign": packer(sign_row), "rabitq": packer(rabitq_row)}
