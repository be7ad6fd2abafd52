"""Sides of a comparison in turns: new ids for every side and turn, every turn's answer checked, ratios within turns."""

import statistics
from dataclasses import dataclass, field

import numpy as np

from environment import WORK


class WrongAnswer(Exception):
    """Ends the part of the run, and the run with an exit status of 1."""


@dataclass
class Side:
    """One of those compared.

    name: as the report calls it.  server, words: `time` with these words between the key and the batches; see servers.py.
    answer: ids -> the right answer as an array, or None if there is nothing to check.
    error: relative error (of norms) that its codec may have.
    ids: what it is asked for, from what is drawn: the rows of a hashed id for the yardstick.
    """
    name: str
    server: object
    key: str
    op: str
    bag: int
    threads: int = 1
    answer: object = None
    error: float = 1e-5
    ids: object = None
    verb: str = "time"
    times: list = field(default_factory=list)

    def turn(self, drawn, batches):
        """Nanoseconds per id drawn, the median of this turn's batches."""
        asked = drawn if self.ids is None else np.ascontiguousarray(self.ids(drawn).reshape(batches, -1))
        ids_path, out_path = WORK / "turn.ids", WORK / "turn.out"
        asked.astype(np.int32).tofile(ids_path)
        out = "-" if self.answer is None else out_path
        threads = [self.threads] if self.verb == "time" else []
        told = self.server.ask(self.verb, self.key, self.op, batches, self.bag, *threads, ids_path, out)
        self.times.append(statistics.median(map(float, told)) / drawn.shape[1])
        if self.answer is not None:
            self.check(np.fromfile(out_path, np.float32).reshape(batches, -1), drawn)

    def check(self, out, drawn):
        number = int(drawn[0, 0]) % len(drawn)
        right = self.answer(drawn[number]).reshape(-1)
        found = out[number][:len(right)]
        distance = float(np.linalg.norm(found - right) / max(float(np.linalg.norm(right)), 1e-30))
        if len(found) != len(right) or not distance <= self.error:
            raise WrongAnswer("%s, %s: relative error %g, allowed %g" % (self.name, self.op, distance, self.error))


def take(sides, draw, count, turns, batches, random):
    """Every side `turns` times, in a new order each time. `draw(n)` gives ids; `count` of them make a batch."""
    for _ in range(turns):
        for number in random.permutation(len(sides)):
            sides[number].turn(draw(batches * count).reshape(batches, count), batches)
    return {side.name: side.times for side in sides}


def spread(values):
    """First quartile, median, third quartile."""
    if len(values) < 2:
        return [float(values[0])] * 3
    return [float(v) for v in statistics.quantiles(values, n=4)]


def ratio(times, above, below):
    """Quartiles of the ratio of two sides, turn by turn."""
    return spread([a / b for a, b in zip(times[above], times[below])])


def best(times, names):
    """The side with the least median."""
    return min(names, key=lambda name: statistics.median(times[name]))
