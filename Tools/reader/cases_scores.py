"""More cases of search.md: scores of codes, and queries pulled back through several transforms, at their edges."""

import math
import struct

from cases import numbers, parameter, table
from cases_affine import axes, orthonormal
from cases_binary import center, linear
from cases_product import codebooks
from cases_rowmaps import entries, given
from cases_search import INF, NAN, nearest, queries, score, searches


def odd_queries(dim):
    """A NaN in the first place, an infinity in the last, all of them, and a query that is fine."""
    return [[NAN] + [1.0] * (dim - 1), [1.0] * (dim - 1) + [-INF], [INF] * dim, numbers(1, dim, 300)[0]]


def every(tables, seed, k=3):
    """Some queries, and those that are not finite, with every row of every table."""
    made = []
    for one in tables:
        rows, name, dim = list(range(len(one["source"]["values"]))), one["name"], one["dim"]
        asked = queries(dim, seed)
        asked = [asked[0], *asked[3:5], asked[6]]
        made += score(asked, rows, name) + nearest(asked[:1] + odd_queries(dim)[1:], k, name)
        made += score(odd_queries(dim), rows[:2], name)
    return made


# Rows of codewords

def rounding():
    """Numbers whose difference from the least lies between two bytes, where a step is 1; and codewords of length 0."""
    steps = [0, 255, 0.5, 1.5, 2.5, 253.5, 254.5, 0.4995, 0.50049, 100, 100.5, 101.5, 7, 8, 9, 10]
    values = [[x] for x in steps]
    zero = parameter("f32", 1, [0.0] * 4 + [0.5, -1, 3, 2, 1e20, 0, 1e-30, 1e-30] + [0.25] * 20
                     + [0.0] * 2 + [1, 0, 0, 1, 1e20, -1e20] + [0.125] * 24)
    few = [[0, 0, 0, 0], [0.5, -1, 0, 0], [0, 0, 1, 0], [1e20, 0, 0, 0], [0.25, 0.25, 0.125, 0.125]]
    tables = [table("pq(1x4, codebooks=f16, layout=fastscan)", values, "steps",
                    parameters={"pq.codebooks": parameter("f16", 1, steps)}),
              table("pq(2x4, layout=fastscan)", few, "zeros", parameters={"pq.codebooks": zero}),
              table("pq(2x4)", few, "zeros in rows", parameters={"pq.codebooks": zero}),
              table("rotation | pq(2x4)", few, "zeros behind", parameters={"pq.codebooks": zero}, stored=True),
              table("f32", few, "zeros as they are"), table("rotation | f16", few[:3], "rotated zeros")]
    made = [*score([[1.0], [-1.0], [0.5], [2.0], [0.0], [255.0]], list(range(16)), "steps"), *nearest([[1.0], [-1.0]], 16, "steps")]
    for one in tables[1:]:
        rows = list(range(len(one["source"]["values"])))
        made += score([[0.5, -1, 2, 3], [0, 0, 0, 0], [1e-30, 0, 0, -1e-30]], rows, one["name"])
        made += nearest([[0.5, -1, 2, 3]], 4, one["name"])
    return searches("codewords of length 0 and of lengths beyond all numbers; tables whose numbers lie between two bytes", tables, made)


def shapes():
    """Widths that differ, cold rows, and so many sub-quantizers that blocks are not rounded to bytes."""
    rows = numbers(6, 7, 301)
    tables = [
        table("pq(3x4)", rows, "3 of 7", parameters={"pq.codebooks": codebooks(16, 7, 302)}),
        table("pq(5x4, layout=fastscan)", rows, "5 of 7", parameters={"pq.codebooks": codebooks(16, 7, 303)}),
        table("pq(7x4, codebooks=f16, coldBits=1, hot=40%)", rows, "cold", parameters={
            "pq.codebooks": codebooks(16, 7, 304, "f16")}),
        table("pq(4x4, coldBits=3, hot=0)", rows, "all cold", parameters={"pq.codebooks": codebooks(16, 7, 305)}),
        table("pq(4x4, coldBits=2, hot=100%)", rows, "none cold", parameters={"pq.codebooks": codebooks(16, 7, 306)}),
    ]
    return searches("sub-vectors of different widths; cold rows", tables, every(tables, 307))


