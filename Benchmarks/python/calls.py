"""What a call from Python costs beside the same call from C. Run by Benchmarks/python/run."""

import ctypes
import sys
import time

import embstore
import numpy as np

TURNS, SLICE = 400, 0.001


def address(array):
    return ctypes.c_void_p(None if array is None else array.ctypes.data)


def python(call, repeats):
    """CPU seconds per call."""
    start = time.thread_time()
    for _ in range(repeats):
        call()
    return (time.thread_time() - start) / repeats


def told(what, c, call, seconds):
    """Both in short turns, each first every other time, so that a busy neighbour slows both: the least of each."""
    repeats = max(1, int(SLICE / seconds))
    pairs = []
    for turn in range(TURNS):
        if turn % 2:
            pairs.append((c(repeats), python(call, repeats)))
        else:
            pairs.append((python(call, repeats), c(repeats))[::-1])
    assert all(ours > 0 for ours, _ in pairs), "a call from C failed"
    least = [min(side) for side in zip(*pairs)]
    more = least[1] - least[0]
    print(f"| {what} | {least[0] * 1e6:.2f} | {least[1] * 1e6:.2f} | {more * 1e6:+.2f} | {more / least[0]:+.1%} |", flush=True)


def main():
    loops = ctypes.CDLL(sys.argv[1])
    loops.gathers.restype = loops.pools.restype = ctypes.c_double
    random = np.random.default_rng(1)
    embstore.pack(random.standard_normal((1_000_000, 64), np.float32), sys.argv[2], "int8", overwrite=True)
    store = embstore.open(sys.argv[2], residency="populated")
    table = store.table()
    handle = table._handle

    def gathers(ids, out):
        arguments = handle, address(ids), ctypes.c_int64(ids.size), address(out)
        return lambda repeats: loops.gathers(*arguments, ctypes.c_int64(repeats))

    through = "ctypes" if embstore._library.calls is None else "compiled calls"
    print(f"int8, 1,000,000 rows of 64, kernels {embstore.kernel_level()}, {through}\n")
    print("| one call | C, us | Python, us | more, us | more |\n|---|---|---|---|---|")
    ids, out, row, id = np.array([123456]), np.empty((1, 64), np.float32), table.prepare(), 123456
    c = gathers(ids, out)
    told("1 row, prepared, `row(id)`", c, lambda: row(id), 1e-6)
    told("1 row, `table.gather(ids, out)`", c, lambda: table.gather(ids, out), 2e-6)
    told("1 row, `table[id]`", c, lambda: table[id], 4e-6)
    for count in (64, 512, 4096, 16384):
        ids, out = random.integers(0, len(table), count), np.empty((count, 64), np.float32)
        prepared = table.prepare(count)
        prepared.ids[:] = ids
        seconds = 1e-6 + count * 10e-9
        told(f"{count} rows, prepared", gathers(prepared.ids, prepared.out), prepared, seconds)
        told(f"{count} rows, `table.gather(ids, out)`", gathers(ids, out), lambda: table.gather(ids, out), seconds)
        told(f"{count} rows, `table.gather(ids)`, C with malloc", gathers(ids, None), lambda: table.gather(ids), seconds)
    for bags in (64, 512, 2048):
        ids, offsets = random.integers(0, len(table), bags * 20), np.arange(bags + 1) * 20
        seconds = 1e-6 + bags * 100e-9
        given, fresh = (np.empty((bags, 64), np.float32), "offsets, out=out", ""), (None, "offsets", ", C with malloc")
        for out, call, beside in (given, fresh):
            arguments = handle, address(ids), ctypes.c_int64(ids.size), address(offsets), ctypes.c_int64(bags), address(out)
            told(f"{bags} bags of 20, `table.pool(ids, {call})`{beside}",
                 lambda repeats: loops.pools(*arguments, ctypes.c_int64(repeats)),
                 lambda: table.pool(ids, offsets, None, "sum", out=out), seconds)


main()
