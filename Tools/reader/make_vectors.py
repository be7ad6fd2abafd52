"""Write Formats/vectors and Formats/refused: python3 Tools/reader/make_vectors.py [FORMATS_DIR]

A case is what Formats/README.md says of case.json; the table is packed by writer.py and the lookups are answered by the
second reader. The same cases give the same bytes, but for compressed segments, which depend on the library's version.
"""

import json
import shutil
import sys
from pathlib import Path

import cases_affine
import cases_binary
import cases_blocks
import cases_product
import cases_rowmaps
import cases_scores
import cases_search
import cases_sharing
import cases_tiers
import refused_sharing
import refused_stages
import refused_tiers
import writer
from cases import INTEGER_EXAMPLE, WEIGHTS, case, direct_case, few_lookups, gather, lookups, missing_lookups, numbers, \
    odd_weights, pool, pools, table
from embstore_reader import File, answers
from hashing import mix
from make_refused import refused_files

FORMATS = Path(__file__).resolve().parents[2] / "Formats"

FLOAT_EXAMPLE = [[0, 1, -2, 0.1], [1e-8, 65504, float("inf"), -0.5]]


# Cases

def float_cases():
    f32_case = direct_case("the example of codecs/float.md and container.md", "f32", FLOAT_EXAMPLE)
    f32_case["lookups"] += lookups([1, 0], 4) + missing_lookups([0, 1], [-1, 2, 2**40]) + odd_weights([0, 1]) + [
        gather([]),
        pool("sum", [], [0]),
        pool("mean", [], [0, 0, 0]),
        gather([18446744073709551615, 1], missing="zero"),
        gather(["0"], error="WRONG_ID_KIND"),
        pool("sum", ["0"], [0, 1], error="WRONG_ID_KIND"),
        *[pool("sum", [0, 1, 0], offsets, error="BAD_OFFSETS")
          for offsets in ([], [0], [1, 3], [0, 2], [0, 4], [0, 2, 1, 3])],
    ]
    return {
        "float-f32": f32_case,
        "float-f16": direct_case("the example of codecs/float.md", "f16", FLOAT_EXAMPLE),
        "float-bf16": direct_case("the example of codecs/float.md", "bf16", FLOAT_EXAMPLE),
        "edge-floats": edge_floats(),
    }


def edge_floats():
    """NaN, infinities, zeros of both signs, subnormal numbers, ties and the ends of ranges."""
    values = [
        ["7fc00000", "ffc12345", "7f800001", "7f800000", "ff800000", "80000000"],
        ["00000001", "80000001", "007fffff", "00800000", "00000000", "7f7fffff"],
        ["33000000", "33000001", "33c00000", "38800000", "387fffff", "b3000000"],
        ["3f801000", "3f803000", "3f801001", "3f808000", "3f818000", "3f808001"],
        ["477fe000", "c77fefff", "bf800000", "42280000", "80000000", "3eaaaaab"],
    ]
    tables = []
    for name in ("f32", "f16", "bf16"):
        rows = [[x if name != "f16" or x != "7f7fffff" else "7f800000" for x in row] for row in values]
        rows = [[x if name != "bf16" or x != "7f7fffff" else "7f7f0000" for x in row] for row in rows]
        tables.append(table(name, [[0] * 6], name=name))
        tables[-1]["source"]["values"] = rows
    made = []
    ids = list(range(len(values)))
    for name in ("f32", "f16", "bf16"):
        made += [gather(ids, name, output=output) for output in ("f32", "f16", "bf16")[:3 if name == "f32" else 1]]
        made += pools(ids + [4, 3, 4], [0, 2, 5, 6, 7, 8], [1, 1, 2**-126, -1, 65536, 1, -1, 0], table=name)
        made.append(pool("sum", ids, [0, 1, 2, 3, 4, 5], [2**-24] * 5, name, output="f16"))
    return case("numbers at the edges of their types, in stored rows and in outputs", tables, made)


