"""Cases of affine.md and of the transforms with a stored matrix."""

import math

from cases import WEIGHTS, case, few_lookups, gather, lookups, missing_lookups, numbers, odd_weights, parameter, pool, \
    pools, table
from cases_product import codebooks


# Parameters

def orthonormal(rank, dim, seed):
    """Lines of length 1 at right angles, up to rounding."""
    lines = []
    for line in numbers(dim, dim, seed)[:rank]:
        for other in lines:
            along = sum(a * b for a, b in zip(line, other))
            line = [a - along * b for a, b in zip(line, other)]
        length = math.sqrt(sum(a * a for a in line))
        lines.append([a / length for a in line])
    return [x for line in lines for x in line]


def axes(stage, rank, dim, seed):
    """The parameters of an orthonormal map."""
    return {stage + ".matrix": parameter("f32", dim, orthonormal(rank, dim, seed)),
            stage + ".mean": parameter("f32", dim, [x / 2 for x in numbers(1, dim, seed + 1)[0]])}


def affine_lookups(ids, dim, name):
    """Bags with and without weights and zero rows, whose constants are counted."""
    mixed = [ids[0], -7, ids[1], -7, -8, ids[0], ids[2], -9]
    weights = [0.5, -1.25, 3, 0.1, 0, -0.75, 1e-3, 2]
    offsets = [0, 2, 3, 5, 5, 7, 8]
    cancelling = [pool("mean", ids[:2] + [-7], [0, 3], [1, -1, 0], name, missing="zero"),
                  pool("mean", ids[:2] + [-7], [0, 3], [1, 1, -2], name, missing="zero"),
                  pool("mean", ids[:2] + [-7], [0, 3], [0.7, -0.2, 3], name, missing="zero")]
    return [*lookups(ids, dim, name), *pools(mixed, offsets, weights, table=name, missing="zero"), *cancelling,
            *odd_weights(ids, name)]


# Cases

def orthonormal_cases():
    ids = [0, 1, 2, 3]

    def one(about, expression, dim, given, more=()):
        return case(about, [table(expression, numbers(4, dim, 51), parameters=given)],
                    [gather(ids), *affine_lookups(ids, dim, "t"), *missing_lookups([0, 3], [-1, 4]), *more])

    return {
        "pca": one("principal axes and codes of a byte", "pca | int8", 5, axes("pca", 5, 5, 52)),
        "opq": one("a learned rotation and a product quantizer", "opq | pq(3x4)", 7,
                   {**axes("opq", 7, 7, 53), "pq.codebooks": codebooks(16, 7, 54)}),
        "lowrank": one("3 coefficients of 8 numbers", "lowrank(3) | int8(scale=f32)", 8, axes("lowrank", 3, 8, 55)),
        "lowrank-more": lowrank_more(),
        "affine": example(),
        "affine-composed": composed(),
        "affine-edges": edges(),
    }


def example():
    """The table of affine.md, as `lowrank`, whose matrix may be anything."""
    given = {"lowrank.matrix": parameter("f32", 3, [0.6, 0.8, 0, 0, 0, 1]),
             "lowrank.mean": parameter("f32", 3, [1, 2, 3])}
    made = table("lowrank(2) | f32", [[5, -2], [0, 0]], dim=3, stored=True, parameters=given)
    return case("the example of affine.md", [made],
                [gather([0, 1, 0]), gather([0], dims=1), pool("sum", [0, 1, 1], [0, 3]),
                 pool("sum", [0, 0], [0, 2], [2, -1]), pool("mean", [0, 1, -1], [0, 2, 3], None, missing="zero")])


def lowrank_more():
    """As many coefficients as numbers, and more; one; of one number."""
    shapes = {"one": (1, 6), "square": (4, 4), "single": (1, 1), "more": (5, 3)}
    tables = []
    for name, (rank, dim) in shapes.items():
        given = {"lowrank.matrix": parameter("f32", dim, [x for row in numbers(rank, dim, 56) for x in row]),
                 "lowrank.mean": parameter("f32", dim, numbers(1, dim, 57)[0])}
        values = numbers(3, rank, 58) if rank > dim else numbers(3, dim, 58)
        tables.append(table("lowrank(%d) | f32" % rank, values, name, dim, stored=rank > dim, parameters=given))
    made = [look for name, (_, dim) in shapes.items() for look in few_lookups([0, 1, 2], dim, name)]
    return case("one coefficient, as many as numbers, and more, which only rows that are given have", tables, made)


