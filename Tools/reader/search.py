"""What score and nearest return (Formats/search.md)."""

import math

import lookup
import scores
from container import NOTHING
from indexers import Direct, Found, Keyed


def query_for(q, metric):
    return scores.unit(q) if metric == "cosine" else q


def pulled(table, q, metric):
    """The query that stored rows are scored with, and the terms to add; None if a transform does not pull it back."""
    terms = []
    for transform in table.transforms:
        back = transform.pull(q, metric)
        if back is None:
            return None
        q, term = back
        terms += [] if term is None or term == 0 else [term]
    return q, terms


def score_of(table, found, q, metric):
    """The score of an id, of its rows, or None for a zero row."""
    if not all(map(math.isfinite, q)):
        return math.nan
    q = query_for(q, metric)
    back = pulled(table, q, metric)
    alone = found is not None and len(found.rows) == 1 and found.weights is None and not found.flipped
    if not alone or back is None:
        return scores.score(lookup.embedding(table, found), q, metric)
    total = table.codec.score(table.row(found.rows[0]), back[0], metric)
    for term in back[1]:
        total = scores.f32.add(total, term)
    return total


def score(table, queries, ids, metric, missing=None):
    found = lookup.rows_of(table, ids, missing)
    return [[score_of(table, rows, q, metric) for rows in found] for q in queries]


def nearest(table, queries, k, metric, rerank=None):
    """Triples of row index, id and score, best first. `rerank` is a second table, and how many rows it scores again."""
    read_by = rows_read(table)
    return [best_of(table, read_by, q, k, metric, rerank) for q in queries]


def best_of(table, read_by, q, k, metric, rerank):
    scored = [(row, score_of(table, Found([row]), q, metric)) for row in sorted(read_by)]
    best = [(read_by[row], score_) for row, score_ in ranked(scored, k if rerank is None else rerank[1], metric)]
    if rerank is not None:
        second = [(index, rerank[0].find(id_of(table, index))) for index, _ in best]
        best = ranked([(index, score_of(rerank[0], found, q, metric)) for index, found in second if found is not None],
                      k, metric)
    absent = (NOTHING, None, math.inf if metric == "l2" else -math.inf)
    return [(index, id_of(table, index), score_) for index, score_ in best] + [absent] * (k - len(best))


def ranked(scored, count, metric):
    """The best of pairs of row and score; of equal scores the lower row. NaN is none of them."""
    sign = 1 if metric == "l2" else -1
    numbers = [pair for pair in scored if not math.isnan(pair[1])]
    return sorted(numbers, key=lambda pair: (sign * pair[1], pair[0]))[:count]


def rows_read(table):
    """The stored rows that a row index reads, each with the lowest that does."""
    lookup.need(isinstance(table.indexer, (Direct, Keyed)), "NOT_SEARCHABLE", "table %r" % table.name)
    read_by = {}
    for index in range(table.id_count):
        found = table.find(id_of(table, index))
        if found is not None:
            read_by.setdefault(found.rows[0], index)
    return read_by


def id_of(table, index):
    return table.indexer.key(index) if isinstance(table.indexer, Keyed) else index
