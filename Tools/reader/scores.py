"""Scores of numbers, and of codes, to the last bit (Formats/search.md, and the sections "Scoring" of codecs' pages).

A query that reaches a codec is of length 1 if the metric is `cosine`, unless all its numbers are 0.
"""

import math

import f32

LANES = 16


# Numbers

def fold(s):
    """The sum of 16 lanes."""
    for h in (8, 4, 2, 1):
        s = [f32.add(s[l], s[l + h]) for l in range(h)]
    return s[0]


def padded(x):
    return [*x, *[0.0] * (-len(x) % LANES)]


def dot(x, q):
    s = [0.0] * LANES
    for j, (a, b) in enumerate(zip(padded(x), padded(q))):
        s[j % LANES] = f32.fma(a, b, s[j % LANES])
    return fold(s)


def l2(x, q):
    d = [f32.subtract(a, b) for a, b in zip(x, q)]
    return dot(d, d)


def root(n):
    """The square root, rounded once: that of a binary64 is, and 53 >= 2 * 24 + 2."""
    return f32.rounded(math.sqrt(n)) if n >= 0 else math.nan


def unit(q):
    n = dot(q, q)
    if n == 0:
        return [0.0] * len(q)
    inverse = f32.divide(1.0, root(n))
    return [f32.multiply(a, inverse) for a in q]


def score(x, q, metric):
    """Of a row of numbers. For `cosine` the query is of length 1 already."""
    if metric == "l2":
        return l2(x, q)
    if metric == "dot":
        return dot(x, q)
    n = dot(x, x)
    return f32.divide(dot(x, q), root(n)) if n != 0 else 0.0


# Codes

def int8_score(scale, bias, codes, q, metric):
    """codecs/integer.md"""
    dim, m = len(q), max(abs(a) for a in q)
    most = min(32639, (2**31 - 1) // (128 * dim))
    t = f32.divide(m, most)
    inverse = min(f32.divide(1.0, t), f32.LARGEST) if t != 0 else 0.0
    k = [limited(round(f32.multiply(a, inverse)), most) for a in q]
    u = f32.multiply(t, f32.rounded(sum(k)))
    product = f32.fma(f32.multiply(scale, t), f32.rounded(sum(a * b for a, b in zip(codes, k))), f32.multiply(bias, u))
    if metric == "dot":
        return product
    sums = f32.fma(f32.add(scale, scale), f32.rounded(sum(codes)), f32.multiply(f32.rounded(dim), bias))
    n = f32.fma(f32.multiply(scale, scale), f32.rounded(sum(c * c for c in codes)), f32.multiply(bias, sums))
    if metric == "cosine":
        return 0.0 if n <= 0 else f32.divide(product, root(n))
    return not_below_0(f32.add(f32.subtract(n, f32.add(product, product)), dot(q, q)))


def not_below_0(distance):
    return 0.0 if distance < 0 else distance


def limited(k, most):
    return min(max(k, -most), most)


def coded_query(q):
    """codecs/rbe.md: the query in 8 bits, and its scale."""
    if all(abs(a * 64) <= 127 and (a * 64).is_integer() for a in q):
        return [int(a * 64) for a in q], 2.0**-6 if any(q) else 0.0
    g = f32.divide(max(abs(a) for a in q), 127.0)
    inverse = f32.divide(1.0, g)
    if math.isinf(inverse):
        return [0] * len(q), 0.0
    return [limited(round(f32.multiply(a, inverse)), 127) for a in q], g


def integer_product(codes, bits, l):
    return f32.rounded(sum((2 * k + 1 - 2**bits) * b for k, b in zip(codes, l)))


def rbe_score(scale, codes, bits, q, metric):
    """codecs/rbe.md"""
    l, g = coded_query(q)
    e = f32.multiply(scale, 2.0 ** (1 - bits))
    square = f32.multiply(f32.multiply(e, e), f32.rounded(sum((2 * k + 1 - 2**bits) ** 2 for k in codes)))
    product = f32.multiply(f32.multiply(e, g), integer_product(codes, bits, l))
    if metric == "dot":
        return product
    if metric == "cosine":
        return f32.divide(product, root(square)) if square != 0 else 0.0
    return not_below_0(f32.subtract(f32.add(square, dot(q, q)), f32.multiply(2.0, product)))


def rabitq_score(estimator, norm, codes, bits, q, metric):
    """codecs/rabitq.md"""
    l, g = coded_query(q)
    u = f32.multiply(estimator, 2.0 ** (1 - bits))
    product = f32.multiply(f32.multiply(u, g), integer_product(codes, bits, l))
    if metric == "dot":
        return product
    if metric == "cosine":
        return f32.divide(product, norm) if norm != 0 else 0.0
    return not_below_0(f32.subtract(f32.add(f32.multiply(norm, norm), dot(q, q)), f32.multiply(2.0, product)))


def sign_score(codes, q, metric):
    """codecs/sign.md"""
    apart = sum(code != (a >= 0) for code, a in zip(codes, q))
    if metric == "l2":
        return f32.rounded(4 * apart)
    product = f32.rounded(len(q) - 2 * apart)
    return product if metric == "dot" else f32.divide(product, f32.rounded(len(q)))


def codeword_table(books, term):
    """A number for each codeword of each codebook: codecs/pq.md. `term` has the factors of each of its numbers."""
    table, first = [], 0
    for book in books:
        numbers = []
        for codeword in book:
            sum_ = 0.0
            for t, c in enumerate(codeword):
                a, b = term(first + t, c)
                sum_ = f32.fma(a, b, sum_)
            numbers.append(sum_)
        table.append(numbers)
        first += len(book[0])
    return table


def table_sum(table, codes):
    s = [0.0] * 4
    for m, code in enumerate(codes):
        s[m % 4] = f32.add(s[m % 4], table[m][code])
    return f32.add(f32.add(s[0], s[2]), f32.add(s[1], s[3]))


def table_estimate(table, codes):
    """The tables in bytes."""
    low = [min(numbers) for numbers in table]
    widest = max(f32.subtract(max(numbers), least) for numbers, least in zip(table, low))
    if not all(map(math.isfinite, [widest, *(t for numbers in table for t in numbers)])):
        return math.nan
    step = f32.divide(widest, 255.0)
    inverse = f32.divide(1.0, step)
    if math.isinf(inverse):
        step = inverse = 0.0
    total = sum(min(round(f32.multiply(f32.subtract(numbers[code], least), inverse)), 255)
                for numbers, least, code in zip(table, low, codes))
    base = 0.0
    for least in low:
        base = f32.add(base, least)
    return f32.fma(step, f32.rounded(total), base)


def pq_score(books, codes, fast, q, metric):
    """codecs/pq.md. `fast` says that tables are rounded to bytes."""
    total = table_estimate if fast else table_sum
    if metric == "l2":
        return not_below_0(total(codeword_table(books, lambda j, c: (f32.subtract(q[j], c),) * 2), codes))
    product = total(codeword_table(books, lambda j, c: (q[j], c)), codes)
    if metric == "dot":
        return product
    square = total(codeword_table(books, lambda j, c: (c, c)), codes)
    return 0.0 if square <= 0 else f32.divide(product, root(square))
