"""The cases of indexers whose ids share rows: indexers/hashed.md with weights, signs and named hashes, qr.md, robe.md,
tensorTrain.md and unified.md, and of features."""

import struct

import f32
from cases import WEIGHTS, case, few_lookups, gather, missing_lookups, numbers, odd_weights, pool, pools, table, word
from cases_rowmaps import given

IDS = [0, 1, 42, -1, 2**40, -2**63]
NAMES = ["", "the", "king", "user:42", "z" * 250]


def stored(expression, rows, width, dim=None, name="t", **more):
    """A table of rows as they are stored."""
    return table(expression, numbers(rows, width, 7), name, dim or width, stored=True, **more)


def floats(values, width, type_="f32"):
    """A column of numbers."""
    bits = [int(word(value), 16) for value in values]
    if type_ == "f16":
        return given("f16", width, struct.pack("<%dH" % len(bits), *map(f32.f16_bits, bits)))
    return given("f32", width, struct.pack("<%dI" % len(bits), *bits))


def of_feature(name, made):
    """Lookups of a table as lookups of a feature."""
    return [{"feature": name, **{key: value for key, value in one.items() if key != "table"}} for one in made]


# hashed

def hashed_cases():
    names = {"murmur": "hashed(rows=9, probes=2, seed=3, hash=murmur, salt=5) | f32",
             "siphash": "hashed(rows=11, probes=2, combine=concat, seed=133, hash=siphash, salt=137) | int8",
             "modulo": "hashed(rows=7, hash=modulo) | f16",
             "learn": "hashed(rows=10, probes=2, hash=learn, coefficients=3-1-101-5-2-103) | f32",
             "learn-wraps": "hashed(rows=5, probes=3, combine=mean, seed=9, hash=learn, salt=8, coefficients="
                            "18446744073709551615-18446744073709551615-18446744073709551615-1-0-1-12345678901-7-4294967311) | int4",
             "mix": "hashed(rows=9, probes=3, salt=18446744073709551615) | bf16"}
    rows = {"murmur": (9, 4, 4), "siphash": (11, 3, 6), "modulo": (7, 5, 5), "learn": (10, 2, 2),
            "learn-wraps": (5, 4, 4),
            "mix": (9, 3, 3)}
    functions = case("every function, with integers and strings as ids, seeds and salts; coefficients that wrap",
                     [stored(names[name], rows[name][0], rows[name][1], rows[name][2], name) for name in names],
                     [made for name in names
                      for made in [gather([*IDS, 7, -42], name), gather(NAMES, name),
                                   *few_lookups(IDS, rows[name][2], name)]])
    signs = case("signs of probes, under every combine, with one probe and several",
                 [stored("hashed(rows=13, signs) | f32", 13, 3, name="one"),
                  stored("hashed(rows=13, probes=3, seed=2, signs) | int8", 13, 5, name="sum"),
                  stored("hashed(rows=13, probes=3, combine=mean, hash=murmur, signs) | f16", 13, 3, name="mean"),
                  stored("hashed(rows=13, probes=2, combine=concat, salt=4, signs) | int4", 13, 2, 4, "concat"),
                  stored("hashed(rows=13, probes=2, combine=concat, signs) | rotation | int8(block=16)", 13, 20, 40,
                         "rotated")],
                 [made for name, dim in (("one", 3), ("sum", 5), ("mean", 3), ("concat", 4), ("rotated", 40))
                  for made in [gather(IDS, name), *few_lookups(IDS, dim, name), gather(NAMES[1:], name)]]
                 + odd_weights(IDS[:3], "mean"))
    edges = [0.5, -1.25, 3, 0.1, -0.0, 0, 65504, 2**-24, float("nan"), float("inf"), -1, 1]
    weighted = case("hash embeddings: weights of ids and probes, f32 and f16, odd ones and missing ids among them",
                    [stored("hashed(rows=5, probes=2, weights) | f32", 5, 3, name="sum", id_count=6,
                            parameters={"hashed.weights": floats(edges, 2)}),
                     stored("hashed(rows=5, probes=3, combine=mean, signs, weights) | int8", 5, 4, name="mean",
                            id_count=4,
                            parameters={"hashed.weights": floats(edges, 3, "f16")}, missing="default", defaultRow=3),
                     stored("hashed(rows=7, probes=2, combine=concat, seed=1, weights) | rotation | int4", 7, 3, 6,
                            "concat",
                            id_count=3, parameters={"hashed.weights": floats(WEIGHTS[:6], 2)}, missing="hashed"),
                     stored("hashed(rows=7, weights) | int2", 7, 5, name="one", id_count=6,
                            parameters={"hashed.weights": floats(edges[:6], 1)}, missing="zero")],
                    [made for name, ids, dim in (("sum", range(6), 3), ("mean", range(4), 4), ("concat", range(3), 6),
                                                 ("one", range(6), 5))
                     for made in [gather(list(ids), name), *few_lookups(list(ids), dim, name),
                                  *missing_lookups([0, 2], [len(ids), -1, 2**40], name, default=name == "mean"),
                                  gather(["0"], name, error="WRONG_ID_KIND")]])
    memcom = case("MEmCom: a weight of each id, over a row that ids share",
                  [stored("hashed(rows=4, hash=modulo, idWeights) | f16", 4, 6, id_count=7,
                          parameters={"hashed.idWeights": floats(WEIGHTS, 1)}),
                   stored("hashed(rows=4, probes=2, combine=concat, signs, idWeights) | f32", 4, 2, 4, "concat",
                          id_count=7,
                          parameters={"hashed.idWeights": floats(WEIGHTS, 1, "f16")}, missing="zero")],
                  [made for name, dim in (("t", 6), ("concat", 4))
                   for made in [gather(list(range(7)), name), *few_lookups(list(range(7)), dim, name),
                                *missing_lookups([0, 6], [7, -1], name)]])
    return {"hashed-functions": functions, "hashed-signs": signs, "hashed-weights": weighted,
            "hashed-idWeights": memcom}


