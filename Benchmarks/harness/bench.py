"""What all measurements share: the size of the run, the programs, and sides made of them."""

import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np

import tables
import turns
from environment import PYTHON, WORK
from servers import Refused, Server

HERE = Path(__file__).resolve().parent
DISTANCES = (0, 32, 64)  # rows ahead that the yardsticks prefetch; beside lookups in memory the first is left out
AHEAD = DISTANCES[1:]


class Bench:
    """A run.

    numbers: floats of a decoded table in memory.  turns: of each comparison; few: where there are many comparisons.
    """

    def __init__(self, programs, numbers, turns, few):
        self.embstore, self.emb_bench, self.limit_program = programs
        self.numbers, self.turns, self.few = numbers, turns, few
        self.batches = 4  # the first of which warms up
        self.random = np.random.default_rng(7)
        self.draw = tables.Draw()
        self.found, self.failed, self.wrong = [], {}, False
        self.start()

    def start(self):
        self.ours = Server([self.emb_bench, "lookups"])
        self.limit = Server([self.limit_program])
        self.rival = Server([PYTHON, HERE / "rivals.py"])
        self.huge = Server([PYTHON, HERE / "rivals.py"], {"THP_MEM_ALLOC_ENABLE": "1"})

    def restart(self):
        """After a part that failed: whatever it had opened is gone."""
        self.close()
        self.start()

    def rows(self, dim):
        return self.numbers // dim

    def say(self, text):
        print("%s %s" % (time.strftime("%H:%M:%S"), text), file=sys.stderr, flush=True)

    # Sides

    def yardsticks(self, key, bag=20, ids=None, ops=("read",), pages=("2m", "4k"), threads=1, distances=DISTANCES, **more):
        """The limit of reading these rows, and the loop written for them, at every distance and size of pages."""
        for op in ops:
            for page in pages:
                for distance in distances:
                    yield turns.Side(
                        "%s %s@%d" % (op, page, distance), self.limit, "%s-%s" % (key, page), "%s@%d" % (op, distance),
                        bag if op != "read" else 1, threads, ids=ids, **(more if op != "read" else {}))

    def load_yardstick(self, key, file, rows, pages=("2m", "4k")):
        for page in pages:
            self.limit.ask("load", "%s-%s" % (key, page), file, rows["offset"], rows["count"], rows["stride"], page)

    def drop_yardstick(self, key, pages=("2m", "4k")):
        for page in pages:
            self.limit.ask("drop", "%s-%s" % (key, page))

    def load_rival(self, server, key, name, path, rows):
        """Whether the rival can be had. If not, why is kept."""
        try:
            server.ask("load", key, name, path, rows, WORK / ("rival-" + key))
            return True
        except Refused as error:
            self.failed[name] = str(error).split(": ", 1)[-1]
            return False

    # Comparing

    def compare(self, sides, rows, count, zipf=False, turns_=None, bags=1):
        """Times of all sides: `count` bags a batch, of ids below `rows`."""
        law = self.draw.zipf if zipf else self.draw.uniform
        return turns.take(sides, lambda n: law(rows, n), count * bags, turns_ or self.turns, self.batches, self.random)

    def keep(self, section, times, ours="ours", **what):
        """Adds a measurement. Its yardsticks are the best distances: `limit 2m`, `limit 4k`, `loop 2m`, `loop 4k`."""
        merged = {}
        for name, values in times.items():
            kind = name.split("@")[0] if "@" in name else name
            merged.setdefault(kind, []).append(values)
        shown = {}
        for kind, candidates in merged.items():
            words = kind.split()
            if words[-1] in ("2m", "4k"):
                kind = ("limit " if words[0] == "read" else "loop ") + words[-1]
            shown[kind] = min(candidates, key=statistics.median)
        measurement = {
            "section": section, **what,
            "ns": {name: turns.spread(values) for name, values in shown.items()},
            "times ours": {
                name: turns.spread([a / b for a, b in zip(values, shown[ours])])
                for name, values in shown.items() if name != ours and ours in shown
            },
        }
        self.found.append(measurement)
        return measurement

    def close(self):
        for server in (self.ours, self.limit, self.rival, self.huge):
            server.close()


def pooled(values, bag):
    """ids -> sums of bags of rows of `values`."""
    def answer(ids):
        return values[ids].reshape(len(ids) // bag, bag, -1).sum(axis=1) if bag > 1 else values[ids]
    return answer


def allowed(nmse):
    """The relative error of sums that a codec of this NMSE may have."""
    return 1e-5 + 1.5 * math.sqrt(max(nmse, 0))
