"""Cases of codecs/pq.md and codecs/rq.md."""

import math
import struct

from cases import WEIGHTS, case, few_lookups, gather, lookups, missing_lookups, numbers, odd_weights, parameter, \
    parameter_bytes, pool, pools, table

EXAMPLE_CODEBOOKS = [x for k in range(16) for x in (k, -k)] + [x for k in range(16) for x in (k / 2, 8 - k)]
EXAMPLE_ROWS = [[3.1, -2.9, 2.1, 3.9], [15.25, -15, 0.1, 8]]


# Parameters

def codebooks(count, dim, seed, type_="f32", size=1.0):
    """Numbers of one column for so many codewords of dim numbers in all."""
    flat = [x * size for row in numbers(count, dim, seed) for x in row]
    return parameter(type_, 1, flat)


def residual_codebooks(books, bits, dim, seed, type_="f32"):
    """Codebooks of which each is half as large as the one before."""
    flat = [x * 0.5**m for m in range(books) for row in numbers(1 << bits, dim, seed + m) for x in row]
    return parameter(type_, dim, flat)


# Cases

def product(about, expression, values, given, **more):
    """A case of one `direct` table of rows of codewords."""
    rows = list(range(len(values)))
    made = lookups(rows, len(values[0])) + [gather([0, -1, len(values)], missing="zero"),
                                            pool("sum", [-1, 0, 0], [0, 1, 3], missing="hashed")]
    return case(about, [table(expression, values, parameters=given)], made, **more)


def pq_cases():
    example = {"pq.codebooks": parameter("f16", 1, EXAMPLE_CODEBOOKS)}
    wide = {"pq.codebooks": codebooks(256, 7, 11)}
    odd = {"pq.codebooks": codebooks(16, 8, 12)}
    scan = {"pq.codebooks": codebooks(16, 5, 13, "f16")}
    return {
        "pq-4-bit": product("the example of codecs/pq.md", "pq(2x4, codebooks=f16)", EXAMPLE_ROWS, example),
        "pq-fastscan": product("the example of codecs/pq.md", "pq(2x4, codebooks=f16, layout=fastscan)", EXAMPLE_ROWS,
                               example),
        "pq-cold": product("the example of codecs/pq.md", "pq(2x4, codebooks=f16, coldBits=3, hot=1)", EXAMPLE_ROWS,
                           example),
        "pq-8-bit": product("three sub-vectors of 3, 2 and 2 numbers", "pq(3x8)", numbers(9, 7, 2), wide),
        "pq-odd": product("an odd number of codes of 4 bits, for sub-vectors of 3, 3 and 2 numbers", "pq(3x4)",
                          numbers(6, 8, 3), odd),
        "pq-fastscan-blocks": scans(scan),
        "pq-cold-more": cold(),
        "pq-shapes": shapes(),
        "pq-edges": edges(),
        "pq-given-rows": given_rows(),
        "pq-composed": composed(),
        "pq-lz4": product("compressed blocks of codes, hot and cold", "pq(3x4, coldBits=2, hot=20)", numbers(40, 8, 4),
                          odd, encoding="lz4", blockBytes=16),
        "pq-zstd": case("a compressed column of which a row is a block of codes",
                        [table("pq(3x4, codebooks=f16, layout=fastscan)", numbers(70, 5, 5), parameters=scan)],
                        [gather(list(range(0, 70, 7)))], encoding="zstd", blockBytes=96),
    }


def scans(given):
    """Several blocks, the last of them short; and a full one."""
    expression = "pq(3x4, codebooks=f16, layout=fastscan)"
    sizes = {"tail": 70, "full": 32, "one": 33, "none": 0}
    tables = [table(expression, numbers(70, 5, 5), name, parameters=given) for name in sizes]
    for made, rows in zip(tables, sizes.values()):
        made["source"]["values"] = made["source"]["values"][:rows]
    ids = [0, 15, 16, 31]
    made = [look for name, rows in sizes.items() if rows for look in few_lookups([*ids, rows - 1], 5, name)]
    return case("three blocks, the last of 6 rows; one; one and a row; none", tables,
                [gather(list(range(70)), "tail"), *made, gather([0, 1], "none", missing="zero"),
                 pool("sum", [69, 0, 70, 33], [0, 4], WEIGHTS[:4], "tail", missing="zero")])