def wide():
    """Blocks of 256 sub-quantizers, which are rounded, and of 257, which are not; rows that are given as codes."""
    def one(count, dim, rows):
        codes = bytes(int((x + 1) * 128) % 256 for row in numbers(-(-rows // 32), 16 * count, 308) for x in row)
        made = table("pq(%dx4, codebooks=f16, layout=fastscan)" % count, [[0.0] * dim], "%d" % count, parameters={
            "pq.codebooks": codebooks(16, dim, 309, "f16"), "pq.rows": given("u8", 16 * count, codes)}, id_count=rows)
        made["source"].update(rowCount=rows, values=[])
        return made

    tables = [one(256, 256, 3), one(257, 258, 34)]
    made = []
    for made_of, ids in zip(tables, ([0, 1, 2], [0, 33, 31, 32, 16])):
        asked = numbers(2, made_of["dim"], 310)
        made += score(asked, ids, made_of["name"]) + nearest(asked, 4, made_of["name"])
    about = "256 sub-quantizers of 4 bits, the most whose tables are rounded to bytes, and 257"
    return {**searches(about, tables, made), "unpacked": True}


# Transforms

def square(stage, dim, mean, seed):
    return {stage + ".matrix": parameter("f32", dim, orthonormal(dim, dim, seed)), stage + ".mean": parameter("f32", dim, mean)}


def composed():
    """Several transforms, with terms to add, and without."""
    rows = numbers(5, 6, 320)
    words = {"pq.codebooks": codebooks(16, 6, 321)}
    small = {"pq.codebooks": codebooks(16, 4, 322)}
    zeros = [0.0, -0.0, 0.0, 0.0, -0.0, 0.0]
    tables = [
        table("rotation | pca | pq(4x4)", rows, "rotation, pca", parameters={**axes("pca", 6, 6, 323), **words}),
        table("rotation(seed=1) | opq | rotation | pq(3x4, layout=fastscan)", rows, "three", parameters={
            **square("opq", 6, zeros, 324), **words}),
        table("center | pca | rabitq(bits=2)", rows, "two means", parameters={**center(6, 325), **axes("pca", 6, 6, 326)}),
        table("pca | center | int8", rows, "two means, inside", parameters={**center(6, 325), **axes("pca", 6, 6, 326)}),
        table("lowrank(4) | rotation | int8", rows, "lowrank, rotation", parameters=axes("lowrank", 4, 6, 327)),
        table("rotation | lowrank(4) | pq(2x4)", rows, "rotation, lowrank", parameters={**axes("lowrank", 4, 6, 328), **small}),
        table("lowrank(4) | pq(3x4, layout=fastscan)", rows, "lowrank, fast scans", parameters={
            **axes("lowrank", 4, 6, 329), **small}),
        table("center | lowrank(4) | opq | rbe(bits=3)", rows, "three terms", parameters={
            **center(6, 330), **axes("lowrank", 4, 6, 331), **axes("opq", 4, 4, 332)}),
        table("lowrank(6) | f16", rows, "lowrank of all", parameters=axes("lowrank", 6, 6, 333)),
        table("lowrank(4) | center | sign", rows, "lowrank of mean 0", parameters={**axes("lowrank", 4, 6, 334), **center(4, 335),
              "lowrank.mean": parameter("f32", 6, zeros)}),
        table("rotation | linear(dim=8) | center | rbe(bits=2)", numbers(5, 8, 336), "linear", 6, stored=True, parameters={
            **linear(8, 6, 337), **center(8, 338)}),
        table("rotation | prefix(4) | int8", rows, "prefix"),
        table("prefix(5) | rotation | rabitq(bits=1)", rows, "prefix outside"),
    ]
    return searches("several transforms, with terms to add and without; transforms that do not pull back beside others that do",
                    tables, every(tables, 340, 2))


def zero_terms():
    """Rows of zeros, whose score is -0 with a query of negative numbers, behind terms that are 0."""
    def pair(*numbers):
        return parameter("f32", 2, numbers)

    turned, means = pair(0, 1, 1, 0), {"0": pair(0, 0), "at a right angle": pair(1, 0)}
    tables = []
    for stage, constant in (("opq", "mean"), ("pca", "mean"), ("linear", "constant"), ("lowrank(2)", "mean"), ("center", "constant")):
        for place, mean in means.items():
            bare = stage.split("(")[0]
            given_ = {bare + "." + constant: mean, **({} if bare == "center" else {bare + ".matrix": turned})}
            tables.append(table(stage + " | rbe(bits=2)", [[0, 0], [1, 2]], "%s, mean %s" % (stage, place), stored=True, parameters=given_))
    tables.append(table("rotation | rbe(bits=2)", [[0, 0], [1, 2]], "rotation", stored=True))
    made = []
    for one in tables:
        made += score([[0, -1], [-1, -1], [0, 0]], [0, 1], one["name"]) + nearest([[0, -1]], 2, one["name"], ("dot",))
    return searches("terms that are 0 are not added: a score of -0 stays one", tables, made)


def tiers():
    """Rows that are stored in different ways have no scores of their own: embeddings are scored."""
    def ends(*rows):
        return given("u32", 1, struct.pack("<%dI" % len(rows), *rows))

    rows = numbers(5, 6, 341)
    tables = [table("rotation | tiers(50%: rotation | int8, rest: pq(2x4))", rows, "pulled back to tiers", parameters={
                  "tiers.ends": ends(3, 5), "tiers.1.pq.codebooks": codebooks(16, 6, 342)}),
              table("tiers(50%: sign, rest: rabitq(bits=1))", rows, "codes", parameters={"tiers.ends": ends(2, 5)})]
    return {**searches("rows of tiers are decoded, whatever their codes", tables, every(tables, 343, 5)), "unpacked": True}


def nearly_orthonormal():
    """On both sides of what passes for 1, and for 0."""
    tables = []

    def one(name, *matrix, mean=0.0):
        dim = math.isqrt(len(matrix))
        tables.append(table("pca | f32", numbers(3, dim, 350), name, stored=True, parameters={
            "pca.matrix": parameter("f32", dim, matrix), "pca.mean": parameter("f32", dim, [mean] * dim)}))

    one("longest", 1 + 2.0**-17)
    one("longer", 1 + 2.0**-17 + 2.0**-23)
    one("shortest", 1 - 2.0**-17)
    one("shorter", 1 - 2.0**-17 - 2.0**-24)
    one("mean", 1 + 2.0**-17, mean=-0.0)
    one("no mean", 1.0, mean=2.0**-149)
    for sign, name in ((1, "plus"), (-1, "minus")):
        one("most oblique, " + name, 1, 0, sign * 2.0**-16, 1)
        one("more oblique, " + name, 1, 0, sign * (2.0**-16 + 2.0**-39), 1)
    made = []
    for of in tables:
        asked = [[0.7, -0.3][:of["dim"]], [-2.5, 0.1][:of["dim"]]]
        made += score(asked, [0, 1, 2], of["name"])
    return searches("matrices that are just orthonormal enough, and just not", tables, made)


def ids():
    """Ids that are no stored row, or one with a weight; rows read through a map."""
    rows = numbers(5, 6, 360)
    lowrank, words = axes("lowrank", 4, 6, 361), {"pq.codebooks": codebooks(16, 4, 362)}
    tables = [
        table("keyed | lowrank(4) | pq(3x4, layout=fastscan)", rows, "keys", keys=[9, 8, 7, 6, 5], missing="default",
              defaultRow=1, parameters={**lowrank, **words}),
        {**table("remapped | lowrank(4) | pq(2x4)", numbers(5, 4, 363), "mapped", 6, stored=True, id_count=4, parameters={
            **lowrank, **words, "remapped.rows": entries(4, 2**32 - 1, 0, 4)})},
        table("hashed(rows=5, signs) | rotation | rabitq(bits=2)", rows, "signs", stored=True),
        table("hashed(rows=5) | lowrank(4) | int8", numbers(5, 4, 364), "hashed", 6, stored=True, parameters=lowrank),
    ]
    asked = [queries(6, 365)[0], [0.0] * 6, odd_queries(6)[0]]
    made = []
    for policy in ("zero", "default", "hashed"):
        made += score(asked, [9, 4, 5], "keys", missing=policy)
    made += [*nearest(asked, 6, "keys"), *score(asked, [0, 1, 3, 4], "mapped", missing="zero"), *nearest(asked, 4, "mapped"),
             *score(asked, [3, -3], "signs"), *score(asked, [3, -3], "hashed"),
             *nearest(asked, 2, "keys", ("dot",), rerank="mapped", candidates=5)]
    return searches("missing ids, weights, keys and maps in front of transforms that pull back", tables, made)


def cases():
    return {"search-pq-rounding": rounding(), "search-pq-shapes": shapes(), "search-pq-wide": wide(),
            "search-composed": composed(), "search-tiers": tiers(), "search-zero-terms": zero_terms(),
            "search-orthonormal": nearly_orthonormal(), "search-ids-more": ids()}
