"""The cases of codecs with blocks: codecs/integer.md with `block`, codecs/fp8.md."""

from cases import case, direct_case, few_lookups, gather, lookups, numbers, odd_weights, pool, table

BLOCK_EXAMPLE = [[j / 8 - 1 for j in range(16)] + [100, 110, 120, 130], [0.25] * 16 + [0, 0, -1, 1]]


def integer_cases():
    """An example of each kind, then each width of codes and of blocks, and rows of shorter blocks."""
    cases = {
        "integer-int8-block": direct_case("the example of codecs/integer.md: blocks of 16, and a shorter one",
                                          "int8(block=16)", BLOCK_EXAMPLE),
        "integer-int4-block-symmetric": direct_case("the example of codecs/integer.md: blocks without biases",
                                                    "int4(symmetric, block=16)", BLOCK_EXAMPLE),
    }
    cases["integer-int8-block"]["lookups"] += lookups([1, 0], 20) + odd_weights([1, 0])
    shapes = {"a": ("int16(block=16)", 33), "b": ("int8(scale=f32, block=32)", 40), "c": ("int4(block=64)", 65),
              "d": ("int2(symmetric, scale=f32, block=16)", 31), "e": ("int2(block=128)", 130),
              "f": ("int4(block=32)", 7), "g": ("int8(symmetric, block=64)", 64),
              "h": ("int16(symmetric, block=128)", 129)}
    tables = [table(expression, scaled(3, dim, 16), name) for name, (expression, dim) in shapes.items()]
    made = []
    for name, (_, dim) in shapes.items():
        made += [gather([2], name), gather([1], name, dims=dim * 2 // 3),
                 pool("sum", [0, 1, 2], [0, 3], [1, -0.3, 2], name),
                 pool("max", [1, 0], [0, 2], None, name, dims=dim // 3)]
    composed = case("blocks of rows that are combined and transformed, in LZ4 blocks",
                    [table("hashed(rows=5, probes=2) | rotation | int4(block=16)", scaled(5, 24, 8), stored=True)],
                    few_lookups([5, -5, 3, 0], 24), encoding="lz4", blockBytes=40)
    edges = case("blocks of zeros beside others, a scale that is rounded up, and numbers far below those of the row's other blocks",
                 [table("int8(block=16)", EDGES), table("int4(symmetric, block=16)", EDGES, "symmetric")],
                 [gather([0, 1, 2]), gather([0, 1, 2], "symmetric"), pool("sum", [0, 1, 2, 0], [0, 2, 4]),
                  pool("sum", [0, 1, 2, 0], [0, 2, 4], None, "symmetric")])
    return {**cases, "integer-block-shapes": case("every width of codes, every size of blocks", tables, made),
            "integer-block-composed": composed, "integer-block-edges": edges}


EDGES = [[0] * 16 + [1e-7 * j for j in range(16)] + [60000, -60000],
         [-0.0] * 15 + [3] + [0.1] * 15 + [0.1000001] + [1e-3, 2049],
         [2049 + j / 4 for j in range(16)] + [-1] * 16 + [0, -0.0]]


def scaled(rows, dim, block):
    """Numbers whose blocks differ in size."""
    return [[x * 4.0 ** ((j // block) % 5 - 2) for j, x in enumerate(row)] for row in numbers(rows, dim, 9)]


def cases():
    return integer_cases()