def cold():
    expressions = {"pq(2x8, coldBits=6, hot=25%)": 256, "pq(3x8, coldBits=5)": 256, "pq(2x8, coldBits=7, hot=9)": 256,
                   "pq(3x4, coldBits=1, hot=0)": 16, "pq(3x4, coldBits=3, hot=100%)": 16,
                   "pq(3x4, coldBits=3, hot=0%)": 16, "pq(1x4, coldBits=2, hot=4294967294)": 16,
                   "pq(3x4, codebooks=f16, coldBits=3)": 16}
    given = {256: codebooks(256, 3, 14), 16: codebooks(16, 3, 15)}
    tables = [table(expression, numbers(11, 3, 6), expression, parameters={"pq.codebooks": given[size]})
              for expression, size in expressions.items()]
    none = table("pq(3x4, coldBits=3)", [[0] * 3], "none", parameters={"pq.codebooks": given[16]})
    none["source"]["values"] = []
    made = [look for expression in expressions for look in
            (gather(list(range(11)), expression), *few_lookups([0, 1, 2, 3, 10], 3, expression))]
    about = "how many rows are hot: some, a tenth rounded up, none, all; cold codes that cross bytes; no rows at all"
    return case(about, [*tables, none], [*made, gather([0], "none", missing="zero")])


def shapes():
    tables = {"one": ("pq(1x4)", 3), "all": ("pq(5x4)", 5), "single": ("pq(1x4, layout=fastscan)", 1),
              "rounded": ("pq(2x4, codebooks=f16)", 3)}
    made = [table(expression, numbers(4, dim, 7), name, parameters={"pq.codebooks": codebooks(16, dim, 16)})
            for name, (expression, dim) in tables.items()]
    return case("one sub-vector; one for each number; a single number; codewords given as f32 and rounded to f16",
                made, [look for name, (_, dim) in tables.items() for look in few_lookups([0, 1, 2, 3], dim, name)])


def edges():
    """Codewords that are not finite, zeros of both signs, subnormal numbers; several equally near."""
    inf, nan = math.inf, math.nan
    first = [0.0, -0.0, 1e-40, -1e-45, inf, -inf, nan, 3.4e38, -3.4e38, 1, 1, -1, 0.5, 2**-126, 65504, 6e-8]
    second = [2, 2, 1, 1, 0, 0, -1, -1, 3, 3, 4, 4, -2, -2, -3, -3]
    words = [int.from_bytes(struct.pack("<f", x), "little") for x in first]
    words[6] = 0xFF812345
    data = struct.pack("<16I", *words) + struct.pack("<16f", *second)
    rows, finite = parameter("u8", 1, [17 * k for k in range(16)]), [x if math.isfinite(x) else 7 for x in first]
    small = [min(max(x, -65504), 65504) if math.isfinite(x) else x for x in first]
    tables = [
        table("pq(2x4)", [[0] * 2] * 16, "given", parameters={
            "pq.codebooks": parameter_bytes("f32", 1, data), "pq.rows": rows}),
        table("pq(2x4, codebooks=f16)", [[0] * 2] * 16, "halves", parameters={
            "pq.codebooks": parameter("f16", 1, small + second), "pq.rows": rows}),
        table("pq(2x4)", [[0, 0], [1, 3.5], [-1, -2.5], [1e30, 0.5], [3e38, -3e38], [-0.0, 1.5], [0.25, 2]], "nearest",
              parameters={"pq.codebooks": parameter("f32", 1, finite + second)}),
        table("pq(2x4)", [[0, 0], [1, 3.5]], "not finite", parameters={
            "pq.codebooks": parameter_bytes("f32", 1, data)}),
    ]
    made = []
    for name in ("given", "halves"):
        made += [gather(list(range(16)), name), *pools(list(range(16)), list(range(17)), [-1.5] * 16, table=name),
                 pool("sum", [4, 5, 1, 1, 6, 0, 2, 3], [0, 2, 4, 6, 8], None, name)]
    return case("codewords of every kind of number; the first of equally near ones, and the first if none is near",
                tables, made + [gather(list(range(7)), "nearest"), gather([0, 1], "not finite")])


def given_rows():
    """Spare bits, and codes beyond the last row, are not zero: rows are written as they are given."""
    one, cold_one, scan = codebooks(16, 4, 17), codebooks(16, 3, 18), codebooks(16, 2, 19)
    tables = [
        table("pq(3x4)", [[0] * 4] * 3, "spare",
              parameters={"pq.codebooks": one, "pq.rows": parameter("u8", 2, [0x21, 0xF3, 0x54, 0xA6, 0x87, 0x09])}),
        table("pq(3x4, coldBits=3, hot=1)", [[0] * 3] * 2, "cold",
              parameters={"pq.codebooks": cold_one, "pq.rows": parameter("u8", 2, [0xFE, 0xED]),
                          "pq.cold": parameter("u8", 2, [0b11010101, 0xFF])}),
        table("pq(2x4, layout=fastscan)", [[0] * 2] * 17, "scan",
              parameters={"pq.codebooks": scan,
                          "pq.rows": parameter("u8", 32, [(i * 37 + 11) % 256 for i in range(32)])}),
    ]
    return case("rows that are given: spare bits and codes beyond the last row are ignored", tables,
                [gather([2, 1, 0], "spare"), gather([0, 1], "cold"), gather(list(range(17)), "scan"),
                 *few_lookups([0, 1], 3, "cold"), *few_lookups([0, 1, 16], 2, "scan")])


