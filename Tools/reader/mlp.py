"""transforms/mlp.md: a small trained network."""

import math
import re

import f32
from common import Transform, exactly
from expression import Choice, Flag, Integer, labelled, taken
from refusal import require
from scores import dot, unit

MOST_WIDTH, MOST_LAYERS = 65_536, 64


class Widths:
    """Widths joined by `x`."""

    def take(self, arguments):
        word = taken(arguments, "hidden", lambda value: True)
        match = re.match(r"[1-9][0-9]*(x[1-9][0-9]*)*\Z", word or "")
        widths = [int(width) for width in word.split("x")] if match else []
        require(1 <= len(widths) <= MOST_LAYERS and max(widths) <= MOST_WIDTH, "BAD_EXPRESSION", "hidden", word,
                "at most %d widths up to %d" % (MOST_LAYERS, MOST_WIDTH))
        return widths, labelled("hidden", word)


class Mlp(Transform):
    parameters = {"hidden": Widths(), "dim": Integer("dim", 1, MOST_WIDTH, None, optional=True),
                  "activation": Choice("activation", ("relu", "mish")), "unit": Flag("unit")}
    columns = ("weights0", "bias0")
    pools = False

    def __init__(self, name, hidden, dim, activation, unit):
        super().__init__(name)
        self.hidden, self.needed, self.unit = hidden, dim, unit
        self.activation = {"relu": relu, "mish": mish}[activation]
        self.columns = [name + str(layer) for layer in range(len(hidden) + 1) for name in ("weights", "bias")]

    def bind(self, width):
        self.widths = [self.needed or width, *self.hidden, width]
        return self.widths[0]

    def shapes(self, table):
        shapes = {}
        for layer, (before, after) in enumerate(zip(self.widths, self.widths[1:])):
            shapes["weights%d" % layer] = exactly("f32", before, after, raw=True)
            shapes["bias%d" % layer] = exactly("f32", 1, after, raw=True)
        return shapes

    def numbers(self, column, row):
        return f32.decoder("f32")(self.column[column].row(row))

    def apply(self, z, count):
        last = len(self.hidden)
        for layer in range(last + 1):
            a = self.numbers("bias%d" % layer, 0)
            for i, input_ in enumerate(z):
                a = [f32.fma(input_, weight, sum_) for weight, sum_ in zip(self.numbers("weights%d" % layer, i), a)]
            z = a if layer == last else [self.activation(x) for x in a]
        return brought_to_length_1(z) if self.unit else z


def brought_to_length_1(x):
    return unit(x) if dot(x, x) != 0 else x


def relu(a):
    return a if a > 0 or math.isnan(a) else 0.0


EXPONENTIAL = [float.fromhex(text) for text in (
    "0x1.6c16c2p-10", "0x1.111112p-7", "0x1.555556p-5", "0x1.555556p-3", "0x1p-1", "1", "1")]


def mish(a):
    if a > 20 or math.isnan(a):
        return a
    t = max(a, -80.0)
    n = float(round(f32.multiply(t, float.fromhex("0x1.715476p+0"))))
    r = f32.fma(-n, float.fromhex("0x1.62e4p-1"), t)
    r = f32.fma(-n, float.fromhex("0x1.7f7d1cp-20"), r)
    p = float.fromhex("0x1.a01a02p-13")
    for c in EXPONENTIAL:
        p = f32.fma(p, r, c)
    u = p * 2.0**n
    w = f32.multiply(u, f32.add(u, 2.0))
    return f32.multiply(t, f32.divide(w, f32.add(w, 2.0)))
