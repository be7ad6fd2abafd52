"""Random cases, to compare readers where nobody thought of a vector.

    python3 Tools/reader/random_cases.py SEED [CASES]

writes Formats/vectors/random-SEED-0 and so on, which git ignores. The Swift tests then read, pack and search them as they do
the other vectors (`swift test --filter VectorTests`). Delete them afterwards. Equal seeds give equal cases.
"""

import math
import random
import shutil
import struct
import sys

import f32
import writer
from cases import gather, parameter, pool, table
from cases_affine import orthonormal
from cases_rowmaps import given
from cases_search import nearest, score, searches
from cases_tiers import coefficients
from make_vectors import FORMATS, write_case
from random_indexers import INDEXERS, direct

TABLES = 20


class Draw:
    """Random choices of one seed."""
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *of):
        return self.random.choice(of)

    def whole(self, least, most):
        return self.random.randint(least, most)

    def chance(self, p):
        return self.random.random() < p

    def some(self, *words):
        """Some of them, in their order."""
        return [word for word in words if word and self.chance(0.4)]

    def number(self, size=1.0):
        if self.chance(0.06):
            return self.one(0.0, -0.0, 1.0, -1.0, 0.5)
        return f32.rounded(self.random.uniform(-1, 1) * size)

    def numbers(self, count, size=1.0):
        return [self.number(size) for _ in range(count)]


def spelled(name, arguments):
    return "%s(%s)" % (name, ", ".join(arguments)) if arguments else name


# Row codecs: the expression for rows of some width, of which there are some; their parameters go into `given_`.

def codec(draw, width, rows, given_, place=""):
    name = draw.one("f32", "f16", "bf16", "int16", "int8", "int4", "int2", "fp8", "pq", "rq", "rbe", "rabitq", "sign", "sparse",
                    "generated", *(() if place else ("tiers",)))
    make = CODECS.get(name)
    if name.startswith("int"):
        return spelled(name, draw.some("symmetric", "scale=f32", "block=%d" % draw.one(16, 32, 64, 128)))
    return make(draw, width, rows, given_, place) if make else name


def fp8(draw, width, rows, given_, place):
    return spelled("fp8", draw.some("e5m2", "block=%d" % draw.one(16, 64, 128), "scale=f16"))


def rbe(draw, width, rows, given_, place):
    bits = draw.whole(1, 8)
    return spelled("rbe", ["bits=%d" % bits, *draw.some("scale=" + draw.one("f32", *(["none"] if bits > 1 else [])))])


def rabitq(draw, width, rows, given_, place):
    return spelled("rabitq", ["bits=%d" % draw.whole(1, 8), *draw.some("scale=f32")])


def sparse(draw, width, rows, given_, place):
    return spelled("sparse", ["density=" + draw.one("0.25", "0.5", "0.9", "1"), *draw.some("values=int8")])


def pq(draw, width, rows, given_, place):
    count, bits, type_ = draw.whole(1, width), draw.one(4, 4, 8), draw.one("f32", "f16")
    arguments = ["%dx%d" % (count, bits)] + (["codebooks=f16"] if type_ == "f16" else [])
    if bits == 4 and draw.chance(0.5):
        arguments.append("layout=fastscan")
    elif draw.chance(0.4):
        arguments.append("coldBits=%d" % draw.whole(1, bits - 1))
        arguments += draw.some(draw.one("hot=%d" % draw.whole(0, rows + 2), "hot=%d%%" % draw.one(0, 1, 30, 100)))
    given_[place + "pq.codebooks"] = parameter(type_, 1, draw.numbers(2**bits * width))
    return spelled("pq", arguments)


def rq(draw, width, rows, given_, place):
    count = draw.whole(1, 3)
    books = [x for book in range(count) for x in draw.numbers(16 * width, 0.5**book)]
    given_[place + "rq.codebooks"] = parameter("f32", width, books)
    return "rq(%dx4)" % count


def generated(draw, width, rows, given_, place):
    if draw.chance(0.5):
        return draw.one("generated", "generated(uniform)", "generated(uniform, seed=5)", "generated(seed=99)")
    given_[place + "generated.coefficients"] = coefficients(*[
        draw.one(draw.random.randrange(2**64), draw.random.randrange(2**20), 0, 1) for _ in range(3 * width)])
    return "generated(uniform, buckets=%d)" % draw.one(2, 3, 1000, 65537, 2**24)


def tiers(draw, width, rows, given_, place):
    end = draw.whole(0, rows)
    inner = [codec(draw, width, count, given_, "tiers.%d." % number) for number, count in enumerate((end, rows - end))]
    given_["tiers.ends"] = given("u32", 1, struct.pack("<2I", end, rows))
    return "tiers(50%%: %s, rest: %s)" % tuple(inner)


CODECS = {"fp8": fp8, "rbe": rbe, "rabitq": rabitq, "sparse": sparse, "pq": pq, "rq": rq, "generated": generated,
          "tiers": tiers}


# Transforms