# qr

def qr_cases():
    example = case("the example of indexers/qr.md", [stored("qr(divisor=3) | f32", 7, 4, id_count=10)],
                   [gather([0, 1, 2, 3, 4, 8, 9]), *few_lookups([4, 9, 0, 8], 4),
                    *pools([0, 3, 4, 9, 1], [0, 1, 1, 5], WEIGHTS[:5]),
                    *missing_lookups([9, 4], [10, -1, 2**40]), *odd_weights([0, 8, 9]),
                    gather(["1"], error="WRONG_ID_KIND")])
    tables = [stored("qr(divisor=4, combine=sum) | int8", 9, 5, name="sum", id_count=20, missing="default",
                     defaultRow=8),
              stored("qr(divisor=5, combine=concat) | int4", 7, 3, 6, "concat", id_count=6, missing="hashed"),
              stored("qr(divisor=1) | rotation | f16", 6, 6, name="rotated", id_count=5),
              stored("qr(divisor=9) | int8", 10, 3, name="wide", id_count=4),
              stored("qr(divisor=2) | f32", 2, 3, name="none", id_count=0)]
    made = [gather(list(range(20)), "sum"), *few_lookups([0, 19, 7, 4], 5, "sum"),
            *missing_lookups([19, 3], [20, -2], "sum", default=True),
            gather(list(range(6)), "concat"), *few_lookups([5, 0, 4], 6, "concat"), gather([6, 5, -1], "concat"),
            gather(list(range(5)), "rotated"), *few_lookups([4, 0, 2], 6, "rotated"),
            *missing_lookups([1, 4], [5], "rotated"),
            gather([3, 0, 2], "wide"), pool("mean", [3, 0, 2], [0, 2, 3], None, "wide"),
            gather([0, 1], "none", missing="zero"), gather([0, 1], "none", missing="hashed")]
    features = [{"name": "all", "table": "sum"}, {"name": "first", "table": "sum", "arguments": "ids=7"},
                {"name": "rest", "table": "sum", "arguments": "offset=7"},
                {"name": "some", "table": "sum", "arguments": "dims=3, offset=7, ids=5"},
                {"name": "last", "table": "rotated", "arguments": "offset=4"},
                {"name": "kept", "table": "rotated", "arguments": "dims=1"}]
    made += [one for name, ids, absent in (("all", range(20), [20, -1]), ("first", range(7), [7, -1]),
                                           ("rest", range(13), [13, -1]),
                                           ("some", range(5), [5, -1]), ("last", [0], [1, 4]), ("kept", range(5), [5]))
             for one in of_feature(name, [gather(list(ids)), *few_lookups(list(ids), 5),
                                          *missing_lookups([ids[0], ids[-1]], absent,
                                                           default=name not in ("last", "kept"))])]
    return {"qr": example, "qr-more": case("every combine, divisors that do not fit; features with ranges of ids",
                                           tables, made,
                                           features=features)}


