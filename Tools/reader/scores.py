"""Products of numbers, to the last bit (Formats/search.md, "Scores of numbers")."""

import f32

LANES = 16


def fold(s):
    """The sum of 16 lanes."""
    s = list(s)
    for h in (8, 4, 2, 1):
        s = [f32.add(s[l], s[l + h]) for l in range(h)]
    return s[0]


def dot(x, q):
    s = [0.0] * LANES
    for j, (a, b) in enumerate(zip(x, q)):
        s[j % LANES] = f32.fma(a, b, s[j % LANES])
    return fold(s)
