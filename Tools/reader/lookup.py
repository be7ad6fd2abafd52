"""Lookups: what gather and pool return, to the last bit (Formats/lookup.md)."""

import functools
import math

import f32
from hashing import hash_key, key_of, reduce, salt
from indexers import Found


class LookupFailed(Exception):
    """A lookup that is not answered; `code` says why."""

    def __init__(self, code, message):
        super().__init__("%s: %s" % (code, message))
        self.code = code


def need(condition, code, message):
    if not condition:
        raise LookupFailed(code, message)


# Missing ids: an id becomes its rows, as Found, or None for a zero row.

def rows_of(table, ids, policy):
    """The rows of each id under a policy; the table's own if None is given. Checks the call first."""
    policy = policy or table.policy
    for id_ in ids:
        need(isinstance(id_, table.indexer.id_kinds), "WRONG_ID_KIND", "%r in table %r" % (id_, table.name))
    need(policy != "default" or table.default_row is not None, "NO_DEFAULT_ROW", "table %r" % table.name)
    found = []
    for position, id_ in enumerate(ids):
        rows = table.find(id_)
        if rows is None:
            need(policy != "error" and (policy != "hashed" or table.row_count > 0),
                 "MISSING_ID", "%r at %d" % (id_, position))
            rows = substitute(table, id_, policy)
        found.append(rows)
    return found


def substitute(table, id_, policy):
    """The rows that stand for a missing id: the same for each of its probes."""
    if policy == "zero":
        return None
    row = table.default_row if policy == "default" else reduce(hash_key(key_of(id_), salt(0, 0)), table.row_count)
    weighted = table.indexer.weighted
    return Found([row] * table.indexer.probes, [1.0] * table.indexer.probes if weighted else None)


# One id

def weighted_sum(table, entries):
    """Combined rows, pooled: `entries` are pairs of an id's weight, or None, and its rows, or None for a zero row."""
    indexer, codec = table.indexer, table.codec
    concat = indexer.combine == "concat"
    sums = [codec.empty_sum() for _ in range(indexer.probes if concat else 1)]
    for weight, found in entries:
        of_probes = weights_of_probes(indexer, found) if found else []
        for probe, (of_probe, row) in enumerate(zip(of_probes, found.rows if found else [])):
            w = of_probe if weight is None else f32.multiply(weight, of_probe)
            codec.add(sums[probe if concat else 0], w, table.row(row))
    return [x for acc in sums for x in codec.total(acc)]


def weights_of_probes(indexer, found):
    """1, or what the indexer says; of `mean` times 1/k."""
    weights = found.weights or [1.0] * len(found.rows)
    if indexer.combine != "mean":
        return weights
    part = f32.divide(1.0, indexer.probes)
    return [f32.multiply(weight, part) for weight in weights]


def embedding(table, found):
    """E(id), of the rows of an id."""
    if found is None:
        return [0.0] * table.dim
    y = combined(table, found)
    if found.flipped:
        y = [-a if flip else a for a, flip in zip(y, found.flipped)]
    return table.composition.transformed(y, 1.0)


def combined(table, found):
    """The combined row of an id."""
    decoded = [table.codec.decode(table.row(row)) for row in found.rows]
    if len(decoded) == 1 and found.weights is None:
        return decoded[0]
    if table.indexer.combine in ("sum", "mean"):
        return weighted_sum(table, [(None, found)])
    if table.indexer.combine == "contract":
        return table.indexer.contracted(decoded)
    if found.weights is not None:
        decoded = [[f32.multiply(weight, a) for a in x] for weight, x in zip(found.weights, decoded)]
    if table.indexer.combine == "concat":
        return [a for x in decoded for a in x]
    return functools.reduce(lambda y, x: [f32.multiply(a, b) for a, b in zip(y, x)], decoded)


# gather

def gather(table, ids, dims=None, missing=None):
    dims = checked_dims(table, dims)
    return [kept(table, embedding(table, found))[:dims] for found in rows_of(table, ids, missing)]


def checked_dims(table, dims):
    dims = table.dim if dims is None else dims
    need(1 <= dims <= table.dim, "BAD_DIMS", "%d of %d" % (dims, table.dim))
    return dims


# pool

def pool(table, ids, offsets, weights=None, mode="sum", dims=None, missing=None):
    ascending = all(a <= b for a, b in zip(offsets, offsets[1:]))
    need(offsets and offsets[0] == 0 and offsets[-1] == len(ids) and ascending, "BAD_OFFSETS", str(offsets))
    need(weights is None or len(weights) == len(ids), "BAD_WEIGHTS", "another number than of ids")
    dims = checked_dims(table, dims)
    bag = {"sum": sum_of_bag, "mean": mean_of_bag, "max": max_of_bag}[mode]
    entries = list(zip(weights or [None] * len(ids), rows_of(table, ids, missing)))
    bags = [entries[first:end] for first, end in zip(offsets, offsets[1:])]
    return [kept(table, bag(table, bag_) if bag_ else [0.0] * table.dim)[:dims] for bag_ in bags]


def kept(table, x):
    """A feature may keep only the first numbers (container.md, "Feature entry")."""
    return x if table.kept is None else x[:table.kept] + [0.0] * (table.dim - table.kept)


def sum_of_bag(table, entries, divisor=None):
    """The sum of a bag, or, with a divisor, its mean."""
    if from_embeddings(table):
        return quotient(sum_of_embeddings(table, entries), divisor)
    y = quotient(weighted_sum(table, entries), divisor)
    count = total_weight([entry for entry in entries if entry[1] is not None])
    return table.composition.transformed(y, *quotient([count], divisor))


def from_embeddings(table):
    """Whether bags are pooled from finished embeddings."""
    indexer = table.indexer
    return (indexer.combine in ("multiply", "contract") or indexer.flips
            or not table.composition.pools)


def mean_of_bag(table, entries):
    return sum_of_bag(table, entries, total_weight(entries))


def total_weight(entries):
    """How many entries there are, or, with weights, the sum of these."""
    if not entries or entries[0][0] is None:
        return f32.rounded(len(entries))
    return functools.reduce(f32.add, [weight for weight, _ in entries], 0.0)


def quotient(x, divisor):
    if divisor is None:
        return x
    return [f32.divide(a, divisor) if divisor != 0 else 0.0 for a in x]


def sum_of_embeddings(table, entries):
    """The sum of finished embeddings, where transforms are neither linear nor affine."""
    out = [0.0] * table.dim
    for weight, rows in entries:
        if rows is not None:
            out = [f32.fma(1.0 if weight is None else weight, x, a) for x, a in zip(embedding(table, rows), out)]
    return out


def max_of_bag(table, entries):
    acc = None
    for weight, rows in entries:
        v = embedding(table, rows)
        if weight is not None and rows is not None:
            v = [f32.multiply(weight, x) for x in v]
        acc = v if acc is None else [b if b > a or math.isnan(b) else a for a, b in zip(acc, v)]
    return acc
