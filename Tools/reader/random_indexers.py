"""Random indexers and row maps, for random_cases.py."""

import math
import struct
from dataclasses import dataclass, field

from cases_rowmaps import NOTHING, given

ANY = [0, 1, 7, -1, 2**40]


@dataclass
class Indexer:
    """Stages in front of the transforms, and what the rest of a case must know of them: how many stored rows of which
    width, ids to ask for, and features as pairs of arguments and ids."""
    stages: list
    rows: int
    width: int
    ids: list
    id_count: int | None = None
    keys: list | None = None
    features: list = field(default_factory=list)
    searchable: bool = False
    windows: bool = False


def spelled(name, arguments):
    return "%s(%s)" % (name, ", ".join(arguments))


def factors(draw, n, count):
    """`count` numbers whose product is n."""
    if count == 1:
        return [n]
    first = draw.one(*[x for x in range(1, n + 1) if n % x == 0])
    return [first, *factors(draw, n // first, count - 1)]


def entries(draw, count, rows, given_):
    made = [draw.one(NOTHING, *range(rows), *range(rows)) for _ in range(count)]
    given_["remapped.rows"] = given("u32", 1, struct.pack("<%dI" % count, *made))


def direct(draw, width, given_):
    rows = draw.one(1, 2, 5, 31, 33, 40)
    if draw.chance(0.7):
        return Indexer([], rows, width, list(range(rows)), searchable=True)
    count = draw.whole(1, rows + 4)
    entries(draw, count, rows, given_)
    return Indexer(["remapped"], rows, width, list(range(count)), count, searchable=True)


def keyed(draw, width, given_):
    rows, strings = draw.one(1, 5, 33), draw.chance(0.5)
    keys = ["k%d" % (7 * row) if strings else draw.random.randrange(2**63) for row in range(rows)]
    stages = ["keyed(string)" if strings else "keyed"]
    if draw.chance(0.3):
        entries(draw, rows, rows, given_)
        stages.append("remapped")
    return Indexer(stages, rows, width, keys, rows, keys, searchable=True)


def hashed(draw, width, given_):
    rows, probes = draw.whole(1, 40), draw.one(1, 1, 2, 3)
    combine = draw.one("sum", "mean", *(["concat"] if width % probes == 0 else [])) if probes > 1 else "sum"
    weights = draw.one(None, None, "weights", "idWeights")
    arguments = ["rows=%d" % rows, *(["probes=%d" % probes] if probes > 1 else []),
                 *(["combine=" + combine] if combine != "sum" else []),
                 *draw.some("seed=%d" % draw.whole(1, 99), "hash=" + draw.one("murmur", "siphash"),
                            "salt=%d" % draw.whole(1, 9), "signs"), *([weights] if weights else [])]
    made = Indexer([spelled("hashed", arguments)], rows, width // probes if combine == "concat" else width, ANY)
    if weights:
        made.id_count = draw.whole(1, 12)
        made.ids = list(range(made.id_count))
        columns = 1 if weights == "idWeights" else probes
        data = struct.pack("<%df" % (columns * made.id_count), *draw.numbers(columns * made.id_count, 2))
        given_["hashed." + weights] = given("f32", columns, data)
    return made


def qr(draw, width, given_):
    divisor, count = draw.whole(1, 9), draw.one(1, 5, 20, 30)
    combine = draw.one("multiply", "sum", *(["concat"] if width % 2 == 0 else []))
    offset = draw.whole(0, count - 1)
    ids = draw.whole(1, count - offset)
    feature = (["offset=%d" % offset] if offset else []) + (["ids=%d" % ids] if ids != count - offset else [])
    return Indexer([spelled("qr", ["divisor=%d" % divisor, *(["combine=" + combine] if combine != "multiply" else [])])],
                   -(-count // divisor) + divisor, width // 2 if combine == "concat" else width, list(range(count)), count,
                   features=[(", ".join(feature), [*range(ids), ids, -1])])


def robe(draw, width, given_):
    chunks = factors(draw, width, 2)[0]
    block, size = width // chunks, draw.whole(width // chunks, 70)
    arguments = ["size=%d" % size, "block=%d" % block, *(["chunks=%d" % chunks] if chunks > 1 else [])]
    signed, feature = draw.some("signed"), draw.some("offset=%d" % draw.whole(1, 2**64 - 1))
    made = Indexer([], size, 1, ANY, windows=True)
    if draw.chance(0.5):
        prime = draw.one(block + 1, 101, 2038074743, 2**32 - 1)
        coefficients = [max(prime, block), *(draw.random.randrange(2**32) for _ in range(8))]
        arguments += [*signed, "coefficients=" + "-".join(map(str, coefficients))]
        feature += draw.some("slot=%d" % draw.whole(1, 2**32 - 1))
        made.id_count = size
    else:
        align = factors(draw, size, 2)[0]
        arguments += [*draw.some("seed=%d" % draw.whole(1, 99), "align=%d" % align if align > 1 else ""), *signed]
    made.stages, made.features = [spelled("robe", arguments)], [(", ".join(feature), ANY)]
    return made


def tensor_train(draw, width, given_):
    cores, rank = draw.whole(2, 4), draw.whole(1, 4)
    dims, slices = factors(draw, width, cores), [draw.whole(1, 4) for _ in range(cores)]
    count = draw.whole(1, math.prod(slices))
    rows = sum(n * d * (1 if core in (0, cores - 1) else rank) for core, (n, d) in enumerate(zip(slices, dims)))
    offset = draw.whole(0, count - 1)
    stage = spelled("tensorTrain", ["rank=%d" % rank, "rows=" + "x".join(map(str, slices)), "dims=" + "x".join(map(str, dims))])
    return Indexer([stage], rows, rank, list(range(count)), count,
                   features=[("offset=%d" % offset if offset else "", [*range(count - offset), count])])


def unified(draw, width, given_):
    probes = draw.one(*[x for x in range(1, 65) if width % x == 0])
    rows, tables, owned = draw.whole(1, 9), draw.whole(1, 4), draw.whole(0, 6)
    arguments = ["rows=%d" % rows, "width=%d" % (width // probes), *(["tables=%d" % tables] if tables > 1 else []),
                 *(["probes=%d" % probes] if probes > 1 else []),
                 *draw.some("hash=" + draw.one("murmur", "siphash"), "seed=%d" % draw.whole(1, 99))]
    return Indexer([spelled("unified", arguments)], rows * tables + owned, width // probes, ANY,
                   features=[(", ".join(draw.some("salt=%d" % draw.whole(1, 99))), ANY)])


INDEXERS = (keyed, hashed, qr, robe, tensor_train, unified)
