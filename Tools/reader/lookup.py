"""Lookups: what gather and pool return, to the last bit (Formats/lookup.md)."""

import functools
import math

import f32
from hashing import hash_key, key_of, reduce, salt


class LookupFailed(Exception):
    """A lookup that is not answered; `code` says why."""

    def __init__(self, code, message):
        super().__init__("%s: %s" % (code, message))
        self.code = code


def need(condition, code, message):
    if not condition:
        raise LookupFailed(code, message)


# Missing ids: an id becomes the list of its rows, or None for a zero row.

def rows_of(table, ids, policy):
    """The rows of each id under a policy; the table's own if None is given. Checks the call first."""
    policy = policy or table.policy
    for id_ in ids:
        need(isinstance(id_, table.indexer.id_kinds), "WRONG_ID_KIND", "%r in table %r" % (id_, table.name))
    need(policy != "default" or table.default_row is not None, "NO_DEFAULT_ROW", "table %r" % table.name)
    found = []
    for position, id_ in enumerate(ids):
        rows = table.indexer.find(table, id_)
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
    return [row] * table.indexer.probes


# One id

def transformed(table, y, count):
    """`count` is the count of constants (affine.md)."""
    for transform in reversed(table.transforms):
        y = transform.apply(y, count)
    return y


def weighted_sum(table, entries):
    """Combined rows, pooled: `entries` are pairs of an id's weight, or None, and its rows, or None for a zero row."""
    indexer, codec = table.indexer, table.codec
    concat = indexer.combine == "concat"
    sums = [codec.empty_sum() for _ in range(indexer.probes if concat else 1)]
    of_probe = f32.divide(1.0, indexer.probes) if indexer.combine == "mean" else 1.0
    for weight, rows in entries:
        weight = of_probe if weight is None else f32.multiply(weight, of_probe)
        for probe, row in enumerate(rows or []):
            codec.add(sums[probe if concat else 0], weight, table.row(row))
    return [x for acc in sums for x in codec.total(acc)]


def embedding(table, rows):
    """E(id), of the rows of an id."""
    if rows is None:
        return [0.0] * table.dim
    if len(rows) == 1:
        y = table.codec.decode(table.row(rows[0]))
    elif table.indexer.combine == "concat":
        y = [x for row in rows for x in table.codec.decode(table.row(row))]
    else:
        y = weighted_sum(table, [(None, rows)])
    return transformed(table, y, 1.0)


# gather

def gather(table, ids, dims=None, missing=None):
    dims = checked_dims(table, dims)
    return [embedding(table, rows)[:dims] for rows in rows_of(table, ids, missing)]


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
    return [(bag(table, bag_) if bag_ else [0.0] * table.dim)[:dims] for bag_ in bags]


def sum_of_bag(table, entries, divisor=None):
    """The sum of a bag, or, with a divisor, its mean."""
    if not all(transform.pools for transform in table.transforms):
        return quotient(sum_of_embeddings(table, entries), divisor)
    y = quotient(weighted_sum(table, entries), divisor)
    count = total_weight([entry for entry in entries if entry[1] is not None])
    return transformed(table, y, *quotient([count], divisor))


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
