"""Source tables, packed files, ids, and the answers that are right."""

import json
import subprocess

import numpy as np

from environment import WORK

SKEW = 1.05  # exponent of Zipf's law


def source(rows, dim, seed=1):
    """A .npy of Gaussian numbers. It stays until `forget`."""
    path = WORK / ("source-%d-%d.npy" % (rows, dim))
    if not path.exists():
        random = np.random.default_rng(seed)
        array = np.lib.format.open_memmap(path.with_suffix(".part"), mode="w+", dtype=np.float32, shape=(rows, dim))
        step = max((1 << 24) // dim, 1)
        for start in range(0, rows, step):
            part = array[start:start + step]
            part[:] = random.standard_normal(part.shape, dtype=np.float32)
        array.flush()
        path.with_suffix(".part").rename(path)
    return path


def safetensors(arrays, name):
    """A file of these arrays, by name, for the imports."""
    header, place = {}, 0
    for key, array in arrays.items():
        header[key] = {"dtype": "F32", "shape": array.shape, "data_offsets": [place, place + array.nbytes]}
        place += array.nbytes
    text = json.dumps(header).encode()
    path = WORK / (name + ".safetensors")
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            array.tofile(file)
    return path


def run(*words):
    told = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    if told.returncode:
        raise ValueError(told.stderr.strip().splitlines()[-1])
    return told.stdout


def pack(embstore, path, codec, name, *more):
    """A packed file of one table called `table`, and what `inspect` says of it, with the numbers of its rows' column."""
    file = WORK / (name + ".emb")
    words = [embstore, "pack", path, "--table", "table", "--codec", codec, "-f", "-q", "-o", file, *more]
    run(*words)
    return file, inspect(embstore, file)


def inspect(embstore, file):
    table = json.loads(run(embstore, "inspect", "--json", file))["tables"][0]
    columns = [column for column in table["columns"] if column["encoding"] == "raw"]
    if columns:  # the rows: the largest column
        rows = max(columns, key=lambda column: column["storedBytes"])
        count = table["rowCount"]
        table["rows"] = {"offset": rows["offset"], "stride": rows["storedBytes"] // count, "count": count}
        if rows["storedBytes"] % count or rows["storedBytes"] == 0:
            table["rows"] = None
    else:
        table["rows"] = None
    table["nmse"] = float(table["attributes"].get("packed.nmse", 0))
    return table


class Draw:
    """Ids from a fixed seed, new ones with every call."""

    def __init__(self, seed=20261123):
        self.random = np.random.default_rng(seed)
        self.tails = {}

    def uniform(self, rows, count):
        return self.random.integers(0, rows, count, dtype=np.int32)

    def zipf(self, rows, count):
        """Rank r with probability in proportion to 1 / (r + 1)^SKEW; ranks are strewn over the rows."""
        if rows not in self.tails:
            self.tails = {rows: np.cumsum(np.arange(1, rows + 1, dtype=np.float64) ** -SKEW)}
        tail = self.tails[rows]
        ranks = np.searchsorted(tail, self.random.random(count) * tail[-1]).clip(0, rows - 1)
        return (ranks * 2654435761 % rows).astype(np.int32)


# Which stored rows an id reads (Formats/hashing.md), for many ids at once.

U = np.uint64
G = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ z >> U(30)) * U(0xBF58476D1CE4E5B9)
    z = (z ^ z >> U(27)) * U(0x94D049BB133111EB)
    return z ^ z >> U(31)


def high(a, n):
    """The upper 64 bits of a · n, n below 2^32."""
    low, n = a & U(0xFFFFFFFF), U(n)
    return ((a >> U(32)) * n + (low * n >> U(32))) >> U(32)


def hashed_rows(ids, rows, probes, seed=0):
    """ids x probes row numbers of function `mix`."""
    keys = ids.astype(np.int64).view(U)
    with np.errstate(over="ignore"):
        salts = [mix(np.array([seed + (p + 1) * G & 0xFFFFFFFFFFFFFFFF], U)) for p in range(probes)]
        return np.stack([high(mix(keys + salt), rows).astype(np.int64) for salt in salts], axis=-1)
