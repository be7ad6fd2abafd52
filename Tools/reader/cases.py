"""The parts of a case.json (Formats/README.md, "Test vectors")."""

import struct

import f32
from hashing import mix


INTEGER_EXAMPLE = [[0, 1, -2, 0.1], [0.5, 0.5, 0.5, 0.5]]


# Numbers

def word(x):
    return "%08x" % f32.bits(f32.rounded(x))


def words(rows):
    return [[word(x) for x in row] for row in rows]


def numbers(rows, dim, seed=1):
    """Rows of numbers between -1 and 1 that look random, each with 24 bits."""
    def number(i):
        return (mix(seed << 32 | i) >> 40) / 2**23 - 1

    return [[number(r * dim + j) for j in range(dim)] for r in range(rows)]


# Parts of a case

def case(about, tables, lookups, **more):
    return {"about": about, **more, "tables": tables, "lookups": lookups}


def parameter(type_, width, numbers):
    """A column that the writer is given."""
    data = struct.pack("<%d%s" % (len(numbers), {"u8": "B", "f16": "e", "f32": "f"}[type_]), *numbers)
    return parameter_bytes(type_, width, data)


def parameter_bytes(type_, width, data):
    row_bytes = width * {"u8": 1, "f16": 2, "f32": 4}[type_]
    return {"type": type_, "rows": len(data) // row_bytes, "width": width, "hex": data.hex()}


def table(expression, values, name="t", dim=None, keys=None, stored=False, id_count=None, **more):
    given = {name: value for name, value in (("idCount", id_count), ("keys", keys)) if value is not None}
    source = {"stored": stored, **given, "values": words(values)}
    return {"name": name, "expression": expression, "dim": dim or len(values[0]), **more, "source": source}


def gather(ids, table="t", **more):
    return {"table": table, "op": "gather", "ids": ids, **more}


def pool(mode, ids, offsets, weights=None, table="t", **more):
    given = {} if weights is None else {"weights": [word(weight) for weight in weights]}
    return {"table": table, "op": "pool", "mode": mode, "ids": ids, "offsets": offsets, **given, **more}


def pools(ids, offsets, weights, **more):
    """Every mode, without weights and with them."""
    return [pool(mode, ids, offsets, given, **more) for mode in ("sum", "mean", "max") for given in (None, weights)]


WEIGHTS = [0.5, -1.25, 3, 0.1, 0, -0.75, 1e-3]


def few_lookups(ids, dim, table="t"):
    """Ids that are there, out of order and repeated; a prefix; every mode and output; an empty bag."""
    some = [ids[i * 5 % len(ids)] for i in range(5)]
    first = max(1, dim // 2)
    return [
        gather([ids[-1], ids[0], ids[0]], table),
        gather(some[:2], table, dims=first, output="bf16"),
        pool("sum", some, [0, 2, 2, 5], WEIGHTS[:5], table),
        pool("mean", some, [0, 5], None, table, output="f16"),
        pool("max", some, [0, 1, 5], WEIGHTS[:5], table, dims=first),
    ]


def lookups(ids, dim, table="t"):
    """More of the same: every mode with and without weights."""
    some = [ids[i * 5 % len(ids)] for i in range(5)]
    return few_lookups(ids, dim, table) + pools(some, [0, 1, 1, 5], WEIGHTS[:5], table=table)


def missing_lookups(ids, absent, table="t", default=False):
    """Lookups of ids some of which are not there, under every policy."""
    mixed = [ids[0], absent[0], ids[-1], *absent]
    weights = WEIGHTS[:len(mixed)]
    made = [gather(mixed, table, missing="zero"),
            *pools(mixed, [0, 2, len(mixed)], weights, table=table, missing="zero"),
            pool("max", [absent[0], ids[0]], [0, 1, 2], [-2, float("nan")], table, missing="zero")]
    for policy in ["hashed"] + (["default"] if default else []):
        made += [gather(mixed, table, missing=policy),
                 pool("mean", mixed, [0, 2, len(mixed)], weights, table, missing=policy)]
    if not default:
        made.append(gather(ids[:1], table, missing="default", error="NO_DEFAULT_ROW"))
    return made + [gather(mixed, table, missing="error", error="MISSING_ID"),
                   pool("sum", mixed, [0, len(mixed)], None, table, missing="error", error="MISSING_ID")]


def odd_weights(ids, table="t"):
    """Weights that are NaN, infinite, sum to zero, or are all zero; and long bags."""
    nan, inf = float("nan"), float("inf")
    long = [ids[i * 7 % len(ids)] for i in range(75)]
    made = [pool(mode, ids[:2] * 4, [0, 2, 4, 6, 8], [nan, 1, inf, 1, 1, -1, 0, 0], table)
            for mode in ("sum", "mean", "max")]
    return made + [pool("mean", long, [0, 75], None, table),
                   pool("sum", long, [0, 75], [(i % 9 - 4) / 8 for i in range(75)], table)]


def direct_case(about, expression, values):
    """A case of one table without an indexer."""
    rows = list(range(len(values)))
    made = few_lookups(rows, len(values[0])) + [gather([0, -1, len(values), 2**40], missing="zero"),
                                                pool("sum", [-1, 0, 0], [0, 1, 3], missing="hashed")]
    return case(about, [table(expression, values)], made)
