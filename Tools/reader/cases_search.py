"""Cases of search.md, and of the sections "Scoring" of codecs' pages: `searches` of a case."""

import math
import struct

from cases import case, numbers, parameter, table, words
from cases_affine import axes
from cases_binary import center, linear, network, values
from cases_product import codebooks, residual_codebooks

METRICS = ("dot", "cosine", "l2")
NAN, INF = math.nan, math.inf


def score(queries, ids, name="t", metrics=METRICS, **more):
    return [{"table": name, "op": "score", "metric": metric, "queries": words(queries), "ids": ids, **more}
            for metric in metrics]


def nearest(queries, k, name="t", metrics=METRICS, **more):
    return [{"table": name, "op": "nearest", "metric": metric, "queries": words(queries), "k": k, **more}
            for metric in metrics]


def searches(about, tables, made):
    """A case whose queries are named, as many searches have the same."""
    named = {}
    for one in made:
        name = next((name for name, rows in named.items() if rows == one["queries"]), "q%d" % len(named))
        named[name] = one["queries"]
        one["queries"] = name
    return case(about, tables, [], queries=named, searches=made)


def queries(dim, seed, bits=2):
    """Two that look random, one large, one tiny, zeros, one of values of codes, one of few numbers."""
    first, second = numbers(2, dim, seed)
    one = [0.0] * dim
    one[dim // 2] = -2.5
    return [first, second, [x * 1e20 for x in first], [x * 1e-42 for x in second], [0.0] * dim,
            values(1, dim, bits, seed)[0], one]


def all_of(tables, seed, k=4):
    """Every row of every table with every query."""
    made = []
    for one in tables:
        rows, name = list(range(len(one["source"]["values"]))), one["name"]
        asked = queries(one["dim"], seed)
        made += score(asked, rows, name) + nearest(asked[:2] + asked[4:5], k, name)
    return made


def of_codec(about, shapes, seed):
    tables = [table(expression, [*numbers(5, dim, seed), [0.0] * dim], "%s, dim %d" % (expression, dim))
              for expression, dim in shapes]
    return searches(about, tables, all_of(tables, seed + 1))


def number_search():
    rows = [[1, 2, 2], [2, 4, 4], [-1, 0.5, 0], [0, 0, 0], [1, 2, 2], [NAN, 0, 1], [INF, 0, 1], [3e38, 3e38, -3e38],
            [1e-30, 0, -1e-30], [-0.0, 0, -0.0]]
    tables = [table("f32", rows, "edges"), table("f32", numbers(6, 16, 150), "16"),
              table("f16", numbers(6, 17, 151), "17"), table("bf16", numbers(6, 33, 152), "33"), table("f32", numbers(6, 1, 153), "1"),
              {**table("f32", [[0.0] * 2], "none"), "source": {"stored": False, "values": []}}]
    asked = [[1, 2, 2], [0, 0, 0], [NAN, 0, 0], [0, INF, 0], [3e38, -3e38, 3e38], [1e-30, 2e-30, 0], [-0.0, -1, 0]]
    made = [*score(asked, list(range(10)), "edges"), *nearest(asked, 12, "edges"), *nearest(asked[:2], 1, "edges")]
    made += score([], [0], "edges") + score(asked, [], "edges") + nearest([], 1, "edges", ("dot",))
    made += nearest([[1, 2]], 2, "none")
    return searches("rows of numbers: NaN, infinities, zeros, equal scores, dims around 16", tables,
                    made + all_of(tables[1:5], 154, 3))


def through(entries, expression, rows, name, **more):
    """A table whose stored rows are read through a map, not all of them."""
    made = table(expression, rows, name, stored=True, **more, parameters={"remapped.rows": {
        "type": "u32", "rows": len(entries), "width": 1, "hex": struct.pack("<%dI" % len(entries), *entries).hex()}})
    made["source"]["idCount"] = len(entries)
    return made


def id_search():
    keyed = table("keyed(string) | int8", numbers(5, 6, 160), "strings", keys=["e", "d", "", "aa", "c"],
                  missing="default", defaultRow=3)
    integers = table("keyed | f16", numbers(3, 6, 161), "integers", keys=[2**64 - 1, 5, 2**63], missing="zero")
    mapped = through([2, 0, 1, 2], "remapped | f32", [numbers(3, 6, 162)[j] for j in (0, 1, 0)] + numbers(1, 6, 162),
                     "mapped")
    behind = through([3, 2**32 - 1, 1, 1, 0], "keyed | remapped | int8", numbers(4, 6, 165), "behind",
                     keys=[50, 40, 30, 20, 10])
    probes = table("hashed(rows=7, probes=2) | f32", numbers(7, 6, 163), "probes", stored=True)
    single = table("hashed(rows=7) | rotation | int8", numbers(7, 6, 163), "single", stored=True)
    asked = queries(6, 164)[:5]
    made = [*score(asked, ["", "c", "x", "e", "e"], "strings"), *nearest(asked, 3, "strings"),
            *score(asked, ["", "x"], "strings", missing="zero"), *score(asked, ["y", "x"], "strings", missing="hashed"),
            *score(asked, ["x"], "strings", ("dot",), missing="error", error="MISSING_ID"),
            *score(asked, [5], "strings", ("l2",), error="WRONG_ID_KIND"),
            *score(asked, [5], "integers", ("l2",), missing="default", error="NO_DEFAULT_ROW"),
            *score(asked, [5, 2**63, 7, 2**64 - 1], "integers"), *nearest(asked, 4, "integers"),
            *score(asked, [0, 1, 2, 3, -1], "mapped", missing="zero"), *nearest(asked, 4, "mapped"),
            *score(asked, [10, 40, 20, 30], "behind", missing="zero"), *nearest(asked, 4, "behind"),
            *nearest(asked, 2, "behind", ("dot",), rerank="mapped", candidates=4),
            *nearest(asked, 2, "mapped", ("l2",), rerank="mapped", candidates=3),
            *score(asked, [5, -5, 2**40], "probes"), *score(asked, [5, -5, 2**40], "single"),
            *nearest(asked, 2, "probes", ("dot",), error="NOT_SEARCHABLE"),
            *nearest(asked, 2, "single", ("dot",), error="NOT_SEARCHABLE")]
    return searches("keys, row maps that leave rows unread, several probes, missing ids",
                    [keyed, integers, mapped, behind, probes, single], made)


def product_search():
    """Of blocks of rows, more than one; with codebooks of f16, of sub-vectors of different widths, in bytes by rounding."""
    rows = [*numbers(4, 5, 230), [0.0] * 5]
    many = numbers(35, 5, 231)
    tables = [
        table("pq(2x4)", rows, "rows", parameters={"pq.codebooks": codebooks(16, 5, 232)}),
        table("pq(5x8, codebooks=f16)", rows[:3], "bytes", parameters={"pq.codebooks": codebooks(256, 5, 233, "f16")}),
        table("pq(3x8, coldBits=3, hot=2)", rows, "cold", parameters={"pq.codebooks": codebooks(256, 5, 234)}),
        table("rotation | pq(5x4, layout=fastscan)", rows, "rotated", parameters={"pq.codebooks": codebooks(16, 5, 235)}),
        table("pq(3x4, codebooks=f16, layout=fastscan)", many, "scan",
              parameters={"pq.codebooks": codebooks(16, 5, 236, "f16")}),
        table("pq(1x4, layout=fastscan)", [[1.0], [0.0]], "equal", parameters={"pq.codebooks": parameter("f32", 1, [1.0] * 16)}),
        table("pq(2x4, layout=fastscan)", [[0.0, 0.0]], "infinite", parameters={
            "pq.codebooks": parameter("f32", 1, [0.0] * 31 + [INF])}),
        table("pq(2x4, layout=fastscan)", [[0.0, 0.0]], "far", parameters={
            "pq.codebooks": parameter("f32", 1, [0.0] * 30 + [3e38, -3e38])}),
        table("rq(2x4)", rows, "sums", parameters={"rq.codebooks": residual_codebooks(2, 4, 5, 237)}),
    ]
    made = []
    for one in tables:
        name, dim = one["name"], one["dim"]
        asked = queries(dim, 238)
        asked = [asked[0], asked[2], asked[4], asked[6]] if name == "scan" else asked[:1] + asked[4:5] if name == "bytes" else asked
        ids = [34, 0, 17, 31, 32, 0] if name == "scan" else list(range(len(one["source"]["values"])))
        made += score(asked, ids, name)
        if name in ("rows", "rotated", "equal", "infinite"):
            made += nearest(asked[:1] + asked[4:5], 3, name)
    made += nearest(queries(5, 238)[:1], 4, "scan")
    return searches("tables of codewords: rows, cold rows, blocks of 32 in bytes; and sums of codewords, which are decoded",
                    tables, made)


def transform_search():
    tables = [
        table("rotation | f32", numbers(5, 6, 170), "rotation"),
        table("rotation(seed=3) | rotation | int8", numbers(5, 7, 171), "twice"),
        table("center | f16", numbers(5, 5, 172), "center", parameters=center(5, 173)),
        table("center | rotation | rabitq(bits=3)", numbers(5, 9, 174), "centred", parameters=center(9, 175)),
        table("rotation | center | sign", numbers(5, 9, 174), "inside", parameters=center(9, 175)),
        table("linear(dim=7) | rbe(bits=2, scale=none)", values(5, 7, 2, 176), "linear", 4, stored=True,
              parameters=linear(7, 4, 177)),
        table("center | linear | rotation | int4", numbers(5, 5, 178), "three", stored=True,
              parameters={**center(5, 179), **linear(5, 5, 180)}),
        table("pca | int8", numbers(5, 4, 181), "pca", parameters=axes("pca", 4, 4, 182)),
        table("rotation | mlp(hidden=3) | f32", numbers(5, 4, 183), "mlp", stored=True, parameters=network([4, 3, 4], 184)),
        table("lowrank(2) | pq(2x4)", numbers(5, 4, 190), "lowrank", parameters={
            **axes("lowrank", 2, 4, 191), "pq.codebooks": codebooks(16, 2, 192)}),
    ]
    halves = [0.5 * x for x in (1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1)]
    quarter = [0.25, -0.5, 0.0, 1.0]

    def square(stage, rows, mean, matrix=halves):
        return {stage + ".matrix": parameter("f32", 4, matrix[:4 * rows]), stage + ".mean": parameter("f32", 4, mean)}

    scan, words_ = "pq(2x4, layout=fastscan)", {"pq.codebooks": codebooks(16, 4, 194)}
    tables += [
        table("opq | " + scan, numbers(5, 4, 195), "opq", parameters={**square("opq", 4, quarter), **words_}),
        table("opq | pq(2x4)", numbers(5, 4, 195), "opq of mean 0", parameters={**square("opq", 4, [0.0] * 4), **words_}),
        table("opq | pq(2x4)", numbers(5, 4, 195), "opq not orthonormal", parameters={
            **square("opq", 4, [0.0] * 4, [0.5 + 2.0**-14] + halves[1:]), **words_}),
        table("pca | f32", numbers(5, 4, 196), "pca orthonormal", parameters=square("pca", 4, quarter)),
        table("lowrank(3) | f16", numbers(5, 4, 197), "lowrank orthonormal", parameters=square("lowrank", 3, quarter)),
    ]
    return searches("queries that are pulled back, and embeddings that are scored where one transform does not", tables,
                    all_of(tables, 193, 3))


def distances_of_0():
    """Queries that are rows: estimates of their distance fall on both sides of 0."""
    rows = numbers(6, 11, 220)
    expressions = ("int8", "int8(symmetric, scale=f32)", "rbe(bits=2)", "rbe(bits=6)", "rabitq(bits=1)", "rabitq(bits=5)", "sign",
                   "rotation | rabitq(bits=8, scale=f32)")
    tables = [table(expression, rows, expression) for expression in expressions]
    return searches("queries that are the rows themselves", tables,
                    [one for made in tables for one in
                     score(rows, [0, 1, 2, 3, 4, 5], made["name"], ("l2", "cosine")) + nearest(rows, 2, made["name"], ("l2",))])


def rerank_search():
    keys = [4, 9, 1, 7, 3, 8]
    tables = [table("keyed | rotation | rabitq(bits=1)", numbers(6, 8, 200), "coarse", keys=keys),
              table("keyed | f32", numbers(6, 8, 200)[:5], "fine", keys=keys[:5]),
              table("f16", [*numbers(6, 8, 200)[:3], [NAN] * 8, *numbers(6, 8, 200)[:1] * 6], "direct")]
    asked = queries(8, 201)
    made = []
    for k, count in ((1, 3), (3, 3), (4, 6), (7, 9)):
        made += nearest(asked[:3] + asked[4:5], k, "coarse", rerank="fine", candidates=count)
    made += nearest(asked[:2], 3, "coarse", rerank="direct", candidates=6)
    made += nearest(asked[:2], 2, "direct", rerank="fine", candidates=10)
    return searches("the nearest by one table, scored again by another that lacks some ids", tables, made)


def cases():
    return {
        "search-numbers": number_search(),
        "search-int8": of_codec("estimates of rows of int8, and other widths, which are decoded", [
            ("int8", 5), ("int8(symmetric)", 17), ("int8(scale=f32)", 64), ("int16", 3), ("int4", 9)], 210),
        "search-rbe": of_codec("estimates of rows of signs", [
            ("rbe(bits=1)", 9), ("rbe(bits=3)", 17), ("rbe(bits=8, scale=f32)", 5), ("rbe(bits=2, scale=none)", 64)], 211),
        "search-rabitq": of_codec("estimates of rows of signs with an estimator", [
            ("rabitq(bits=1)", 17), ("rabitq(bits=4)", 9), ("rabitq(bits=7, scale=f32)", 6)], 212),
        "search-sign": of_codec("estimates by Hamming distance", [("sign", 1), ("sign", 8), ("sign", 70)], 213),
        "search-pq": product_search(),
        "search-ids": id_search(),
        "search-transforms": transform_search(),
        "search-rerank": rerank_search(),
        "search-rows": distances_of_0(),
    }
