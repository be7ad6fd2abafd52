"""Packing beside `cp`, opening a large file beside a small one. Prints rows of a table as JSON; the rest goes to standard error.

    packing.py EMBSTORE EMBBENCH
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy

from environment import WORK as BELOW

WORK = BELOW / "packing"
ROWS, DIM, REPEATS = 4_194_304, 64, 9
HUGE_ROWS = 4 * ROWS


def table(name, rows):
    """A .npy of `rows` x DIM Gaussian numbers, made once: by a process of its own, whose memory would else count for all
    that are started later."""
    path = WORK / name
    if not path.exists():
        subprocess.run([sys.executable, __file__, "make", str(path), str(rows)], check=True)
    return path


def make(path, rows):
    if rows == HUGE_ROWS:  # zeros without blocks on disk: the memory that packing needs is that of any other 4 GiB
        numpy.lib.format.open_memmap(path, mode="w+", dtype=numpy.float32, shape=(rows, DIM)).flush()
    else:
        random = numpy.random.default_rng(1)
        array = numpy.lib.format.open_memmap(path, mode="w+", dtype=numpy.float32, shape=(rows, DIM))
        for start in range(0, rows, 1 << 18):
            part = array[start:start + (1 << 18)]
            part[:] = random.standard_normal(part.shape, dtype=numpy.float32)
        array.flush()


def timed(command):
    """Seconds that a command took, and its peak memory in MiB."""
    begin = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit("failed: %s" % command)
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def spread(values, unit):
    low, middle, high = statistics.quantiles(values, n=4)
    return "%.2f %s (%.2f to %.2f)" % (middle, unit, low, high)


def packing(embstore):
    """Twice: the programs in turns of three runs, of which the first of four is not counted, and one after the other. Each writes a new
    file, which is deleted before the next begins: whoever comes after the other gets memory that a host may have to back again."""
    source = table("big.npy", ROWS)
    yield from packing_in_turns(embstore, source, "in turns of three", turns=3, runs=4, skipped=1)
    yield from packing_in_turns(embstore, source, "one after the other", turns=REPEATS, runs=1, skipped=0)


def packing_in_turns(embstore, source, name, turns, runs, skipped):
    copies, synced, packs, memory = [], [], [], 0
    for _ in range(turns):
        for run in range(runs):
            copy, _ = timed(["cp", source, WORK / "copy.npy"])
            sync, _ = timed(["sync", WORK / "copy.npy"])
            (WORK / "copy.npy").unlink()
            if run >= skipped:
                copies.append(copy)
                synced.append(copy + sync)
        for run in range(runs):
            seconds, peak = timed([embstore, "pack", source, "--table", "table", "-q", "-o", WORK / "big.emb"])
            (WORK / "big.emb").unlink()
            memory = max(memory, peak)
            if run >= skipped:
                packs.append(seconds)
    pack = statistics.median(packs)
    size = "%.0f GiB to int8, %s" % (source.stat().st_size / 2**30, name)
    yield size + ": pack / cp", "%.2f" % (pack / statistics.median(copies)), "cp %s; pack %s" % (spread(copies, "s"), spread(packs, "s"))
    yield size + ": pack / cp and sync", "%.2f" % (pack / statistics.median(synced)), "%s; %.0f MiB at most" % (spread(synced, "s"), memory)


def packing_much(embstore):
    source = table("huge.npy", HUGE_ROWS)
    seconds, peak = timed([embstore, "pack", source, "-f", "-q", "-o", WORK / "huge.emb"])
    (WORK / "huge.emb").unlink()
    yield "a .npy of 4 GiB", "", "%.1f s, %.0f MiB at most" % (seconds, peak)


def opening(embstore, bench):
    files = (("gib.emb", ROWS), ("mib.emb", ROWS // 1024))
    for name, rows in files:
        source = table("big.npy" if rows == ROWS else "small.npy", rows)
        timed([embstore, "pack", source, "--table", "table", "--codec", "f32", "-f", "-q", "-o", WORK / name])
    told = subprocess.run([bench, "open", *(WORK / name for name, _ in files)], check=True, capture_output=True, text=True).stdout
    times = [line.split(": ")[1] for line in told.splitlines()]
    large, small = (float(time.split()[0]) for time in times)
    yield "opening a file of 1 GiB / of 1 MiB", "%.2f" % (large / small), "; ".join(times)


def main(embstore, bench):
    WORK.mkdir(parents=True, exist_ok=True)
    rows = [*packing(embstore), *packing_much(embstore), *opening(embstore, bench)]
    shutil.rmtree(WORK)
    print(json.dumps(rows))


if sys.argv[1] == "make":
    make(Path(sys.argv[2]), int(sys.argv[3]))
else:
    main(*sys.argv[1:])