def transforms(draw, width, given_):
    """Some, outermost first, and the width that is left."""
    names, made = ["rotation", "center", "pca", "opq", "lowrank", "linear", "prefix", "mlp"], []
    for _ in range(draw.one(0, 0, 1, 1, 2, 3)):
        name = draw.one("rotation", *names)
        if name == "rotation":
            made.append(spelled(name, draw.some("seed=%d" % draw.whole(1, 9))))
            continue
        names.remove(name)
        needed = draw.whole(1, width) if name in ("lowrank", "linear", "prefix") else width
        needed = draw.whole(1, 5) if name == "mlp" else needed
        words = {"lowrank": ["%d" % needed], "prefix": ["%d" % needed], "linear": ["dim=%d" % needed] * (needed != width)}
        if name == "mlp":
            words[name] = network(draw, needed, width, given_)
        elif name != "prefix":
            matrices(draw, name, needed, width, given_)
        made.append(spelled(name, words.get(name, [])))
        width = needed
    return made, width


def network(draw, needed, width, given_):
    hidden = draw.whole(1, 4)
    for layer, (rows, columns) in enumerate(((needed, hidden), (hidden, width))):
        given_["mlp.weights%d" % layer] = parameter("f32", columns, draw.numbers(rows * columns))
        given_["mlp.bias%d" % layer] = parameter("f32", columns, draw.numbers(columns))
    return ["hidden=%d" % hidden, *(["dim=%d" % needed] if needed != width else []), *draw.some("activation=mish", "unit")]


def matrices(draw, name, needed, width, given_):
    constant = "mean" if name in ("pca", "opq", "lowrank") else "constant"
    given_["%s.%s" % (name, constant)] = parameter("f32", width, draw.numbers(width, draw.one(0, 0.5)))
    if name != "center":
        matrix = orthonormal(needed, width, draw.whole(1, 10**6)) if draw.chance(0.6) else draw.numbers(needed * width)
        given_[name + ".matrix"] = parameter("f32", width, [f32.rounded(x) for x in matrix])


# Cases

def random_table(draw, name):
    """A table, its features with their ids, its ids, and whether it can be searched."""
    given_ = {}
    dim = draw.one(1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 20, 33, 65)
    outside, width = transforms(draw, dim, given_)
    indexer = draw.one(direct, *INDEXERS)(draw, width, given_)
    stage = draw.one("f32", "f16", "bf16") if indexer.windows else codec(draw, indexer.width, indexer.rows, given_)
    values = [draw.numbers(indexer.width, draw.one(1, 1, 100, 1e-3)) for _ in range(indexer.rows)]
    made = table(" | ".join([*indexer.stages, *outside, stage]), values, name, dim, stored=True, parameters=given_,
                 keys=indexer.keys, id_count=indexer.id_count, missing=draw.one("error", "zero", "hashed"))
    features = [({"name": "%s-%d" % (name, number), "table": name, "arguments": arguments}, ids)
                for number, (arguments, ids) in enumerate(indexer.features)]
    return made, features, indexer.ids, indexer.searchable


def chosen(draw, ids, count):
    """Of ids, and at times of one that is none of them."""
    absent = "absent" if isinstance(ids[0], str) else 2**50 + 1
    return [draw.one(*ids, absent) for _ in range(count)]


def some_lookups(draw, dim, ids, name, kind="table"):
    made = [gather(chosen(draw, ids, 5), name, **draw.one({}, {"dims": draw.whole(1, dim), "output": draw.one("f16", "bf16")}))]
    for mode in ("sum", "mean", "max"):
        count = draw.one(1, 3, 9, 40)
        ends = sorted(draw.whole(0, count) for _ in range(2))
        made.append(pool(mode, chosen(draw, ids, count), [0, *ends, count], draw.one(None, draw.numbers(count, 2)), name))
    return [{kind: one.pop("table"), **one, "missing": draw.one("zero", "hashed")} for one in made]


def some_searches(draw, dim, ids, name, searchable):
    asked = [draw.numbers(dim, draw.one(1, 1, 100, 1e-3, 1e-20, 1e15)) for _ in range(3)]
    asked += [[0.0] * dim, [*asked[0][1:], draw.one(math.nan, math.inf)]][:draw.whole(0, 2)]
    made = score(asked, chosen(draw, ids, 4), name, missing=draw.one("zero", "hashed"))
    return made + (nearest(asked, draw.one(1, 3, 50), name) if searchable else [])


def can_be_packed(one):
    """Whether no row is refused, as one of few small numbers is by a scale of f16."""
    try:
        return writer.draft({"tables": [one]}) is not None
    except AssertionError:
        return False


def random_case(draw):
    tables, features, lookups, made = [], [], [], []
    while len(tables) < TABLES:
        one, of_it, ids, searchable = random_table(draw, str(len(tables)))
        if not can_be_packed(one):
            continue
        tables.append(one)
        features += [feature for feature, _ in of_it]
        lookups += some_lookups(draw, one["dim"], ids, one["name"])
        for feature, known in of_it:
            lookups += some_lookups(draw, 1, known, feature["name"], "feature")
        made += some_searches(draw, one["dim"], ids, one["name"], searchable)
    unpacked = {"unpacked": True} if any("tiers" in one["expression"] for one in tables) else {}
    return {**searches("random", tables, made), "lookups": lookups, "features": features, **unpacked}


def main(seed, count):
    for number in range(count):
        directory = FORMATS / "vectors" / ("random-%d-%d" % (seed, number))
        shutil.rmtree(directory, ignore_errors=True)
        write_case(directory, random_case(Draw("%d-%d" % (seed, number))))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8)
