"""The measurements, but for those that are a file of their own. Each adds to `bench.found`."""

import os
import statistics

import numpy as np

import tables
import turns
from bench import AHEAD, DISTANCES, allowed, pooled
from environment import WORK
from turns import Side, WrongAnswer

DIM, BAG, BAGS, GATHER = 64, 20, 4096, 8192
MAIN = ("f32", "f16", "int8", "int4")
FBGEMM = {"f32": "fp32", "f16": "fp16", "int8": "int8", "int4": "int4", "int2": "int2"}
FBGEMM_ERROR = {"f32": 1e-5, "f16": 1e-3, "int8": 0.02, "int4": 0.2, "int2": 0.9}


def limits(bench):
    """Random reads of 64 bytes and of 256, over as many bytes as a table in memory has; and of 64 within 16 KiB, which tell what a
    second thread is worth to who needs no memory."""
    bench.say("limits of this machine")
    rows = bench.rows(DIM)
    path = tables.source(rows, DIM)
    offset = path.stat().st_size - rows * 4 * DIM
    for where, unit, size in (("memory", 64, rows * 4 * DIM), ("memory", 256, rows * 4 * DIM), ("L1", 64, 16384)):
        layout = {"offset": offset, "count": size // unit, "stride": unit}
        bench.load_yardstick("unit", path, layout)
        for threads in (1, 2):
            count = BAGS * BAG * (1 if where == "memory" else 16)
            times = bench.compare(list(bench.yardsticks("unit", threads=threads)), layout["count"], count, turns_=bench.turns)
            bench.keep("limits", times, ours=None, where=where, unit=unit, threads=threads, rows=layout["count"])
        if unit == 64 and where == "memory":
            sides = [Side(name, bench.limit, "unit-2m", "spin@0", 1, threads) for name, threads in (("one thread", 1), ("two threads", 2))]
            bench.keep("threads", bench.compare(sides, layout["count"], BAGS * BAG, turns_=bench.turns), ours="two threads")
        bench.drop_yardstick("unit")


class Opened:
    """A codec's table, ours and everyone's, for the length of a `with`."""

    def __init__(self, bench, codec, rows, yardstick=("2m", "4k")):
        self.bench, self.codec, self.pages, self.rivals = bench, codec, yardstick, []
        self.path = tables.source(rows, DIM)
        self.values = np.load(self.path, mmap_mode="r")
        self.file, self.table = tables.pack(bench.embstore, self.path, codec, "main")
        self.count = rows
        bench.ours.ask("open", "main", self.file, "table", "populated")
        self.huge = bench.ours.resident_huge(self.file.name)
        bench.load_yardstick("main", self.file, self.table["rows"], yardstick)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bench.ours.ask("drop", "main")
        self.bench.drop_yardstick("main", self.pages)
        for server, key in self.rivals:
            server.ask("drop", key)
        os.unlink(self.file)

    def ours(self, op, bag, threads=1, name="ours"):
        return Side(name, self.bench.ours, "main", op, bag, threads, pooled(self.values, bag), allowed(self.table["nmse"]))

    def yardsticks(self, bag, threads=1, **more):
        ops = ("read", self.codec) if self.codec in MAIN and bag > 1 else ("read",)
        return self.bench.yardsticks(
            "main", bag, threads=threads, ops=ops, pages=self.pages, answer=pooled(self.values, bag),
            error=allowed(self.table["nmse"]), **more)

    def load_rivals(self):
        names = ["fbgemm-" + FBGEMM[self.codec]] + ["torch"] * (self.codec == "f32")
        for name in names:
            for server in (self.bench.rival, self.bench.huge):
                if self.bench.load_rival(server, name, name, self.path, self.count):
                    self.rivals.append((server, name))

    def rival_sides(self, op, bag, threads=1):
        for server, name in self.rivals:
            if op == "gather" and name != "torch":
                continue
            shown = name.split("-")[0] + (", huge pages" if server is self.bench.huge else "")
            yield Side(
                shown, server, name, op, bag, threads, pooled(self.values, bag), FBGEMM_ERROR[self.codec])


def pooling(bench):
    """The main comparison: f32 to int2 in memory and in L2, beside limit, loop, FBGEMM and torch; and on two threads."""
    for where, rows in (("memory", bench.rows(DIM)), ("L2", 2048)):
        for codec in (*MAIN, "int2"):
            bench.say("%s in %s, and rivals" % (codec, where))
            with Opened(bench, codec, rows) as table:
                table.load_rivals()
                what = {"codec": codec, "where": where, "op": "pool", "bag": BAG, "rows": rows, "ids": "uniform",
                        "huge share": table.huge, "lines": table.table["linesPerLookup"], "bytes": table.table["bytesPerID"]}
                sides = [table.ours("pool", BAG), *table.yardsticks(BAG), *table.rival_sides("pool", BAG)]
                bench.keep("pooling", bench.compare(sides, rows, BAGS, bags=BAG), threads=1, **what)
                if where == "memory":
                    two_threads(bench, table, what)


def two_threads(bench, table, what):
    sides = [table.ours("pool", BAG, 1, "one thread"), table.ours("pool", BAG, 2), *table.rival_sides("pool", BAG, 2)]
    sides += bench.yardsticks("main", threads=2, pages=("2m",), distances=AHEAD)
    times = bench.compare(sides, what["rows"], 4 * BAGS, turns_=bench.few, bags=BAG)
    bench.keep("pooling", times, threads=2, **what)


def bags(bench):
    """Bags of 1 to 100, uniform ids and Zipf's law, one thread and two."""
    for codec in MAIN:
        bench.say("bags of %s" % codec)
        with Opened(bench, codec, bench.rows(DIM), ("2m",)) as table:
            for bag in (1, 5, 20, 100):
                for zipf in (False, True):
                    for threads in (1, 2):
                        sides = [table.ours("pool", bag, threads)]
                        sides += bench.yardsticks("main", threads=threads, pages=("2m",), distances=AHEAD)
                        times = bench.compare(
                            sides, bench.rows(DIM), min(BAGS * BAG // bag, GATHER), zipf, bench.few, bag)
                        bench.keep("bags", times, codec=codec, bag=bag, ids="zipf" if zipf else "uniform", threads=threads, op="pool",
                                   where="memory", rows=bench.rows(DIM))


def dims(bench):
    """Rows of 8 to 768 numbers: gather, and bags of 20."""
    for dim in (8, 16, 32, 64, 128, 256, 768):
        rows = bench.rows(dim)
        bench.say("%d x %d" % (rows, dim))
        path = tables.source(rows, dim)
        values = np.load(path, mmap_mode="r")
        for codec in MAIN:
            file, table = tables.pack(bench.embstore, path, codec, "dims")
            bench.ours.ask("open", "dims", file, "table", "populated")
            bench.load_yardstick("dims", file, table["rows"], ("2m",))
            for op, bag, count in (("pool", BAG, BAGS), ("gather", 1, GATHER)):
                count = max(count * 64 // max(dim, 64), 64)
                sides = [Side("ours", bench.ours, "dims", op, bag, 1, pooled(values, bag), allowed(table["nmse"]))]
                sides += bench.yardsticks("dims", pages=("2m",), distances=DISTANCES[:2])
                times = bench.compare(sides, rows, count, turns_=bench.few, bags=bag)
                bench.keep("dims", times, codec=codec, dim=dim, op=op, bag=bag, ids="uniform", where="memory", rows=rows,
                           lines=table["linesPerLookup"], bytes=table["bytesPerID"])
            bench.ours.ask("drop", "dims")
            bench.drop_yardstick("dims", ("2m",))
            os.unlink(file)
        del values
        if dim != DIM:
            path.unlink()


# What reads rows one way or another, with ours that does the same: the rival, our codec, its error, the share of the rows.
READERS = [
    ("torch", "f32", 1e-5, 1), ("memmap", "f32", 1e-5, 1), ("lmdb", "f32", 1e-5, 1), ("rocksdb", "f32", 1e-5, 1),
    ("safetensors", "f32", 1e-5, 1), ("usearch", "f32", 1e-5, 16), ("faiss-sq8", "int8", 0.03, 1), ("faiss-pq", "pq(16x8)", 0.6, 4),
]


def readers(bench):
    """Whole rows out of a quarter of the numbers: index_select, arrays, stores and indexes."""
    for rival, codec, error, fewer in READERS:
        rows = max(bench.rows(DIM) // 4 // fewer, 2048)
        path = tables.source(rows, DIM)
        values = np.load(path, mmap_mode="r")
        bench.say("%s, %d rows" % (rival, rows))
        if not bench.load_rival(bench.rival, rival, rival, path, rows):
            continue
        file, table = tables.pack(bench.embstore, path, codec, "readers")
        bench.ours.ask("open", "readers", file, "table", "populated")
        sides = [
            Side("ours", bench.ours, "readers", "gather", 1, 1, pooled(values, 1), allowed(table["nmse"])),
            Side(rival, bench.rival, rival, "gather", 1, 1, pooled(values, 1), error)]
        bench.keep("readers", bench.compare(sides, rows, 4096, turns_=bench.few), rival=rival, codec=codec, op="gather", rows=rows,
                   ids="uniform", where="memory")
        bench.ours.ask("drop", "readers")
        bench.rival.ask("drop", rival)
        os.unlink(file)


def many_tables(bench, count=26, samples=128):
    """One call for 26 tables, a call each, as many rows of one table, and FBGEMM's one call."""
    rows = bench.rows(DIM) // count
    bench.say("%d tables of %d rows" % (count, rows))
    path = tables.source(bench.rows(DIM), DIM)
    values = np.load(path, mmap_mode="r")[:rows * count]
    parts = []
    for t in range(count):
        parts.append(WORK / ("t%02d.npy" % t))
        np.save(parts[-1], values[t * rows:(t + 1) * rows])
    file = WORK / "many.emb"
    tables.run(bench.embstore, "pack", *parts, "--codec", "int8", "-f", "-q", "-o", file)
    one, table = tables.pack(bench.embstore, path, "int8", "one")
    bench.ours.ask("batch", "many", file, "populated")
    bench.ours.ask("open", "one", one, "table", "populated")

    def answer(ids):  # of each table its bags
        ids = ids.reshape(count, samples, BAG) + np.arange(count)[:, None, None] * rows
        return values[ids].sum(axis=2)

    def everywhere(ids):
        return ids.astype(np.int64) * count + np.arange(ids.size).reshape(ids.shape) % count

    def side(name, server, key, op, own, verb="features", **more):
        return Side(name, server, key, op, BAG, answer=own, error=0.02, verb=verb, **more)
    sides = [
        side("ours", bench.ours, "many", "once", lambda ids: answer(ids).transpose(1, 0, 2)),
        side("a call each", bench.ours, "many", "each", answer),
        Side("as many rows of one table", bench.ours, "one", "pool", BAG, answer=lambda ids: pooled(values, BAG)(everywhere(ids)),
             error=0.02, ids=everywhere)]
    if bench.load_rival(bench.rival, "fbgemm-batch", "fbgemm-batch", path, rows * count):
        sides.append(side("fbgemm", bench.rival, "fbgemm-batch", "pool", lambda ids: answer(ids).transpose(1, 0, 2), "time"))
    times = bench.compare(sides, rows, count * samples, bags=BAG)
    bench.keep("many tables", times, tables=count, samples=samples, codec="int8", bag=BAG, op="pool", ids="uniform", where="memory", rows=rows)
    for key in ("many", "one"):
        bench.ours.ask("drop", key)
    if "fbgemm" in times:
        bench.rival.ask("drop", "fbgemm-batch")
    for path in (*parts, file, one):
        path.unlink()


