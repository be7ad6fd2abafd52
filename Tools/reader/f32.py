"""Binary32 arithmetic, every operation rounded once, to nearest even (Formats/lookup.md).

A binary32 number is held in a Python float, a binary64, which represents each of them exactly. The sum, product or
quotient of two, rounded to binary64 and then to binary32, is the same as rounded once: 53 >= 2 * 24 + 2 bits.
"""

import math
import struct

INFINITY = math.inf
LARGEST = (2 - 2.0**-23) * 2.0**127


def bits(x):
    """The 32 bits of a binary32."""
    return struct.unpack("<I", struct.pack("<f", x))[0]


def from_bits(word):
    return struct.unpack("<f", struct.pack("<I", word))[0]


def rounded(x):
    """A binary64 rounded to binary32."""
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return math.copysign(INFINITY, x)


def add(a, b):
    return rounded(a + b)


def subtract(a, b):
    return rounded(a - b)


def multiply(a, b):
    return rounded(a * b)


def divide(a, b):
    if b != 0:
        return rounded(a / b)
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(INFINITY, a) * math.copysign(1.0, b)


def fma(a, b, c):
    """a * b + c, rounded once.

    The product is exact in binary64. The sum is rounded to odd there: if it is inexact, the neighbour with an odd last
    bit is taken. That bit then stands for everything beyond it, and the rounding to binary32 sees on which side of
    a tie the exact sum lies.
    """
    product = a * b
    total = product + c
    if not math.isfinite(total):
        return total
    shadow = total - product
    error = (product - (total - shadow)) + (c - shadow)
    if error != 0 and struct.pack("<d", total)[0] & 1 == 0:
        total = math.nextafter(total, math.copysign(INFINITY, error))
    return rounded(total)


def f16_bits(word):
    """The binary16 nearest to a binary32, both as bits; a NaN becomes quiet and keeps its upper payload bits."""
    if word & 0x7FFFFFFF > 0x7F800000:
        return word >> 16 & 0x8000 | 0x7E00 | word >> 13 & 0x1FF
    try:
        return struct.unpack("<H", struct.pack("<e", from_bits(word)))[0]
    except OverflowError:
        return word >> 16 & 0x8000 | 0x7C00


def bf16_bits(word):
    """The bf16 nearest to a binary32, both as bits; a NaN becomes quiet and keeps its upper payload bits."""
    if word & 0x7FFFFFFF > 0x7F800000:
        return word >> 16 | 0x0040
    return word + 0x7FFF + (word >> 16 & 1) >> 16


def decoder(element_type):
    """The function that makes a list of numbers of the bytes of a row."""
    if element_type == "bf16":
        return lambda row: [from_bits(word << 16) for (word,) in struct.iter_unpack("<H", row)]
    letter = {"f32": "f", "f16": "e"}[element_type]
    return lambda row: list(struct.unpack("<%d%s" % (len(row) // struct.calcsize(letter), letter), row))


def output_bits(x, output):
    """A finished number as bits of the output type (lookup.md, "Output"). Every NaN is the positive quiet one."""
    word = 0x7FC00000 if math.isnan(x) else bits(x)
    return {"f32": lambda w: w, "f16": f16_bits, "bf16": bf16_bits}[output](word)
