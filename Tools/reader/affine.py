"""Transforms with a stored matrix or mean: affine.md, transforms/pca.md, opq.md, lowrank.md, linear.md, center.md."""

import f32
import scores
from common import Transform, exactly
from expression import Integer

MOST_DIM = 65_536


class Affine(Transform):
    """transforms/pca.md, opq.md: as many numbers go in as come out."""
    columns = ("matrix", "mean")
    adds_constant = True

    def shapes(self, table):
        return {"matrix": exactly("f32", self.needed, self.width, raw=True),
                self.columns[1]: exactly("f32", 1, self.width, raw=True)}

    def bind(self, width):
        self.width = self.needed = width
        return width

    def numbers(self, column, row):
        return f32.decoder("f32")(self.column[column].row(row))

    def apply(self, y, count):
        x = [f32.multiply(count, a) for a in self.numbers(self.columns[1], 0)]
        for i, a in enumerate(y):
            x = [f32.fma(a, b, sum_) for b, sum_ in zip(self.numbers("matrix", i), x)]
        return x

    def back(self, q):
        result = []
        for i in range(self.needed):
            sum_ = 0.0
            for a, b in zip(self.numbers("matrix", i), q):
                sum_ = f32.fma(a, b, sum_)
            result.append(sum_)
        return result

    def is_orthonormal(self):
        rows = [self.numbers("matrix", i) for i in range(self.needed)]
        return all(abs(scores.dot(a, b) - (i == k)) <= 2.0**-16 for i, a in enumerate(rows) for k, b in enumerate(rows))

    def pull(self, q, metric):
        mean = self.numbers(self.columns[1], 0)
        if metric == "dot":
            return self.back(q), scores.dot(mean, q)
        if metric == "cosine" and any(mean) or not self.is_orthonormal():
            return None
        if metric == "cosine":
            return self.back(q), None
        z = [f32.subtract(a, b) for a, b in zip(q, mean)]
        back = self.back(z)
        return back, None if self.needed == self.width else f32.subtract(scores.dot(z, z), scores.dot(back, back))


class LowRank(Affine):
    """transforms/lowrank.md: some numbers become dim."""
    parameters = {"rank": Integer(None, 1, MOST_DIM, None)}

    def __init__(self, name, rank):
        super().__init__(name)
        self.rank = rank

    def bind(self, width):
        super().bind(width)
        self.needed = self.rank
        return self.rank


class Linear(Affine):
    """transforms/linear.md: any matrix."""
    columns = ("matrix", "constant")
    parameters = {"dim": Integer("dim", 1, MOST_DIM, None, optional=True)}

    def __init__(self, name, dim):
        super().__init__(name)
        self.dim = dim

    def bind(self, width):
        super().bind(width)
        self.needed = self.dim or width
        return self.needed

    def pull(self, q, metric):
        return super().pull(q, metric) if metric == "dot" else None


class Center(Transform):
    """transforms/center.md: the identity for a matrix."""
    columns = ("constant",)
    adds_constant = True

    def shapes(self, table):
        return {"constant": exactly("f32", 1, self.width, raw=True)}

    def constant(self):
        return f32.decoder("f32")(self.column["constant"].row(0))

    def apply(self, y, count):
        return [f32.add(f32.multiply(count, a), b) for a, b in zip(self.constant(), y)]

    def pull(self, q, metric):
        if metric == "dot":
            return q, scores.dot(self.constant(), q)
        return ([f32.subtract(a, b) for a, b in zip(q, self.constant())], None) if metric == "l2" else None
