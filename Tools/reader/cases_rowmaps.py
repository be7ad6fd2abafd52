"""The cases of row maps: indexers/remapped.md."""

import struct

from cases import WEIGHTS, case, few_lookups, gather, lookups, missing_lookups, numbers, pool, pools, table

NOTHING = 2**32 - 1


def given(type_, width, data):
    """A column of `parameters`."""
    size = {"u8": 1, "f16": 2, "u32": 4, "f32": 4, "u64": 8}[type_]
    return {"type": type_, "rows": len(data) // (size * width), "width": width, "hex": data.hex()}


def entries(*rows):
    return given("u32", 1, struct.pack("<%dI" % len(rows), *rows))


def remapped(expression, values, rows, name="t", **more):
    """A table of rows as they are stored, and the map."""
    id_count = len(rows) if len(rows) != len(values) else None
    return table(expression, values, name, stored=True, id_count=id_count, parameters={"remapped.rows": entries(*rows)},
                 **more)


def cases():
    example = case("the example of indexers/remapped.md: two indices of one row, and one of none",
                   [remapped("remapped | f32", numbers(3, 4), [2, 0, 2, NOTHING])],
                   lookups([0, 1, 2], 4) + missing_lookups([2, 1], [3, 4, -1, 2**40])
                   + [gather([3], missing="hashed"), gather(["0"], error="WRONG_ID_KIND")])
    order = [3, 6, 1, 0, 5, 2, 4]
    permuted = case("a permutation, and a map to fewer rows than ids: frequent ids' own, and shared ones",
                    [remapped("remapped | rotation | int8", numbers(7, 6), order),
                     remapped("remapped | int4", numbers(4, 5), [0, 1, 2, 3, 2, 3, 3, 2, 3], "shared",
                              missing="default",
                              defaultRow=1)],
                    lookups(list(range(7)), 6) + few_lookups([8, 0, 5, 4, 1], 5, "shared")
                    + missing_lookups([8, 1], [9, -1], "shared", default=True))
    keyed = case("keys whose indices go through a map",
                 [remapped("keyed | remapped | f16", numbers(2, 3), [1, NOTHING, 0, 1], keys=[7, 5, 3, 2**64 - 1],
                           missing="zero"),
                  remapped("keyed(string, seed=3) | remapped | int2", numbers(3, 5), [2, 0, 1], "strings",
                           keys=["a", "", "c"], missing="hashed")],
                 few_lookups([7, 3, -1], 3) + [gather([7, 5, 3, 4, -1]), *pools([5, 7, 4], [0, 1, 3], WEIGHTS[:3])]
                 + few_lookups(["c", "a", ""], 5, "strings") + [gather(["b", "a"], "strings")])
    hashed = case("several probes: an id is missing if one of its rows is, and each probe then reads what stands for it",
                  [remapped("hashed(rows=8, probes=2) | remapped | f32", numbers(3, 4),
                            [2, 1, NOTHING, 0, 1, 2, NOTHING, 0], "sum", missing="default", defaultRow=1),
                   remapped("hashed(rows=8, probes=3, combine=concat, seed=1) | remapped | rotation | int8",
                            numbers(5, 2),
                            [4, 3, 2, NOTHING, 1, 0, 4, 4], "concat", dim=6, missing="hashed")],
                  [gather(list(range(12)), name, **more) for name in ("sum", "concat")
                   for more in ({}, {"missing": "zero"}, {"missing": "hashed"})]
                  + [look for name in ("sum", "concat") for look in pools(list(range(12)), [0, 3, 5, 12],
                                                                         [*WEIGHTS, *WEIGHTS[:5]], table=name)]
                  + [gather(list(range(12)), "sum", missing="error", error="MISSING_ID"),
                     pool("sum", list(range(12)), [0, 12], None, "concat", missing="zero")])
    none = case("no rows, so that every index is missing; and no indices",
                [remapped("remapped | f32", [], [NOTHING] * 3, dim=2),
                 remapped("remapped | f32", numbers(2, 2), [], "none")],
                [gather([0, 2], missing="zero"), gather([0], error="MISSING_ID"),
                 gather([0], missing="hashed", error="MISSING_ID"), gather([0, -1], "none", missing="hashed")])
    return {"remapped": example, "remapped-permuted": permuted, "remapped-keyed": keyed, "remapped-hashed": hashed,
            "remapped-none": none}