# robe

ROBE = "robe(size=20, block=4, chunks=2, "


def array(expression, size, dim, name="t", **more):
    """The array that is stored, one number a row."""
    return table(expression, [[x] for x in numbers(1, size, 7)[0]], name, dim, stored=True, **more)


def robe_cases():
    hashed = case("the first example of indexers/robe.md, and its arrays as other tables",
                  [array(ROBE + "seed=5, signed) | f32", 20, 8),
                   array(ROBE + "seed=5, align=4, signed) | f16", 20, 8, "aligned"),
                   array("robe(size=7, block=7) | bf16", 7, 7, "once"),
                   array("robe(size=1, block=1, chunks=3) | f32", 1, 3, "one"),
                   array("robe(size=64, block=5, chunks=3, seed=1, align=2) | rotation | f32", 64, 15, "rotated")],
                  [made for name, dim in (("t", 8), ("aligned", 8), ("once", 7), ("one", 3), ("rotated", 15))
                   for made in [gather(IDS + [7, 14], name), gather(NAMES, name), *few_lookups(IDS, dim, name)]]
                  + odd_weights(IDS[:3]) + [gather([0], missing="default", error="NO_DEFAULT_ROW")]
                  + [one for name in ("plain", "moved", "kept")
                     for one in of_feature(name, [gather(IDS), *few_lookups(IDS, 8)])]
                  + of_feature("plain", [gather(NAMES)]) + of_feature("moved", [gather(NAMES, error="WRONG_ID_KIND")]),
                  features=[{"name": "plain", "table": "t"},
                            {"name": "moved", "table": "t", "arguments": "offset=18446744073709551615"},
                            {"name": "kept", "table": "t", "arguments": "dims=5, offset=1"}])
    trained = "coefficients=101-17-29-13-7-11-5-3-2) | "
    seam = case("the second example of indexers/robe.md: a seam, signs of numbers; large coefficients; slots",
                [array(ROBE + "signed, " + trained + "f32", 20, 8, id_count=20),
                 array(ROBE + trained + "f16", 20, 8, "unsigned", id_count=20),
                 array("robe(size=5, block=5, coefficients=5-1-2-3-4-5-6-7-8) | f32", 5, 5, "tight", id_count=9),
                 array("robe(size=33, block=6, chunks=2, signed, coefficients=2038074743-4294967295-4294967294-4294967293-4294967292-"
                       "4294967291-4294967290-4294967289-4294967288) | rotation | f32", 33, 12, "large", id_count=33)],
                [made for name, dim in (("t", 8), ("unsigned", 8), ("tight", 5), ("large", 12))
                 for made in [gather([*range(15), *IDS], name), *few_lookups([14, 0, 1, 7, 2], dim, name),
                              gather(["1"], name, error="WRONG_ID_KIND")]]
                + odd_weights([0, 14, 7]) + pools([14, 0, 3, 7, 1], [0, 1, 1, 5], WEIGHTS[:5])
                + [one for name in ("slot", "large-slot")
                   for one in of_feature(name, [gather([*range(15), *IDS]), *few_lookups(IDS, 8)])],
                features=[{"name": "slot", "table": "t", "arguments": "offset=3, slot=1"},
                          {"name": "large-slot", "table": "large", "arguments": "slot=4294967295"}])
    blocks = case("windows across blocks that are compressed",
                  [array("robe(size=50, block=9, chunks=2) | f32", 50, 18)],
                  [gather(list(range(12))), *few_lookups(IDS, 18)], encoding="lz4", blockBytes=28)
    return {"robe": hashed, "robe-coefficients": seam, "robe-lz4": blocks}


