"""Every codec: what lookups in it cost beside reading the lines that they touch."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import cold
import tables
from bench import AHEAD, allowed, pooled
from indexers import Generated, Hashed, Quotient, Robe, Train, Unified
from servers import Refused
from turns import Side, WrongAnswer

DIM, BAG, BAGS, GATHER = 64, 20, 4096, 8192

# Fitted to a table of 64 numbers. The second: how many times fewer rows, where encoding takes long.
FITTED = [
    ("f32", 1), ("f16", 1), ("bf16", 1), ("int16", 1), ("int8", 1), ("int8(symmetric)", 1), ("int4", 1), ("int4(block=32)", 1),
    ("int2", 1), ("fp8", 1), ("fp8(block=16, scale=f16)", 1), ("pq(16x8)", 1), ("pq(32x4)", 4), ("pq(64x4, layout=fastscan)", 4),
    ("rq(4x8)", 16), ("rbe(bits=2)", 1), ("rotation | rabitq(bits=1)", 1), ("rotation | rabitq(bits=4)", 1), ("linear | sign", 4),
    ("sparse(density=0.25)", 1), ("tiers(1%: f16, 9%: int8, rest: int4)", 1), ("rotation | int4", 1), ("pca | int8", 1),
    ("opq | pq(16x8)", 4), ("lowrank(16) | int8", 1), ("center | int8", 1), ("prefix(32) | f16", 1), ("dedup | f16", 1),
    ("keyed | int8", 1), ("remapped | int8", 1),
]
# Trained elsewhere, or so it looks: the expression and its maker in indexers.py.
TRAINED = [
    ("hashed(rows={rows}) | f16", Hashed), ("hashed(rows={rows}, probes=2) | f32", Hashed),
    ("hashed(rows={rows}, probes=2) | int8", Hashed), ("unified(rows={rows}, width=16, probes=4) | f32", Unified),
    ("unified(rows={rows}, width=32, probes=2) | f16", Unified), ("robe(size={rows}, block=64) | f32", Robe),
    ("qr(divisor=2048) | f32", Quotient), ("tensorTrain(rank=16, rows=64x64x64, dims=4x4x4) | f32", Train),
    ("generated", Generated),
]


@dataclass
class Case:
    """A packed table.

    answer: of ids in bags, or None if nobody else knows it.  probes: rows per id, 0 if reading them is no yardstick.
    rows_of: which rows ids read, if not the ones of their number.  slow: how many times fewer ids are asked for.
    """
    expression: str
    file: Path
    table: dict
    ids: int
    answer: object
    error: float
    probes: int = 1
    rows_of: object = None
    slow: int = 1


def fitted(bench, expression, rows):
    path = tables.source(rows, DIM)
    values = np.load(path, mmap_mode="r")
    order = ["--order", "norm"] if "remapped" in expression else []
    file, table = tables.pack(bench.embstore, path, expression, "codec", *order)
    probes = 0 if "fastscan" in expression else 1  # its rows are not in one place
    return Case(expression, file, table, rows, lambda bag: pooled(values, bag), allowed(table["nmse"]), probes)


def trained(bench, expression, maker, numbers):
    """As many numbers as asked for, or as the expression says."""
    indexer = maker(expression, numbers)
    file, table = indexer.pack(bench.embstore, "codec")
    error = 0.02 if "int8" in expression else 1e-3 if "f16" in expression else 1e-5
    return Case(
        indexer.expression, file, table, indexer.ids, indexer.embeddings and indexer.pooled, error, indexer.probes, indexer.rows,
        indexer.slow)


def measure(bench, case, where):
    bench.ours.ask("open", "codec", case.file, "table", "populated")
    rows = case.table["rows"] if case.probes else None
    if rows:
        bench.load_yardstick("codec", case.file, rows, ("2m",))
    for op, count, bag in (("pool", BAGS, BAG), ("gather", GATHER, 1)):
        answer = case.answer and case.answer(bag)
        sides = [Side("ours", bench.ours, "codec", op, bag, answer=answer, error=case.error)]
        if where == "memory" and op == "pool":
            sides.append(Side("two threads", bench.ours, "codec", op, bag, 2, answer, case.error))
        if rows:
            distances = AHEAD if where == "memory" else (0,)
            sides += bench.yardsticks("codec", ids=case.rows_of, pages=("2m",), distances=distances)
        times = bench.compare(sides, case.ids, count // case.slow, turns_=bench.few, bags=bag)
        bench.keep(
            "codecs", times, codec=case.expression, where=where, op=op, bag=bag, rows=case.table["rowCount"], ids="uniform",
            lines=case.table["linesPerLookup"], bytes=case.table["bytesPerID"], checked=answer is not None)
    bench.ours.ask("drop", "codec")
    if rows:
        bench.drop_yardstick("codec", ("2m",))
    if where == "memory" and case.table["bytesPerID"]:
        cold.every_codec(bench, case)
    os.unlink(case.file)


def run(bench):
    for where, numbers in (("memory", bench.numbers), ("cache", 2048 * DIM)):
        bench.say("every codec in %s: %d x %d" % (where, numbers // DIM, DIM))
        makers = [(e, lambda e=e, f=f: fitted(bench, e, max(numbers // DIM // f, 2048))) for e, f in FITTED]
        makers += [(e, lambda e=e, m=m: trained(bench, e, m, numbers)) for e, m in TRAINED]
        for expression, make in makers:
            try:
                measure(bench, make(), where)
            except (ValueError, Refused, WrongAnswer) as error:
                bench.failed[expression] = str(error)
                bench.wrong |= isinstance(error, WrongAnswer)
                bench.restart()


def uncovered(bench):
    """Stages of the registry that no expression here has."""
    named = set(re.findall(r"[a-zA-Z]\w*", " ".join([e for e, _ in FITTED] + [e for e, _ in TRAINED])))
    return [name for name in bench.ours.ask("stages") if name not in named and name != "direct"]