def composed():
    six, three = {"pq.codebooks": codebooks(16, 6, 20)}, {"pq.codebooks": codebooks(16, 3, 21)}
    tables = [
        table("keyed | rotation | pq(2x4)", numbers(5, 6, 8), "keyed", keys=[9, 8, 7, 6, 5], missing="default",
              defaultRow=1, parameters=six),
        table("hashed(rows=13, probes=3, combine=mean) | pq(2x4)", numbers(13, 6, 9), "mean", stored=True,
              parameters=six),
        table("hashed(rows=12, probes=2, combine=concat) | rotation | pq(2x4, layout=fastscan)", numbers(12, 3, 9),
              "concat", dim=6, stored=True, parameters=three),
    ]
    made = [*lookups([9, 7, 5], 6, "keyed"), *missing_lookups([9, 5], [1, 2], "keyed", default=True),
            *lookups([1, -1, 42], 6, "mean"), *lookups([1, -1, 42], 6, "concat"), *odd_weights([9, 7, 5], "keyed")]
    return case("keys, rotations and several probes before codewords; two tables share their codebooks", tables, made)


def rq_cases():
    example = {"rq.codebooks": parameter("f32", 1, [16 * k for k in range(16)] + [k - 0.5 for k in range(16)])}
    wide = {"rq.codebooks": residual_codebooks(2, 8, 3, 30, "f16")}
    return {
        "rq-4-bit": product("the example of codecs/rq.md", "rq(2x4)", [[100.25], [7.5]], example),
        "rq-8-bit": product("two codes of 8 bits, codewords of f16, a wide beam", "rq(2x8, codebooks=f16, beam=16)",
                            numbers(7, 3, 31), wide),
        "rq-more": rq_more(),
        "rq-edges": rq_edges(),
    }


def rq_more():
    tables = {"odd": ("rq(3x4)", 5, 3), "greedy": ("rq(3x4, beam=1)", 5, 3), "widest": ("rq(4x4, beam=32)", 4, 4),
              "one": ("rq(1x4, beam=2)", 2, 1), "rounded": ("rq(2x4, codebooks=f16)", 3, 2)}
    made = [table(expression, numbers(6, dim, 32), name,
                  parameters={"rq.codebooks": residual_codebooks(books, 4, dim, 40)})
            for name, (expression, dim, books) in tables.items()]
    made.append(table("hashed(rows=9, probes=2) | rotation | rq(3x4)", numbers(9, 5, 33), "composed", stored=True,
                      parameters={"rq.codebooks": residual_codebooks(3, 4, 5, 40)}))
    ids = list(range(6))
    wanted = [look for name, (_, dim, _) in tables.items()
              for look in (gather(ids, name), *few_lookups(ids, dim, name))]
    return case("odd numbers of codes; beams of 1, 2, 32; one codebook; codewords given as f32 and rounded; hashing",
                made, wanted + lookups([3, -3, 5], 5, "composed") + odd_weights([0, 1, 2], "odd"))


def rq_edges():
    """Sums that round, cancel, overflow, keep a sign of zero or are no numbers; spare bits."""
    inf, nan = math.inf, math.nan
    first = [[1, 1], [-0.0, 0.0], [inf, -inf], [nan, 2**24], [3.4e38, -3.4e38], [1e-40, -1e-45], [2**24, 1], [-1, -1]]
    more = [[2**-24, 2**-23], [-0.0, -0.0], [-inf, -inf], [1, 1], [3.4e38, 3.4e38], [-1e-40, 1e-45], [1, 2**-30],
            [1, 1]]
    flat = [x for book in (first, more, more) for row in book + [[0.5, 0.25]] * 8 for x in row]
    rows = [byte for k in range(8) for byte in (17 * k, 0xF1 if k % 2 else 0x20 | (k + 3) % 8)]
    given = {"rq.codebooks": parameter("f32", 2, flat), "rq.rows": parameter("u8", 2, rows)}
    equal = {"rq.codebooks": parameter("f32", 2, [x for k in range(32) for x in (k % 4, -(k % 3))])}
    tables = [table("rq(3x4)", [[0] * 2] * 8, "given", parameters=given),
              table("rq(2x4, beam=3)", [[1, -1], [3.5, -2.5], [0, 0], [3e38, 1]], "equal", parameters=equal)]
    return case("sums of edge numbers, rows that are given with spare bits; candidates that are equally good", tables,
                [gather(list(range(8)), "given"), *pools(list(range(8)), list(range(9)), [-0.75] * 8, table="given"),
                 gather([0, 1, 2, 3], "equal")])


def cases():
    return {**pq_cases(), **rq_cases()}
