"""What a call from Python costs beside the same call from C. Run by Benchmarks/python/run."""

import subprocess
import sys
import time

import embstore
import numpy as np

TURNS, SECONDS = 15, 0.02


def least(call, repeats):
    """CPU seconds per call: the least of some runs."""
    best = float("inf")
    for _ in range(TURNS):
        start = time.thread_time()
        for _ in range(repeats):
            call()
        best = min(best, (time.thread_time() - start) / repeats)
    return best


def main():
    program, path = sys.argv[1:]
    rows = np.random.default_rng(1).standard_normal((1_000_000, 64), np.float32)
    embstore.pack(rows, path, "int8", overwrite=True)
    table = embstore.open(path).table()

    def in_c(repeats, count, bags=0, length=0):
        return float(subprocess.run(
            [program, path, str(count), str(bags), str(length), str(repeats)], capture_output=True, check=True).stdout)

    def lcg(count):
        state, ids = 1, np.empty(count, np.int64)
        for i in range(count):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            ids[i] = (state >> 33) % len(rows)
        return ids

    def told(what, c, python):
        print(f"| {what} | {c * 1e6:.2f} | {python * 1e6:.2f} | {(python - c) * 1e6:+.2f} | {python / c - 1:+.1%} |", flush=True)

    print("| one call, int8, dim 64 | C, us | Python, us | more, us | more |\n|---|---|---|---|---|")
    c, row, one, id = in_c(20000, 1), table.prepare(), np.array([12345]), 12345
    told("1 row, prepared, `row(id)`", c, least(lambda: row(id), 20000) - least(lambda: id, 20000))
    told("1 row, prepared, `row()`", c, least(row, 20000))
    out = np.empty((1, 64), np.float32)
    told("1 row, `gather(ids, out)`", c, least(lambda: table.gather(one, out), 20000))
    told("1 row, `gather(ids)`", c, least(lambda: table.gather(one), 20000))
    told("1 row, `table[id]`", c, least(lambda: table[id], 20000))
    for count in (64, 512, 4096, 16384):
        repeats = max(1, 400_000 // count)
        ids, out, c = lcg(count), np.empty((count, 64), np.float32), in_c(repeats, count)
        told(f"{count} rows, `gather(ids, out)`", c, least(lambda: table.gather(ids, out), repeats))
        prepared = table.prepare(count)
        prepared.ids[:] = ids
        told(f"{count} rows, prepared", c, least(prepared, repeats))
        told(f"{count} rows, `gather(ids)`", c, least(lambda: table.gather(ids), repeats))
    for bags in (64, 512, 2048):
        repeats = max(1, 20_000 // bags)
        ids, offsets, out = lcg(bags * 20), np.arange(bags + 1) * 20, np.empty((bags, 64), np.float32)
        c = in_c(repeats, 0, bags, 20)
        told(f"{bags} bags of 20, `pool(ids, offsets, out=out)`", c, least(
            lambda: table.pool(ids, offsets, None, "sum", out=out), repeats))


main()
