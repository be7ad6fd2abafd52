"""The cases of codecs/fp8.md, sparse.md, generated.md and tiers.md, transforms/prefix.md, and indexers/dedup.md."""

import struct

from cases import INTEGER_EXAMPLE, WEIGHTS, case, direct_case, few_lookups, gather, lookups, missing_lookups, numbers, \
    odd_weights, pool, pools, table
from cases_binary import network
from cases_rowmaps import NOTHING, entries, given

SPARSE_EXAMPLE = [[0, 1, -2, 0.1], [0.5, 0.5, 0.5, 0.25]]
DEDUP_EXAMPLE = [[1, 2], [0, 0], [1, 2], [3, 4], [0, 0]]


def scaled(rows, dim, block, seed=9):
    """Numbers whose blocks differ in size."""
    return [[x * 4.0 ** ((j // block) % 5 - 2) for j, x in enumerate(row)] for row in numbers(rows, dim, seed)]


def column_of(data, width=1, type_="u8"):
    return given(type_, width, bytes(data))


# fp8

def fp8_cases():
    names = {"fp8-e4m3": "fp8", "fp8-e4m3-f16": "fp8(scale=f16)", "fp8-e5m2": "fp8(e5m2)",
             "fp8-e5m2-f16": "fp8(e5m2, scale=f16)"}
    cases = {name: direct_case("the example of codecs/fp8.md", expression, INTEGER_EXAMPLE)
             for name, expression in names.items()}
    cases["fp8-e4m3"]["lookups"] += lookups([1, 0], 4) + odd_weights([1, 0])
    shapes = {"a": ("fp8(block=16)", 33), "b": ("fp8(e5m2, block=64)", 65), "c": ("fp8(block=128)", 130),
              "d": ("fp8", 32),
              "e": ("fp8(e5m2, block=16, scale=f16)", 31), "f": ("fp8(block=64, scale=f16)", 1)}
    made = [look for name, (_, dim) in shapes.items()
            for look in [gather([2], name), gather([1], name, dims=(dim * 2 + 2) // 3),
                         pool("sum", [0, 1, 2], [0, 3], [1, -0.3, 2], name),
                         pool("max", [1, 0], [0, 2], None, name, dims=(dim + 2) // 3)]]
    cases["fp8-shapes"] = case("both types, every size of blocks, dims that leave a shorter last block or none",
                               [table(expression, scaled(3, dim, 16), name)
                                for name, (expression, dim) in shapes.items()], made)
    edges = [[0, -0.0, 0, -0.0], [448, -448, 27.9, 1e-3], [449, 1, 2, 3], [2**-120, 2**-130, 2**-149, -2**-149],
             [3e38, 1e38, -2e38, 1], [1.0625, 1.1875, 0.9375, 1], [-2**-10, 2**-9, 448, 3 * 2**-10],
             [57344, 1.125, 1.375, 2**-17]]
    cases["fp8-edges"] = case("zeros of both signs, numbers at the ends of the types, subnormal codes and ties, blocks of all sizes",
                              [table("fp8", edges, "e4m3"), table("fp8(e5m2)", edges, "e5m2"),
                               table("fp8(scale=f16)", [edges[i] for i in (0, 1, 2, 5, 6, 7)], "e4m3-f16"),
                               table("fp8(e5m2, scale=f16)", [edges[i] for i in (0, 1, 2, 5, 6, 7)], "e5m2-f16")],
                              [look for name, count in (("e4m3", 8), ("e5m2", 8), ("e4m3-f16", 6), ("e5m2-f16", 6))
                               for look in [gather(list(range(count)), name),
                                            pool("sum", [1, 0, 2], [0, 3], [0.5, 1, -3], name)]])
    every = bytes(range(256))
    scales = [0, 1, 113, 127, 140, 254, 255, 128]
    halves = struct.pack("<8H", 0, 0x8000, 1, 0x3C00, 0xBC00, 0x7BFF, 0x7C00, 0x7E00)
    rows = [[[0] * 128] * 2, "fp8.rows"]
    cases["fp8-every-code"] = case(
        "every code, under scales at the ends of their types, of no number and infinite",
        [table("fp8", rows[0], "e4m3",
               parameters={rows[1]: column_of(bytes(scales[:4]) + every[:128] + bytes(scales[4:]) + every[128:], 132)}),
         table("fp8(e5m2)", rows[0], "e5m2",
               parameters={rows[1]: column_of(bytes(scales[:4]) + every[128:] + bytes(scales[4:]) + every[:128], 132)}),
         table("fp8(scale=f16)", rows[0], "e4m3-f16",
               parameters={rows[1]: column_of(halves[:8] + every[:128] + halves[8:] + every[128:], 136)}),
         table("fp8(e5m2, scale=f16)", rows[0], "e5m2-f16",
               parameters={rows[1]: column_of(halves[8:] + every[:128] + halves[:8] + every[128:], 136)})],
        [gather([0, 1], name) for name in ("e4m3", "e5m2", "e4m3-f16", "e5m2-f16")]
        + [pool("sum", [1, 0], [0, 2], [1, 0.5], "e4m3"), pool("max", [1, 0], [0, 2], None, "e5m2")], unpacked=True)
    cases["fp8-composed"] = case("combined and transformed, in LZ4 blocks",
                                 [table("hashed(rows=5, probes=2) | rotation | fp8(block=16)", scaled(5, 24, 8),
                                        stored=True)],
                                 few_lookups([5, -5, 3, 0], 24), encoding="lz4", blockBytes=52)
    return cases


# sparse

def threshold(bits):
    return given("f32", 1, struct.pack("<I", bits))


def sparse_cases():
    cases = {"sparse-f16": direct_case("the example of codecs/sparse.md", "sparse(density=0.5)", SPARSE_EXAMPLE),
             "sparse-int8": direct_case("the example of codecs/sparse.md", "sparse(density=0.5, values=int8)",
                                        SPARSE_EXAMPLE)}
    for one in cases.values():
        one["lookups"] += lookups([1, 0], 4) + odd_weights([1, 0])
    rows = numbers(150, 3, 4)
    few = [150 * 7 % 150, 149, 63, 64, 127, 128, 0, 70]
    groups = case("three groups of rows, the last shorter; rows that keep nothing",
                  [table("sparse(density=0.3)", rows), table("sparse(density=0.2, values=int8)", rows, "int8")],
                  [look for name in ("t", "int8") for look in [gather(few, name), *few_lookups(few, 3, name),
                                                               gather([150, -1, 149], name, missing="hashed")]])
    shapes = {"odd": ("sparse(density=0.25)", 9, None), "all": ("sparse(density=1)", 5, None),
              "none": ("sparse(density=0)", 8, None),
              "one": ("sparse(density=0.6, values=int8)", 1, None),
              "given": ("sparse(density=0.125, values=int8)", 17, 0x3F000000),
              "bits": ("sparse(density=0.000000001)", 6, 0x3E99999A)}
    tables = [table(expression, numbers(4, dim, 6), name,
                    **({} if bits is None else {"parameters": {"sparse.threshold": threshold(bits)}}))
              for name, (expression, dim, bits) in shapes.items()]
    made = [look for name, (_, dim, _) in shapes.items() for look in [gather([3, 0, 1], name),
                                                                      *few_lookups([3, 1, 2, 0], dim, name)[1:]]]
    wide = [[(1 + j / 4 if (j + r) % 97 == 0 else 0.001) for j in range(1041)] for r in range(2)]
    more = case("bitmaps that do not fill bytes, everything kept and nothing, thresholds that are given", tables, made)
    big = case("rows whose first number takes four bytes", [table("sparse(density=0.01)", wide),
                                                            table("sparse(density=0.01, values=int8)", wide, "int8")],
               [pool("sum", [0, 1], [0, 1, 2], [1, 2], name, dims=203)
                for name in ("t", "int8")] + [gather([1], dims=100)])
    composed = case("beside other stages", [
        table("keyed | rotation | sparse(density=0.5)", numbers(5, 6, 3), keys=[3, 1, 4, 15, 92], missing="zero"),
        table("hashed(rows=7, probes=2, combine=concat) | sparse(density=0.7, values=int8)", numbers(7, 5, 3), "hashed",
              10, stored=True)],
        few_lookups([92, 3, 7], 6) + few_lookups([5, -5, 0], 10, "hashed"))
    # A bitmap with a spare bit, values behind a gap, a base beyond the first group's rows, values that are no numbers.
    bitmaps = struct.pack("<HB", 1, 0b11100101) + struct.pack("<HB", 0, 0) + struct.pack("<HB", 3, 0)
    scaled_rows = struct.pack("<HHBHHBHHB", 0, 0x7C00, 0b00011, 1, 0x3C00, 0b10110, 2, 0x8001, 0b00001)
    odd = case("any bits: spare bits, values that no row names or several do, infinite scales", [
        table("sparse(density=0.5)", [[0] * 5] * 3, parameters={
            "sparse.rows": column_of(bitmaps, 3), "sparse.bases": given("u64", 1, struct.pack("<Q", 2)),
            "sparse.values": given("f16", 1, struct.pack("<6H", 1, 2, 3, 0x7E00, 0xFC00, 0x8001)),
            "sparse.threshold": threshold(0xFFFFFFFF)}),
        table("sparse(density=0.5, values=int8)", [[0] * 5] * 3, "int8", parameters={
            "sparse.rows": column_of(scaled_rows, 5), "sparse.bases": given("u64", 1, struct.pack("<Q", 0)),
            "sparse.values": column_of([0, 128, 127, 255]), "sparse.threshold": threshold(0)})],
        [look for name in ("t", "int8") for look in [gather([0, 1, 2], name), gather([0, 1], name, dims=2),
                                                     *pools([0, 1, 2, 1], [0, 2, 4], WEIGHTS[:4], table=name)]],
        unpacked=True)
    return {**cases, "sparse-groups": groups, "sparse-more": more, "sparse-wide": big, "sparse-composed": composed,
            "sparse-odd": odd}


# generated

def generated_cases():
    def rows(count, dim):
        return [[0] * dim] * count

    tables = {"uniform": ("generated(uniform)", 4), "gaussian": ("generated", 4),
              "seed": ("generated(uniform, seed=7)", 3),
              "narrow": ("generated(seed=18446744073709551615)", 1), "wide": ("generated", 100)}
    example = case("the example of codecs/generated.md, seeds, and rows of one number and of many",
                   [table(expression, rows(3, dim), name, stored=True) for name, (expression, dim) in tables.items()],
                   [look for name, (_, dim) in tables.items()
                    for look in [gather([0, 1], name), *few_lookups([2, 0, 1], min(dim, 8), name)[2:]]]
                   + [gather([2, 0], "wide"), gather([0], "uniform", dims=2),
                      *missing_lookups([2, 1], [3, -1], "gaussian")])
    tails = case("many numbers, so that tails of the distribution are met",
                 [table("generated(seed=3)", rows(2, 700), "t", stored=True)],
                 [gather([0, 1])])
    composed = case("rows of any ids, far apart, combined and transformed",
                    [table("hashed(rows=4294967294, probes=2, signs) | generated", [], "hashed", 5, stored=True),
                     table("hashed(rows=3) | rotation | generated(uniform)", rows(3, 6), "rotated", stored=True)],
                    [gather([0, 1, -1], "rotated"), *few_lookups([5, -5, 3], 6, "rotated")])
    composed["tables"] = composed["tables"][1:]
    return {"generated": example, "generated-tails": tails, "generated-composed": composed, **learned_cases()}


# Slope, bias and prime of the example of codecs/generated.md, and others: zeros, ones, what wraps to 0, the largest
LEARNED = [123457, 89, 1000033, 999983, 500001, 1299709, 2**63 + 3, 7, 2**61 - 1, 0x9E3779B97F4A7C15, 1, 0]
ODD = [0, 0, 0, 0, 5, 1, 1, 0, 0, 1, 0, 2, 2**64 - 1, 2**64 - 1, 2**64 - 1, 2**63, 0, 0, 2**64 - 1, 1, 0, 1, 999999, 0]
LAST = 2**32 - 3


def coefficients(*numbers):
    return given("u64", 3, struct.pack("<%dQ" % len(numbers), *numbers))


def learned_cases():
    def some(expression, count, width, name, numbers, place="generated.", more=None, **fields):
        return table(expression, [[0] * width] * count, name, stored=True, **fields,
                     parameters={place + "coefficients": coefficients(*numbers), **(more or {})})

    tables = [some("generated(uniform, buckets=1000)", 43, 4, "example", LEARNED, missing="default", defaultRow=42)]
    for buckets in (2, 3, 2**24 - 1, 2**24):
        tables.append(some("generated(uniform, buckets=%d)" % buckets, 5, 8, "buckets %d" % buckets, ODD))
    tables += [
        some("mlp(hidden=3, dim=4, activation=mish) | generated(uniform, buckets=1000)", 3, 4, "mlp", LEARNED,
             more=network([4, 3, 5], 240), dim=5),
        some("hashed(rows=7, probes=2, combine=concat, signs) | generated(uniform, buckets=9)", 7, 4, "probes", LEARNED, dim=8),
        some("keyed | rotation | generated(uniform, buckets=65537)", 3, 4, "keyed", LEARNED, keys=[7, 2**64 - 1, 0],
             missing="zero"),
        some("tiers(50%: f16, rest: generated(uniform, buckets=77))", 80, 4, "tier", LEARNED, "tiers.1.generated.")]
    ids = {"example": [0, 1, 42], "probes": [5, -5, 2**40], "keyed": [0, 7, 2**64 - 1], "tier": [0, 63, 64, 79]}
    made = []
    for one in tables:
        some_ids = ids.get(one["name"], [2, 0, 1])
        made += [gather(some_ids, one["name"]), *few_lookups(some_ids, one["dim"], one["name"])]
    made += [gather([1], "example", dims=3), *missing_lookups([42, 1], [43, -1], "example", default=True),
             *missing_lookups([7, 0], [8], "keyed")]
    learned = case("the example of codecs/generated.md: hashes with coefficients of their own; coefficients that wrap, are 0 "
                   "or large, few buckets and many, stages outside", tables, made)
    far = case("rows near the last that there can be, of which none is listed", [
        far_table(expression, name, more) for name, expression, more in (
            ("uniform", "generated(uniform)", {}), ("gaussian", "generated(seed=9)", {}),
            ("buckets", "generated(uniform, buckets=1000)",
             {"parameters": {"generated.coefficients": coefficients(*LEARNED)}}))],
        [look for name in ("uniform", "gaussian", "buckets")
         for look in (gather([LAST, 0, 2**31, LAST - 1], name), pool("sum", [LAST, 2**31 - 1], [0, 2], None, name),
                      gather([LAST + 1], name, missing="zero"))], unpacked=True)
    return {"generated-learned": learned, "generated-far": far}


def far_table(expression, name, more):
    made = table(expression, [[0] * 4], name, stored=True, id_count=LAST + 1, **more)
    made["source"].update(rowCount=LAST + 1, values=[])
    return made


# tiers

def tiers_cases():
    example = case("the example of codecs/tiers.md", [table("tiers(40%: f32, rest: int8)", numbers(150, 2, 8))],
                   [gather([0, 63, 64, 149]), *few_lookups([149, 0, 63, 64, 70, 3], 2),
                    *pools([149, 0, 64, 63, 3], [0, 1, 1, 5], WEIGHTS[:5]),
                    *odd_weights([0, 64, 149]), *missing_lookups([149, 0, 64], [150, -1])])
    example["tables"].append(table("tiers(10%: f16, 10%: rotation | int4, 30.5%: prefix(2) | int8(symmetric), rest: int2)", numbers(200, 5, 8), "four",
                                   missing="default", defaultRow=130))
    ids = [0, 63, 64, 127, 128, 191, 192, 199]
    example["lookups"] += [gather(ids, "four"), *few_lookups(ids, 5, "four"),
                           *pools([199, 0, 64, 130, 199, 1], [0, 4, 6], WEIGHTS[:6], table="four"),
                           *missing_lookups(ids, [200], "four", default=True)]

    def ends(*rows):
        return given("u32", 1, struct.pack("<%dI" % len(rows), *rows))

    small = numbers(9, 6, 5)
    odd = case("tiers that end anywhere, have no rows, or are nested; a single one; per cent of traffic; stages outside", [
        table("tiers(20%: f32, 30%: f16, rest: bf16)", small, "plain", parameters={"tiers.ends": ends(2, 2, 9)}),
        table("tiers(1%traffic: tiers(50%: int16, rest: int8), 98%traffic: rotation | int4, 99%: sparse(density=0.4), rest: fp8)", small, "nested",
              parameters={"tiers.ends": ends(4, 6, 8, 9), "tiers.0.tiers.ends": ends(1, 4)}),
        table("tiers(rest: int8)", small, "one", parameters={"tiers.ends": ends(9)}),
        table("hashed(rows=9, probes=3, combine=mean, signs) | rotation | tiers(50%: int8, rest: rotation(seed=1) | f16)", small, "mean", stored=True,
              parameters={"tiers.ends": ends(5, 9)}),
        table("hashed(rows=9, probes=2, combine=concat) | tiers(50%: int8, rest: prefix(4) | f16)", small, "concat", 12,
              stored=True,
              parameters={"tiers.ends": ends(4, 9)}),
        table("keyed | rotation | tiers(2%: f32, rest: generated(uniform))", small, "keyed", keys=list(range(10, 19)),
              missing="zero",
              parameters={"tiers.ends": ends(4, 9)}),
        table("lowrank(2) | tiers(30%: int8, rest: pca | f32)", small, "affine", parameters={
            "tiers.ends": ends(3, 9), **matrices("lowrank.", 2, 6), **matrices("tiers.1.pca.", 2, 2)}),
        table("tiers(30%: lowrank(3) | int8, rest: pca | f16)", small, "affine-inside", parameters={
            "tiers.ends": ends(3, 9), **matrices("tiers.0.lowrank.", 3, 6), **matrices("tiers.1.pca.", 6, 6)})],
        [look for name, ids, dim in (("plain", range(9), 6), ("nested", range(9), 6), ("one", range(9), 6),
                                     ("mean", range(9), 6),
                                     ("concat", range(9), 12), ("keyed", range(10, 19), 6), ("affine", range(9), 6),
                                     ("affine-inside", range(9), 6))
         for look in [gather(list(ids), name), *pools([ids[i] for i in (8, 0, 4, 2, 3, 7)], [0, 2, 2, 6], WEIGHTS[:6],
                                                      table=name)]]
        + missing_lookups([10, 18], [9, 19], "keyed") + [gather([3, 8], "nested", dims=2, output="f16")], unpacked=True)
    zeros = [[0.0, -0.0, 1, -1], [-0.0, 0.0, 1, -1], [0.0, -0.0, -1, 1], [-0.0, 0.0, 2, -2]]
    order = case("a maximum takes the rows of the first tier first: of equal zeros the first stays", [
        table("tiers(50%: f32, rest: f16)", zeros, parameters={"tiers.ends": ends(2, 4)}, missing="zero")],
        [pool("max", bag, [0, len(bag)], None) for bag in ([3, 0], [0, 3], [2, 1], [1, 2], [3, 1, 0], [9, 0], [9, 1],
                                                           [2, 9], [3, 9], [3, 2, 1])],
        unpacked=True)
    return {"tiers": example, "tiers-more": odd, "tiers-max": order}


def matrices(place, rows, width):
    """A matrix and a constant."""
    numbers_of = [x for row in numbers(rows + 1, width, 12) for x in row]
    packed = struct.pack("<%df" % len(numbers_of), *numbers_of)
    return {place + "matrix": given("f32", width, packed[:4 * rows * width]),
            place + "mean": given("f32", width, packed[4 * rows * width:])}


# prefix

def prefix_cases():
    more = [table("prefix(5) | f16", numbers(3, 5, 2), "all"),
            table("prefix(7) | rotation | int8", numbers(3, 12, 2), "rotated"),
            table("rotation | prefix(3) | int4", numbers(3, 8, 2), "inside"),
            table("prefix(6) | prefix(2) | bf16", numbers(3, 9, 2), "twice"),
            table("hashed(rows=4, probes=2, combine=concat) | prefix(6) | f32", numbers(4, 3, 2), "concat", 10,
                  stored=True)]
    return {"prefix": direct_case("the example of transforms/prefix.md", "prefix(2) | f32", INTEGER_EXAMPLE),
            "prefix-more": case("everything kept; transforms on both sides, in which the zeros are mixed or stay", more,
                                [look for name, dim in (("all", 5), ("rotated", 12), ("inside", 8), ("twice", 9),
                                                        ("concat", 10))
                                 for look in [gather([2, 0], name, missing="zero"), *few_lookups([1, 0, 2], dim, name),
                                              pool("sum", [2, 1], [0, 2], [-1, 0], name)]]
                                + [gather([-1, 3], "rotated", missing="zero"),
                                   *pools([-1, -2, 0], [0, 2, 3], [1, -1, 2], table="rotated", missing="zero")])}


# dedup

def dedup_cases():
    example = case("the example of indexers/dedup.md", [table("dedup | f32", DEDUP_EXAMPLE)],
                   [gather(list(range(5))), *few_lookups([4, 0, 1, 2, 3], 2), *missing_lookups([4, 1], [5, -1])])
    base = numbers(4, 3, 11)
    blocks = [base[0], base[1], base[2], base[3], base[0], base[1], base[1], base[0], base[0], base[1], base[2]]
    near = [[x + 0.004 * ((i * 3 + j) % 3 - 1) + (1 if i % 4 == 3 and j == 0 else 0)
             for j, x in enumerate(base[i % 2] + base[2])] for i in range(9)]
    zeros = [[0.0, -0.0, 1], [-0.0, -0.0, 1], [0.0, -0.0, 1], [-0.0, 0.0, 1], [0.0, 0.0, 1]]
    packed = case("blocks of rows, the last shorter; near duplicates; zeros of two signs; behind keys and before transforms", [
        table("dedup(blockRows=2) | int8", blocks, "blocks", missing="zero"),
        table("dedup(blockRows=4) | f16", blocks, "wide"),
        table("dedup(tolerance=0.01, share=0.75) | f32", near, "near"), table("dedup(share=0.5) | f32", zeros, "share"),
        table("dedup | f32", zeros, "zeros"), table("dedup(blockRows=2, tolerance=0.02) | rotation | f16", near[:7],
                                                    "near-blocks"),
        table("keyed | dedup | rotation | int4", blocks, "keyed", keys=list(range(100, 111)))],
        [look for name, ids, dim in (("blocks", range(11), 3), ("wide", range(11), 3), ("near", range(9), 6),
                                     ("share", range(5), 3),
                                     ("zeros", range(5), 3), ("near-blocks", range(7), 6),
                                     ("keyed", range(100, 111), 3))
         for look in [gather(list(ids), name), *few_lookups(list(ids), dim, name)]] + missing_lookups([0, 10], [11, -1],
                                                                                                      "blocks"))
    imported = case("a map that is given: blocks beyond the rows and of no row are missing, and so are the rows that a shorter block has not", [
        table("dedup(blockRows=3) | f32", numbers(4, 2, 5), "t", stored=True, id_count=10,
              parameters={"dedup.blocks": entries(1, 0, NOTHING, 1)}),
        table("hashed(rows=7, probes=2) | dedup(blockRows=2) | int8", numbers(5, 3, 5), "hashed", stored=True,
              id_count=7, missing="hashed",
              parameters={"dedup.blocks": entries(2, 0, 1, 2)}),
        table("remapped | dedup(blockRows=2) | f16", numbers(3, 2, 5), "both", stored=True, id_count=6, missing="zero",
              parameters={"remapped.rows": entries(5, 4, 0, 1, NOTHING, 2), "dedup.blocks": entries(1, 0, 1)}),
        table("dedup(blockRows=2) | remapped | f16", numbers(2, 2, 5), "other", stored=True, id_count=5,
              missing="default", defaultRow=1,
              parameters={"dedup.blocks": entries(1, 0, 0), "remapped.rows": entries(1, NOTHING, 0, 0, 1)})],
        [look for name, count in (("t", 10), ("hashed", 12), ("both", 7), ("other", 6))
         for policy in ("zero", "hashed") for look in [gather(list(range(count)), name, missing=policy),
                                                       pool("mean", list(range(count)), [0, 3, count], None, name,
                                                            missing=policy)]]
        + [gather([0, 1, 2], missing="error", error="MISSING_ID"), gather([3, 4, 5]), gather(list(range(6)), "other"),
           gather([0, 2, 3], "both")])
    return {"dedup": example, "dedup-packed": packed, "dedup-given": imported}


def cases():
    return {**fp8_cases(), **sparse_cases(), **generated_cases(), **tiers_cases(), **prefix_cases(), **dedup_cases()}