# tensorTrain

def tensor_train_cases():
    example = case("the example of indexers/tensorTrain.md",
                   [stored("tensorTrain(rank=2, rows=2x3x2, dims=2x1x2) | f32", 14, 2, 4, id_count=12)],
                   [gather(list(range(12))), *few_lookups([11, 0, 7, 2], 4),
                    *pools([11, 0, 1, 7, 2], [0, 1, 1, 5], WEIGHTS[:5]),
                    *missing_lookups([11, 4], [12, -1]), *odd_weights([0, 11, 7]),
                    gather(["1"], error="WRONG_ID_KIND")])
    tables = [stored("tensorTrain(rank=3, rows=3x4, dims=2x3) | int8", 18, 3, 6, "two", id_count=11, missing="default",
                     defaultRow=5),
              stored("tensorTrain(rank=2, rows=2x2x2x2, dims=2x2x1x2) | f16", 4 + 8 + 4 + 4, 2, 8, "four", id_count=16),
              stored("tensorTrain(rank=1, rows=1x5, dims=1x1) | f32", 6, 1, 1, "one", id_count=5),
              stored("tensorTrain(rank=5, rows=2x1x3, dims=2x2x2) | rotation | int4", 4 + 10 + 6, 5, 8, "rotated",
                     id_count=6,
                     missing="hashed")]
    made = [one for name, count, dim in (("two", 11, 6), ("four", 16, 8), ("one", 5, 1), ("rotated", 6, 8))
            for one in [gather(list(range(count)), name), *few_lookups([count - 1, 0, count // 2], dim, name),
                        *missing_lookups([0, count - 1], [count, -1], name, default=name == "two")]]
    features = [{"name": "high", "table": "two", "arguments": "dims=2, offset=4"},
                {"name": "low", "table": "rotated", "arguments": "offset=1, ids=3"}]
    made += [one for name, count in (("high", 7), ("low", 3))
             for one in of_feature(name, [gather(list(range(count))), *few_lookups([count - 1, 0], 6),
                                          gather([count, 0, -1], missing="zero"),
                                          gather([count], missing="error", error="MISSING_ID")])]
    return {"tensorTrain": example,
            "tensorTrain-more": case("two and four cores, a rank of 1, ids that do not fill the digits; features",
                                                             tables, made, features=features)}


# unified

def unified_cases():
    spelled = "unified(rows=100, width=4, tables=3, probes=2, seed=9"
    features = [{"name": "user", "table": "t"}, {"name": "item", "table": "t",
                                                 "arguments": "probes=3, salt=1, tables=2-0-1"},
                {"name": "category", "table": "t", "arguments": "probes=1, combine=sum, salt=2, tables=2"},
                {"name": "day", "table": "t", "arguments": "first=2, ids=5"},
                {"name": "mean", "table": "t", "arguments": "dims=3, probes=4, combine=mean, chunks=7-0-65535-3"},
                {"name": "owned", "table": "t", "arguments": "probes=4, combine=sum, first=0, ids=3"},
                {"name": "owned-one", "table": "t", "arguments": "probes=1, first=11, ids=1"}]
    owned = {"day": 5, "owned": 3, "owned-one": 1}
    dims = {"user": 8, "item": 12, "category": 4, "day": 8, "mean": 4, "owned": 4, "owned-one": 4}

    def lookups_of(name):
        if name not in owned:
            return [gather(IDS), gather(NAMES), *few_lookups(IDS, dims[name])]
        ids = list(range(owned[name]))
        return [gather(ids), *few_lookups(ids, dims[name]), *missing_lookups([0, ids[-1]], [len(ids), -1, 2**40]),
                gather(["0"], error="WRONG_ID_KIND")]

    example = case("the example of indexers/unified.md: features of their own widths, hashed and owned rows",
                   [stored(spelled + ") | f32", 312, 4, 8)],
                   [gather([0, 1, 42]), gather(NAMES), *few_lookups(IDS, 8)]
                   + [one for name in dims for one in of_feature(name, lookups_of(name))]
                   + of_feature("mean", odd_weights(IDS[:3])), features=features)
    functions = case("other functions, transforms that all features share",
                     [stored("unified(rows=100, width=4, tables=3, probes=2, hash=siphash, seed=9) | int8", 300, 4, 8,
                             "siphash"),
                      stored("unified(rows=9, width=3, hash=murmur) | f16", 9, 3, 3, "murmur"),
                      stored("unified(rows=5, width=4, tables=2, probes=3) | rotation | int4", 13, 4, 12, "rotated",
                             missing="zero")],
                     [one for name, dim in (("siphash", 8), ("murmur", 3), ("rotated", 12))
                      for one in [gather(IDS, name), gather(NAMES, name), *few_lookups(IDS, dim, name)]]
                     + [one for name, ids in (("tf", IDS), ("wraps", IDS), ("wide", IDS), ("few", [0]))
                        for one in of_feature(name, [gather(ids), *few_lookups(ids, 6)])]
                     + of_feature("few", [gather([0, 1]), gather([1, 0], missing="hashed"),
                                          *pools([0, 1, 0], [0, 1, 3], WEIGHTS[:3])]),
                     features=[{"name": "tf", "table": "siphash",
                                "arguments": "probes=12, salt=3, chunks=0-1-10-11-2-3-4-5-6-7-8-9"},
                               {"name": "wraps", "table": "murmur",
                                "arguments": "probes=2, salt=18446744073709551615, chunks=1-0"},
                               {"name": "wide", "table": "rotated", "arguments": "salt=7, tables=0-0-0"},
                               {"name": "few", "table": "rotated", "arguments": "dims=7, first=0, ids=1"}])
    return {"unified": example, "unified-more": functions}


def feature_cases():
    """Features of indexers that know nothing of them."""
    tables = [table("int8", numbers(4, 6), "plain", missing="zero"),
              table("keyed | rotation | f16", numbers(3, 5), "keyed", keys=[7, 8, 9]),
              stored("hashed(rows=5, probes=2, combine=concat) | f32", 5, 3, 6, "hashed")]
    features = [{"name": name + str(kept), "table": name, "arguments": "dims=%d" % kept}
                for name, kept in (("plain", 1), ("plain", 6), ("keyed", 2), ("hashed", 4))]
    made = [one for name, ids, dim in (("plain1", [0, 3, 9], 6), ("plain6", [3, 0], 6), ("keyed2", [9, 7], 5),
                                       ("hashed4", IDS, 6))
            for one in of_feature(name, [gather(ids), *few_lookups(ids, dim), pool("mean", [], [0, 0])])]
    return {"feature-dims": case("features that keep the first numbers only; the others are +0", tables,
                                 made + of_feature("plain1", [gather([0, -1], missing="error", error="MISSING_ID")]),
                                 features=features)}


def cases():
    return {**hashed_cases(), **qr_cases(), **robe_cases(), **tensor_train_cases(), **unified_cases(),
            **feature_cases()}