def integer_cases():
    cases = {
        "integer-" + name: direct_case("the example of codecs/integer.md", expression, INTEGER_EXAMPLE)
        for name, expression in (("int16", "int16"), ("int8", "int8"), ("int4", "int4"), ("int2", "int2"),
                                 ("int8-symmetric", "int8(symmetric)"))
    }
    others = {
        "integer-int8-f32": "int8(scale=f32)", "integer-int4-symmetric-f32": "int4(symmetric, scale=f32)",
        "integer-int2-symmetric": "int2(symmetric)",
    }
    for name, expression in others.items():
        cases[name] = direct_case("7 rows of %s" % expression, expression, numbers(7, 6))
    for name in ("integer-int8", "integer-int4"):
        cases[name]["lookups"] += odd_weights([1, 0])
    cases["integer-odd-dims"] = odd_dims()
    cases["integer-edges"] = integer_edges()
    return cases


def odd_dims():
    shapes = {"a": ("int4", 5), "b": ("int2", 7), "c": ("int8", 1), "d": ("int4", 33), "e": ("int2(symmetric)", 1),
              "f": ("int16", 3),
              "g": ("int16(symmetric)", 2)}
    tables = [table(expression, numbers(3, dim, 3), name=name) for name, (expression, dim) in shapes.items()]
    made = []
    for name, (_, dim) in shapes.items():
        made += [gather([2, 0, 1], name), gather([1], name, dims=(dim + 1) // 2),
                 pool("sum", [0, 1, 2, 2], [0, 4], WEIGHTS[:4], name), pool("max", [0, 1, 2, 2], [0, 4], None, name)]
    return case("rows whose codes do not fill bytes, and strides that are not multiples of 4", tables, made)


def integer_edges():
    """Rows whose scale or bias is at an edge."""
    rows = [
        [0, 0, 0, 0], [-0.0, 0.5, -0.0, 1], [1e-10, 1e-4, 2e-4, 3e-4], [-1e-10, 0, 5e-4, 1e-3],
        [60000, 60001, 60002, 60003], [-65504, 0, 1, 65504], [3, 3, 3, 3], [0.1, 0.1, 0.1, 0.1000001],
        [-1, -1, -1, -1.5], [2049, 2050.5, 2051, 2053],
    ]
    expressions = ("int8", "int4", "int8(symmetric)", "int16(scale=f32)", "int2")
    tables = [table(expression, rows, name=expression) for expression in expressions]
    ids = list(range(len(rows)))
    made = []
    for expression in expressions:
        made += [gather(ids, expression), pool("sum", ids, [0, 2, 4, 6, 10], None, expression)]
    return case("biases that are zeros or tiny, scales of 0, subnormal or rounded up, equal numbers", tables, made)


MANY_KEYS = [0, 2**64 - 1, 2**63, 1, *[mix(1000 + i) for i in range(196)]]
STRINGS = ["", "the", "king", "na\u00efve", "user:42", " ", "two words", "\u732b", "\U0001f408 cat", "0123456789abcdef",
           "0123456789abcdefg", "tab\tand\nline", "x" * 129, "long " * 50, "y" * 300, "The"]


def keyed_cases():
    few = case("the keys of indexers/keyed.md", [table("keyed | f32", numbers(3, 4), keys=[10, 20, 30])],
               few_lookups([30, 10, 20], 4) + missing_lookups([30, 10], [0, -10])
               + [gather(["10"], error="WRONG_ID_KIND")])
    many_ids = [MANY_KEYS[i] for i in (3, 0, 5, 199, 77, 150)]
    many = case("several buckets, some of which overflow, with the least and the greatest key",
                [table("keyed | int8", numbers(200, 2), keys=MANY_KEYS)],
                [gather(MANY_KEYS[4:], dims=1), gather([0, 1, -1, -2**63]), gather([2**64 - 1, 2**63, 0]),
                 *few_lookups(many_ids, 2), gather([2**64 - 2, *many_ids], missing="hashed")])
    seeded = case("seeds, with the last bucket overflowing into the first",
                  [table("keyed(seed=15) | f16", numbers(40, 2), keys=MANY_KEYS[:40]),
                   table("keyed(string, seed=18446744073709551615) | int4", numbers(30, 2), "strings",
                         keys=["key-%d" % i for i in range(30)])],
                  [gather(MANY_KEYS[:40]), gather(["key-29", "key-0", "key-10"], "strings"),
                   gather(["key-30"], "strings", error="MISSING_ID")])
    strings = case("keys of every kind of length for XXH3, empty, with spaces, beyond ASCII",
                   [table("keyed(string) | f32", numbers(len(STRINGS), 4), keys=STRINGS)],
                   [gather(STRINGS), gather([STRINGS[6], STRINGS[0], STRINGS[6]], dims=1, output="bf16"),
                    *pools(STRINGS[:6], [0, 0, 2, 6], WEIGHTS[:6]),
                    *missing_lookups(["king", ""], ["kin", "nai\u0308ve"]),
                    gather([1], error="WRONG_ID_KIND")])
    return {"keyed-u64": few, "keyed-u64-many": many, "keyed-seed": seeded, "keyed-string": strings}


def hashed_cases():
    ids = [0, 1, 42, -1, 2**40, -2**63]
    names = ["", "the", "king", "user:42", "z" * 250]

    def hashed(about, expression, rows, dim, width=None, ids=ids, more=()):
        tables = [table(expression, numbers(rows, width or dim, 7), dim=dim, stored=True)]
        return case(about, tables, few_lookups(ids, dim) + [
            gather(ids[:1], missing="error"), gather(ids[:1], missing="default", error="NO_DEFAULT_ROW"), *more])

    others = {"sum": ("hashed(rows=9, probes=2) | f32", 9, 3, 3),
              "third": ("hashed(rows=17, probes=3, combine=mean, seed=99) | int4", 17, 4, 4),
              "narrow": ("hashed(rows=11, probes=4, combine=concat, seed=5) | bf16", 11, 4, 1),
              "single": ("hashed(rows=1, probes=16) | f32", 1, 2, 2)}
    more = case("sums of floats; means of codes, 1/3 being rounded; single numbers side by side; one row for all ids",
                [table(expression, numbers(rows, width, 7), name, dim, stored=True)
                 for name, (expression, rows, dim, width) in others.items()],
                [lookup for name, (_, _, dim, _) in others.items() for lookup in few_lookups(ids, dim, name)])
    return {
        "hashed-one": hashed("one probe", "hashed(rows=20) | f32", 20, 4),
        "hashed-sum": hashed("the sum of three probes", "hashed(rows=31, probes=3, seed=7) | int8", 31, 4,
                             more=odd_weights(ids[:3])),
        "hashed-mean": hashed("the mean of three probes", "hashed(rows=17, probes=3, combine=mean) | f16", 17, 4),
        "hashed-concat": hashed("two probes side by side", "hashed(rows=11, probes=2, combine=concat) | int4", 11, 6,
                                3),
        "hashed-string-ids": hashed("strings as ids", "hashed(rows=23, probes=2) | f32", 23, 4, ids=names),
        "hashed-more": more,
    }


def rotation_cases():
    def rotated(about, expression, values):
        rows, dim = list(range(len(values))), len(values[0])
        made = [gather(rows), *few_lookups(rows, dim)[1:],
                pool("sum", [0, -1, -1], [0, 2, 3], missing="zero"),
                pool("mean", [0, -1, -1], [0, 2, 3], [1, 2, -3], missing="zero"),
                gather([-1, 0], missing="zero")]
        return case(about, [table(expression, values)], made)

    composed = case("hashing, a rotation and codes: all three kinds of stages",
                    [table("hashed(rows=19, probes=2) | rotation | int4", numbers(19, 10), stored=True)],
                    few_lookups([5, -5, 3, 0], 10) + odd_weights([5, -5, 3])[-2:])
    concat = case("two probes side by side, then a rotation over both",
                  [table("hashed(rows=19, probes=2, combine=concat) | rotation | int8", numbers(19, 5), dim=10,
                         stored=True)], few_lookups([5, -5, 3, 0], 10))
    more = case("a single number; halves that overlap in one number; two rotations, the outer one first",
                [table("rotation(seed=3) | f32", [[1.5], [-2]], "one"),
                 table("rotation | f32", numbers(3, 3), "three"),
                 table("rotation | rotation(seed=1) | bf16", numbers(3, 6), "twice")],
                few_lookups([1, 0], 1, "one") + few_lookups([1, 0, 2], 3, "three")
                + few_lookups([1, 0, 2], 6, "twice"))
    return {
        "rotation-dim4": rotated("the example of transforms/rotation.md", "rotation | f32",
                                 [[1, 2, 3, 4], [0, 0, 0, 0], [-1, 0.5, 0, 7]]),
        "rotation-dim50": rotated("a dim that is not a power of two", "rotation | int8", numbers(2, 50)),
        "rotation-seed": rotated("a seed", "rotation(seed=7) | f16", numbers(3, 8)),
        "rotation-more": more,
        "composed": composed,
        "composed-concat": concat,
    }


def table_cases():
    keys = [7, 5, 3, 2**40, 11]
    shared = case(
        "two tables with the same keys share their key columns; features, attributes, a generation and a writer",
        [table("keyed | f32", numbers(5, 2), "left", keys=keys, missing="zero", attributes={"unit": "m", "about": "x"}),
         table("keyed | int8", numbers(5, 4, 2), "right", keys=keys, missing="default", defaultRow=4,
               attributes={"\u00e9": "", "empty": ""})],
        [gather([3, 5, 0], "left"), gather([3, 5, 0], "right"),
         gather([0], "left", missing="error", error="MISSING_ID")],
        features=[{"name": "query", "table": "right", "arguments": ""}, {"name": "document", "table": "right"},
                  {"name": "left", "table": "left"}],
        generation=7, writer="second writer 2")
    default = case("missing ids stand for row 2 (missing strings for row 0) unless a call says otherwise",
                   [table("int8", numbers(6, 4), missing="default", defaultRow=2),
                    table("keyed(string) | rotation | int4", numbers(3, 8), "strings", keys=["a", "b", "c"],
                          missing="default", defaultRow=0)],
                   [gather(["c", "d", "a"], "strings"),
                    *pools(["c", "d", "e"], [0, 1, 3], [1, -2, 0.5], table="strings"),
                    gather([0, 6, 2, -1]), *pools([0, 9, -9], [0, 1, 3], [1, -2, 0.5]),
                    *missing_lookups([5, 1], [-1], default=True)])
    zero = case("missing ids are zeros unless a call says otherwise",
                [table("f16", numbers(4, 3), missing="zero")],
                [gather([9, 1]), *pools([0, 9, 1, 9], [0, 2, 3, 4], [1, 2, -1, -2]),
                 gather([3, 4], missing="error", error="MISSING_ID")])
    hashed = case("missing ids read the row of their hash unless a call says otherwise",
                  [table("keyed | f32", numbers(7, 3), keys=[1, 2, 3, 4, 5, 6, 7], missing="hashed"),
                   table("keyed(string) | f32", numbers(2, 3), "strings", keys=["a", "b"], missing="hashed")],
                  [gather([9, 1, -9]), gather([2**64 - 1, 2**63]), *pools([9, 1, 10], [0, 2, 3], [1, -2, 3]),
                   gather(["c", "a", "dd"], "strings")])
    none = case("no tables: a superblock and a catalog of 16 bytes", [], [])
    no_rows = case("tables of no rows: every id is missing, and no row can stand for it",
                   [{**table("f32", [[0] * 2], "array"), "source": {"stored": False, "values": []}},
                    {**table("keyed(string) | int8", [[0] * 3], "strings"),
                     "source": {"stored": False, "keys": [], "values": []}}],
                   [gather([0, -1], "array", missing="zero"), gather([0], "array", error="MISSING_ID"),
                    gather([0], "array", missing="hashed", error="MISSING_ID"),
                    gather([0], "array", missing="default", error="NO_DEFAULT_ROW"),
                    pool("mean", ["", "x"], [0, 0, 2], None, "strings", missing="zero")])
    return {"two-tables-shared-keys": shared, "default-row": default,
            "missing-zero": zero, "missing-hashed": hashed, "no-tables": none, "no-rows": no_rows}


def block_cases():
    repeated = numbers(5, 8) * 8
    odd = [[round(x * 4) / 4 for x in row] for row in numbers(37, 4)]
    ids = [36, 0, 8, 7, 15, 16, 33]
    return {
        "lz4-rows": case("LZ4 blocks of 8 rows, the last of 5", [table("f32", odd)],
                         [gather(list(range(37))), *few_lookups(ids, 4), gather([37, 3, -1], missing="hashed")],
                         encoding="lz4", blockBytes=128),
        "zstd-rows": case("Zstandard frames of 16 rows, the last of 8", [table("int8", repeated)],
                          [gather(list(range(0, 40, 3))), *few_lookups(ids, 8)], encoding="zstd", blockBytes=192),
        "lz4-one-block": case("a block that is longer than the rows, beside keys that are not compressed",
                              [table("keyed | f16", odd[:5], keys=[1, 2, 3, 4, 5])],
                              [gather([5, 1, 4])], encoding="lz4", blockBytes=4096),
    }


def cases():
    return {**float_cases(), **integer_cases(), **keyed_cases(), **hashed_cases(), **rotation_cases(),
            **table_cases(), **block_cases(), **cases_product.cases(), **cases_affine.cases(),
            **cases_binary.cases(), **cases_rowmaps.cases(), **cases_blocks.cases(), **cases_sharing.cases(),
            **cases_tiers.cases(), **cases_search.cases(), **cases_scores.cases()}


# Writing

def rendered(value, indent=0):
    """JSON with everything on one line that fits."""
    flat = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if len(flat) + indent <= 120 or not isinstance(value, (dict, list)):
        return flat
    inside = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [inside + json.dumps(key) + ":" + rendered(item, indent + 1) for key, item in value.items()]
    else:
        lines = [inside + rendered(item, indent + 1) for item in value]
    return "%s\n%s\n%s%s" % ("{" if isinstance(value, dict) else "[", ",\n".join(lines), " " * indent,
                             "}" if isinstance(value, dict) else "]")


def write_case(directory, described):
    """table.emb and case.json. A lookup that is to fail says with which error; the others get their answers."""
    data = writer.draft(described).bytes()
    file = File(data)
    file.verify_deep()
    for _, wanted, found in answers(file, described):
        assert found.get("error") == wanted.get("error"), (directory, wanted, found)
        wanted.update(found)
    directory.mkdir(parents=True)
    (directory / "table.emb").write_bytes(data)
    (directory / "case.json").write_text(rendered(described) + "\n", encoding="utf-8")


def main(formats):
    for folder in ("vectors", "refused"):
        shutil.rmtree(formats / folder, ignore_errors=True)
    for name, described in cases().items():
        write_case(formats / "vectors" / name, described)
    (formats / "refused").mkdir(parents=True)
    for name, data in {**refused_files(), **refused_stages.refused_files(), **refused_sharing.files(),
                       **refused_tiers.files()}.items():
        (formats / "refused" / (name + ".emb")).write_bytes(data)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not Path(sys.argv[1]).is_dir():
        sys.exit("usage: make_vectors.py [FORMATS_DIR], a folder that exists")
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FORMATS)
