"""Random rows of a file that is not in memory: time, and how much was read of it.

Beside faults one by one and `prefetch`: residency `bounded`, and the touched pages alone, read past the page cache, 64 at a time: what
the device can do."""

import os
import shutil

import numpy as np

import tables
import turns
from bench import allowed, pooled
from environment import WORK
from servers import Refused
from turns import WrongAnswer

CODECS, DIM, IDS = ("f32", "f16", "int8", "int4"), 64, 2000
PAGE = os.sysconf("SC_PAGE_SIZE")


def forget(file):
    """Drives a file out of memory that nobody maps."""
    with open(file, "rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def pages(layout, ids):
    """The pages that these rows are on."""
    first = layout["offset"] + ids.astype(np.int64) * layout["stride"]
    return np.unique(np.concatenate([first // PAGE, (first + layout["stride"] - 1) // PAGE]))


def touched(layout, ids):
    """Bytes of the pages that these rows are on."""
    return PAGE * len(pages(layout, ids))


def read_pages(bench, file, layout, readers=64):
    """Nanoseconds of reading the pages of as many rows, by as many threads at once."""
    own = pages(layout, bench.draw.uniform(layout["count"], IDS))
    bench.random.permutation(own).astype(np.uint32).tofile(WORK / "turn.ids")
    forget(file)
    return int(bench.limit.ask("pages", file, readers, WORK / "turn.ids")[0])


def lookup(bench, ask, file, count, answer, error):
    """One cold lookup of ids below `count`: the ids, and the numbers that were told. answer: of ids the rows, or None if nobody knows them."""
    ids = bench.draw.uniform(count, IDS)
    ids.tofile(WORK / "turn.ids")
    forget(file)
    told = list(map(int, ask()))
    if answer:
        found, right = np.fromfile(WORK / "turn.out", np.float32), answer(ids).reshape(-1)
        if len(found) != len(right) or not np.linalg.norm(found - right) <= error * np.linalg.norm(right):
            raise WrongAnswer("cold %s" % file.name)
    return ids, told


def every_codec(bench, case):
    """What one of every_codec.py costs cold: as few turns as give quartiles."""
    times, read = {}, []
    for _ in range(5):
        for how in ("faults", "prefetch"):
            ask = lambda: bench.ours.ask("cold", case.file, "table", how, WORK / "turn.ids", WORK / "turn.out")
            _, told = lookup(bench, ask, case.file, case.ids, case.answer and case.answer(1), case.error)
            times.setdefault(how, []).append(told[0] / IDS)
            if how == "faults":
                read.append(told[1] / IDS)
    bench.found.append({
        "section": "cold codecs", "codec": case.expression, "rows": case.table["rowCount"],
        "ns": {how: turns.spread(values) for how, values in times.items()},
        "faults of prefetch": turns.ratio(times, "faults", "prefetch"), "bytes read": turns.spread(read)})


def run(bench):
    path = tables.source(bench.rows(DIM), DIM)
    values = np.load(path, mmap_mode="r")
    for codec in CODECS:
        bench.say("cold file of %s" % codec)
        file, table = tables.pack(bench.embstore, path, codec, "cold")
        bench.found.append({"section": "cold", "codec": codec, "op": "gather", "rows": len(values), "ids": "uniform",
                            **one_codec(bench, file, table, values, memmap(path) if codec == "f32" else None)})
        file.unlink()
    (WORK / "cold.npy").unlink(missing_ok=True)


def memmap(path):
    """A copy, which nobody maps."""
    shutil.copyfile(path, WORK / "cold.npy")
    return WORK / "cold.npy"


def one_codec(bench, file, table, values, array):
    times, read, resident, rival_read = {}, [], [], []
    paths = (WORK / "turn.ids", WORK / "turn.out")
    for _ in range(bench.few):
        for how in ("faults", "prefetch", "bounded"):
            try:
                ids, told = lookup(
                    bench, lambda: bench.ours.ask("cold", file, "table", how, *paths), file, len(values), values.__getitem__,
                    allowed(table["nmse"]))
            except Refused as error:
                bench.failed[how] = str(error)
                continue
            times.setdefault(how, []).append(told[0] / IDS)
            if how == "faults":
                read.append(told[1] / touched(table["rows"], ids))
                resident.append((told[3] - told[2]) / touched(table["rows"], ids))
        if PAGE == 4096:
            times.setdefault("reads", []).append(read_pages(bench, file, table["rows"]) / IDS)
        if array:
            ids, told = lookup(bench, lambda: bench.rival.ask("cold", array, *paths), array, len(values), values.__getitem__, 1e-5)
            times.setdefault("memmap", []).append(told[0] / IDS)
            layout = {"offset": array.stat().st_size - values.nbytes, "stride": 4 * DIM}
            rival_read.append(told[1] / touched(layout, ids))
    return {
        "ns": {how: turns.spread(values) for how, values in times.items()},
        "times faults": {how: turns.ratio(times, how, "faults") for how in times if how != "faults"},
        "faults of prefetch": turns.ratio(times, "faults", "prefetch") if "prefetch" in times else None,
        "bounded of prefetch": turns.ratio(times, "bounded", "prefetch") if "bounded" in times else None,
        "prefetch of pages": turns.ratio(times, "prefetch", "reads") if "reads" in times and "prefetch" in times else None,
        "read of touched": turns.spread(read), "resident of touched": turns.spread(resident),
        "memmap read of touched": turns.spread(rival_read) if rival_read else None}