def composed():
    """Several transforms, probes, keys; default rows."""
    tables = [
        table("pca | lowrank(3) | int4", numbers(4, 6, 60), "both",
              parameters={**axes("pca", 6, 6, 61), **axes("lowrank", 3, 6, 62)}),
        table("opq | rotation | f16", numbers(4, 5, 63), "rotated", parameters=axes("opq", 5, 5, 64)),
        table("rotation(seed=2) | lowrank(4) | rotation | int8", numbers(4, 7, 65), "between",
              parameters=axes("lowrank", 4, 7, 66)),
        table("hashed(rows=11, probes=3) | pca | f32", numbers(11, 4, 67), "sum", stored=True,
              parameters=axes("pca", 4, 4, 68)),
        table("hashed(rows=11, probes=2, combine=mean) | pca | int8", numbers(11, 4, 67), "mean", stored=True,
              parameters=axes("pca", 4, 4, 68)),
        table("hashed(rows=11, probes=2, combine=concat) | lowrank(6) | rq(2x4)", numbers(11, 3, 69), "concat", 9,
              stored=True, parameters={**axes("lowrank", 6, 9, 70), "rq.codebooks": codebooks_of_three()}),
        table("keyed | lowrank(2) | bf16", numbers(3, 4, 71), "keyed", keys=[5, 6, 7], missing="default", defaultRow=1,
              parameters=axes("lowrank", 2, 4, 72)),
    ]
    made = []
    for made_table in tables[:3]:
        made += affine_lookups([0, 1, 2, 3], made_table["dim"], made_table["name"])
    for made_table in tables[3:6]:
        made += [*lookups([5, -1, 2**40], made_table["dim"], made_table["name"]),
                 *odd_weights([5, -1, 2**40], made_table["name"])]
    made += [*affine_lookups([5, 7, 6], 4, "keyed"), *missing_lookups([5, 7], [1, -2], "keyed", default=True)]
    return case("affine maps inside affine maps, beside rotations, over several probes; each counts ids, not probes",
                tables, made)


def codebooks_of_three():
    return parameter("f32", 3, [x for row in numbers(32, 3, 73) for x in row])


def edges():
    """Constants and matrices that are not finite, zeros of both signs, sums that overflow."""
    inf, nan = math.inf, math.nan
    tables = []
    for name, matrix, mean in (
            ("zeros", [0.0, -0.0, 1, -1, -0.0, 0.0, -1, 1], [-0.0, -0.0, 0.0, -0.0]),
            ("infinite", [inf, 1, 0, -inf, 1, 0, nan, 1], [1, inf, -inf, 0]),
            ("large", [3e38, 3e38, 1e-40, 2**-126, 3e38, -3e38, 1e-30, 2**-126], [3e38, 1, 1e-45, nan])):
        given = {"lowrank.matrix": parameter("f32", 4, matrix), "lowrank.mean": parameter("f32", 4, mean)}
        tables.append(table("lowrank(2) | f32", [[0.0, -0.0], [1, 2], [-1e-10, 1], [-0.0, 0.0], [inf, 1]], name, 4,
                            stored=True, parameters=given))
    ids = [0, 1, 2, 3, 4]
    made = []
    for name in ("zeros", "infinite", "large"):
        made += [gather(ids, name),
                 *pools([0, -1, 1, -1, 3, 2, 4, 3], [0, 1, 2, 3, 5, 5, 6, 8], [1, 2, 0, 5, -1, 2**-24, 0, inf],
                        table=name, missing="zero")]
    made += [pool("mean", [1, 0], [0, 2], [inf, -inf], "zeros"), pool("sum", [0, 3], [0, 2], WEIGHTS[:2], "large")]
    return case("zeros of both signs, and numbers that are not finite, in matrix and constant; bags of zero rows",
                tables, made)


def cases():
    return orthonormal_cases()
