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
        terms += [] if term is None else [term]
    return q, terms


def score_of(table, found, q, metric):
    """The score of an id, of its rows, or None for a zero row."""
    if not all(map(math.isfinite, q)):
        return math.nan
    q = query_for(q, metric)
    back = pulled(table, q, metric)
    if found is None or len(found.rows) > 1 or found.weights is not None or back is None:
        return scores.score(lookup.embedding(table, found), q, metric)
    total = table.codec.score(table.row(found.rows[0]), back[0], metric)
    for term in back[1]:
        total = scores.f32.add(total, term)
    return total


def score(table, queries, ids, metric, missing=None):
    found = lookup.rows_of(table, ids, missing)
    return [[score_of(table, rows, q, metric) for rows in found] for q in queries]


def nearest(table, queries, k, metric, rerank=None):
    """Triples of row, id and score, best first. `rerank` is a second table, and how many rows of the first it scores."""
    ids = ids_of_rows(table)
    return [best_of(table, ids, q, k, metric, rerank) for q in queries]


def best_of(table, ids, q, k, metric, rerank):
    scored = [(row, score_of(table, Found([row]), q, metric)) for row in range(table.row_count)]
    best = ranked(scored, k if rerank is None else rerank[1], metric)
    if rerank is not None:
        second = [(row, rerank[0].find(ids[row])) for row, _ in best]
        best = ranked([(row, score_of(rerank[0], found, q, metric)) for row, found in second if found is not None], k,
                      metric)
    absent = (NOTHING, None, math.inf if metric == "l2" else -math.inf)
    return [(row, ids[row], score_) for row, score_ in best] + [absent] * (k - len(best))


def ranked(scored, count, metric):
    """The best of pairs of row and score; of equal scores the lower row. NaN is none of them."""
    sign = 1 if metric == "l2" else -1
    numbers = [pair for pair in scored if not math.isnan(pair[1])]
    return sorted(numbers, key=lambda pair: (sign * pair[1], pair[0]))[:count]


def ids_of_rows(table):
    """The id of each stored row: the lowest that reads it."""
    lookup.need(isinstance(table.indexer, (Direct, Keyed)), "NOT_SEARCHABLE", "table %r" % table.name)
    ids = {}
    for index in range(table.id_count):
        id_ = table.indexer.key(index) if isinstance(table.indexer, Keyed) else index
        found = table.find(id_)
        if found is not None:
            row, = found.rows
            ids[row] = min(ids.get(row, id_), id_)
    return ids
