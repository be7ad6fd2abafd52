"""Tables in which ids share rows, with parameters as if trained so: made, packed, and computed beside ours from Formats/indexers."""

import re

import numpy as np

import tables

DIM = 64
ANY = (1 << 31) - 1


class Hashed:
    """probes: rows per id, 0 if reading them is no yardstick.  ids: how many there are.  embeddings: None if nobody else knows them."""

    width = DIM

    def __init__(self, expression, numbers):
        self.probes = int((re.search(r"probes=(\d+)", expression) or [0, 1])[1])
        self.path = tables.source(numbers // self.width, self.width)
        self.values = np.load(self.path, mmap_mode="r")
        self.expression = expression.format(rows=len(self.values))
        self.ids = ANY

    def pack(self, embstore, name):
        return tables.pack(embstore, self.path, self.expression, name, "--stored-rows")

    def rows(self, ids):
        """ids x probes."""
        return tables.hashed_rows(ids.reshape(-1), len(self.values), max(self.probes, 1))

    def embeddings(self, ids):
        return self.values[self.rows(ids)].sum(axis=1)

    def pooled(self, bag):
        return lambda ids: self.embeddings(ids).reshape(len(ids) // bag, bag, -1).sum(axis=1)


class Unified(Hashed):
    def __init__(self, expression, numbers):
        self.width = int(re.search(r"width=(\d+)", expression)[1])
        super().__init__(expression, numbers)

    def embeddings(self, ids):
        return self.values[self.rows(ids)].reshape(len(ids), -1)


class Robe(Hashed):
    """Blocks begin anywhere: reading rows of one number is no yardstick."""

    width = 1

    def __init__(self, expression, numbers):
        super().__init__(expression, numbers)
        self.probes = 0

    def embeddings(self, ids):
        return self.values.reshape(-1)[(self.rows(ids) + np.arange(DIM)) % len(self.values)]


class Generated(Hashed):
    embeddings = None

    def __init__(self, expression, numbers):
        super().__init__(expression, numbers)
        self.probes, self.ids = 0, len(self.values)


class Imported:
    """A state in a .safetensors file."""

    def pack(self, embstore, name):
        path = tables.safetensors(self.state, name)
        made = tables.pack(embstore, path, self.codec, name, "--import", self.method)
        path.unlink()
        return made

    pooled = Hashed.pooled


class Quotient(Imported):
    method, codec, probes, divisor = "qr", "f32", 2, 2048

    def __init__(self, expression, numbers):
        self.expression = expression
        rows = max(numbers // DIM - self.divisor, 64)
        self.values = np.load(tables.source(rows + self.divisor, DIM), mmap_mode="r")
        self.state = {"quotient.weight": self.values[:rows], "remainder.weight": self.values[rows:]}
        self.quotients, self.ids = rows, min(rows * self.divisor, ANY)

    def rows(self, ids):
        ids = ids.reshape(-1)
        return np.stack([ids // self.divisor, self.quotients + ids % self.divisor], axis=-1)

    def embeddings(self, ids):
        rows = self.values[self.rows(ids)]
        return rows[:, 0] * rows[:, 1]


class Train(Imported):
    method, codec, probes, rows = "tt", "tensorTrain(rank=16) | f32", 0, None

    def __init__(self, expression, numbers):
        rank = int(re.search(r"rank=(\d+)", expression)[1])
        random = np.random.default_rng(5)
        shapes = [(64, 4, rank), (64, rank, 4, rank), (64, rank, 4)]
        self.cores = [random.standard_normal(shape, dtype=np.float32) for shape in shapes]
        self.state = {"cores.%d" % k: core.reshape(64, -1) for k, core in enumerate(self.cores)}
        self.expression, self.ids = expression, 64 ** 3

    def embeddings(self, ids):
        first, middle, last = (core[ids // 64 ** k % 64] for k, core in enumerate(self.cores))
        return np.einsum("iar,irbs,isc->iabc", first, middle, last, optimize=True).reshape(len(ids), -1)
