"""Files that must be refused: fp8.md, sparse.md, generated.md and tiers.md in codecs, prefix.md, dedup.md."""

import struct

from cases import numbers, table
from cases_rowmaps import entries, given
from make_refused import with_segment
from refused_sharing import file, respelled, spelled
from refused_stages import in_lz4


def of_fp8():
    fp8 = table("fp8", numbers(2, 40))
    return {
        **respelled("BAD_EXPRESSION", "fp8", fp8, {
            "type": "fp8(e3m4)", "default-type": "fp8(e4m3)", "block": "fp8(block=8)", "block-default": "fp8(block=32)",
            "block-256": "fp8(block=256)", "scale": "fp8(scale=f32)", "order": "fp8(block=16, e5m2)",
            "both": "fp8(e4m3, e5m2)"}),
        "WRONG_COLUMN-fp8-block": spelled(fp8, "fp8(block=16)"),
        "WRONG_COLUMN-fp8-scale": spelled(fp8, "fp8(scale=f16)"),
        "WRONG_COLUMN-fp8-type": with_segment(0, file(table("fp8(block=16)", numbers(2, 2, 1))), element_type=9,
                                              width=1, stored=bytes(4)),
        "MISSING_COLUMN-fp8": spelled(fp8, "fp8", columns=[("fp8.row", 0)]),
    }


def sparse_file(rows, bases, values):
    """Rows of 5 numbers, with these columns."""
    draft = file(table("sparse(density=0.5)", numbers(len(rows) // 3, 5)))
    for number, stored in enumerate((rows, struct.pack("<%dQ" % len(bases), *bases),
                                     struct.pack("<%dH" % len(values), *values))):
        draft.segments[number].stored = stored
    draft.segments[2].row_count = len(values)
    return draft.bytes()


def of_sparse():
    described = table("sparse(density=0.5)", numbers(3, 5))
    fine = struct.pack("<HBHBHB", 0, 0b11, 2, 0b100, 3, 0)
    draft = file(described)
    draft.segments[1].row_count, draft.segments[1].stored = 2, bytes(16)
    bases = draft.bytes()
    draft = file(described)
    draft.segments[3].element_type = 3
    return {
        **respelled("BAD_EXPRESSION", "sparse", described, {
            "required": "sparse", "beyond": "sparse(density=1.5)", "zeros": "sparse(density=0.50)",
            "leading": "sparse(density=00.5)",
            "point": "sparse(density=1.)", "bare-point": "sparse(density=.5)", "digits": "sparse(density=0.0000000001)",
            "per-cent": "sparse(density=50%)", "exponent": "sparse(density=5e-1)", "minus": "sparse(density=-0)",
            "values": "sparse(density=0.5, values=f32)",
            "default": "sparse(density=0.5, values=f16)", "order": "sparse(values=int8, density=0.5)"}),
        "BAD_PAYLOAD-sparse-end": sparse_file(fine, [0], [0x3C00, 0x3C00]),
        "BAD_PAYLOAD-sparse-base": sparse_file(fine, [1], [0x3C00] * 3),
        "BAD_PAYLOAD-sparse-wraps": sparse_file(struct.pack("<HBHBHB", 1, 0b11, 1, 0, 1, 0), [2**64 - 1], [0x3C00] * 3),
        "BAD_PAYLOAD-sparse-first": sparse_file(struct.pack("<HBHBHB", 0, 0b11, 65535, 0b10000, 3, 0), [0],
                                                [0x3C00] * 3),
        "MISSING_COLUMN-sparse-bases": spelled(described, "sparse(density=0.5)",
                                               columns=[("sparse.rows", 0), ("sparse.base", 1), ("sparse.values", 2),
                                                        ("sparse.threshold", 3)]),
        "MISSING_COLUMN-sparse-threshold": spelled(described, "sparse(density=0.5)",
                                                   columns=[("sparse.rows", 0), ("sparse.bases", 1),
                                                            ("sparse.values", 2), ("sparse.t", 3)]),
        "WRONG_COLUMN-sparse-values": spelled(described, "sparse(density=0.5, values=int8)"),
        "WRONG_COLUMN-sparse-bases": bases,
        "WRONG_COLUMN-sparse-threshold": draft.bytes(),
    }


def of_generated():
    described = table("generated", [[0] * 3] * 2, stored=True)
    return {
        **respelled("BAD_EXPRESSION", "generated", described, {
            "kind": "generated(normal)", "default": "generated(gaussian)", "seed-0": "generated(seed=0)",
            "dim": "generated(dim=3)"}),
        "WRONG_COLUMN-generated-rows": with_rows(),
        **of_learned(),
    }


def of_learned():
    """codecs/generated.md with `buckets`."""
    learned = "generated(uniform, buckets=5)"
    described = table(learned, [[0] * 2] * 2, stored=True, parameters={
        "generated.coefficients": given("u64", 3, bytes(48))})
    return {
        **respelled("BAD_EXPRESSION", "generated-buckets", described, {
            "0": "generated(uniform, buckets=0)", "1": "generated(uniform, buckets=1)",
            "wide": "generated(uniform, buckets=16777217)", "suffix": "generated(uniform, buckets=5k)",
            "hexadecimal": "generated(uniform, buckets=0x5)", "zeros": "generated(uniform, buckets=05)",
            "default": "generated(buckets=5)", "gaussian": "generated(gaussian, buckets=5)",
            "seed": "generated(uniform, seed=1, buckets=5)", "seed-0": "generated(uniform, seed=0, buckets=5)",
            "order": "generated(buckets=5, uniform)", "twice": "generated(uniform, buckets=5, buckets=5)",
            "none": "generated(uniform, buckets=none)"}),
        "MISSING_COLUMN-generated": spelled(described, learned, columns=[("generated.coefficient", 0)]),
        "WRONG_COLUMN-generated-left": spelled(described, "generated(uniform)"),
        "WRONG_COLUMN-generated-type": with_segment(0, file(described), element_type=11, width=6),
        "WRONG_COLUMN-generated-width": with_segment(0, file(described), row_count=6, width=1),
        "WRONG_COLUMN-generated-numbers": with_segment(0, file(described), row_count=1, stored=bytes(24)),
        "WRONG_COLUMN-generated-more": with_segment(0, file(described), row_count=3, stored=bytes(72)),
        "WRONG_COLUMN-generated-encoding": in_lz4(file(described), 0),
    }


def with_rows():
    """A column for rows that are computed."""
    draft = file(table("f32", numbers(2, 3)))
    draft.tables[0].expression, draft.tables[0].stages = "generated", [("direct", 1), ("generated", 1)]
    draft.tables[0].columns = [("generated.rows", 0)]
    return draft.bytes()


def of_tiers():
    described = table("tiers(50%: f32, rest: int8)", numbers(100, 2))
    listed = [("direct", 1), ("tiers", 1), ("f32", 1), ("int8", 1)]
    texts = {
        "required": "tiers", "no-rest": "tiers(50%: f32, 40%: int8)", "rest-first": "tiers(rest: f32, 50%: int8)",
        "rest-twice": "tiers(rest: f32, rest: int8)",
        "zero": "tiers(0%: f32, rest: int8)", "hundred": "tiers(100%: f32, rest: int8)",
        "number": "tiers(50: f32, rest: int8)",
        "spelling": "tiers(50.0%: f32, rest: int8)", "leading": "tiers(050%: f32, rest: int8)",
        "words": "tiers(50%rows: f32, rest: int8)",
        "spaces": "tiers(50%:f32, rest:int8)", "argument": "tiers(50%: f32, rest: int8, seed=1)",
        "word": "tiers(rest, 50%: f32, rest: int8)",
        "indexer": "tiers(50%: f32, rest: direct | int8)", "no-codec": "tiers(50%: f32, rest: rotation)",
        "two-codecs": "tiers(50%: f32, rest: f32 | int8)",
    }
    nested = {"indexer": ["direct", "int8"], "no-codec": ["rotation"], "two-codecs": ["f32", "int8"]}
    made = {}
    for name, text in texts.items():
        stages = [("direct", 1), ("tiers", 1)] if name == "required" else listed
        if name in nested:
            stages = listed[:3] + [(stage, 1) for stage in nested[name]]
        made["BAD_EXPRESSION-tiers-" + name] = spelled(described, text, stages=stages)
    more = {"sum": ("tiers(50%: f32, 50%: f16, rest: int8)", ["f32", "f16", "int8"]),
            "traffic-sum": ("tiers(60%traffic: f32, 40%traffic: f16, rest: int8)", ["f32", "f16", "int8"]),
            "seventeen": ("tiers(%srest: int8)" % ("1%: f32, " * 16), ["f32"] * 16 + ["int8"]),
            "row-map": ("tiers(50%: remapped | f32, rest: int8)", ["remapped", "f32", "int8"]),
            "width": ("tiers(50%: prefix(3) | f32, rest: int8)", ["prefix", "f32", "int8"]),
            "pq": ("tiers(50%: pq(3x8), rest: int8)", ["pq", "int8"]),
            "inner": ("tiers(50%: f32(), rest: int8)", ["f32", "int8"]),
            "twice": ("tiers(50%: pca | pca | f32, rest: int8)", ["pca", "pca", "f32", "int8"])}
    for name, (text, stages) in more.items():
        made["BAD_EXPRESSION-tiers-" + name] = spelled(described, text,
                                                       stages=listed[:2] + [(stage, 1) for stage in stages])
    columns = [("tiers.ends", 0), ("tiers.0.f32.rows", 1), ("tiers.1.int8.rows", 2)]
    assert file(described).tables[0].columns == columns
    rows = file(described)
    rows.segments[1].row_count, rows.segments[1].stored = 63, rows.segments[1].stored[:-8]
    ends = file(described)
    ends.segments[0].row_count, ends.segments[0].stored = 3, struct.pack("<3I", 64, 100, 100)
    plain = "tiers(50%: f32, rest: int8)"
    return {
        **made,
        "BAD_EXPRESSION-tiers-stage-list": spelled(described, plain, stages=listed[:2]),
        "BAD_EXPRESSION-tiers-stage-order": spelled(described, plain,
                                                    stages=[listed[0], listed[2], listed[3], listed[1]]),
        "UNKNOWN_STAGE-tiers-inside": spelled(described, "tiers(50%: f33, rest: int8)",
                                              stages=[*listed[:2], ("f33", 1), listed[3]]),
        "UNKNOWN_REVISION-tiers-inside": spelled(described, plain, stages=[*listed[:3], ("int8", 2)]),
        "MISSING_COLUMN-tiers-ends": spelled(described, plain, columns=[("tiers.end", 0), *columns[1:]]),
        "MISSING_COLUMN-tiers-inside": spelled(described, plain, columns=[*columns[:2], ("int8.rows", 2)]),
        "WRONG_COLUMN-tiers-ends": ends.bytes(),
        "WRONG_COLUMN-tiers-inside": rows.bytes(),
        "WRONG_COLUMN-tiers-not-asked": spelled(described, plain, columns=[*columns, ("tiers.2.int8.rows", 2)]),
        "BAD_PAYLOAD-tiers-last": with_segment(0, file(described), stored=struct.pack("<2I", 64, 99)),
        "BAD_PAYLOAD-tiers-beyond": with_segment(0, file(described), stored=struct.pack("<2I", 64, 2**32 - 1)),
        "BAD_PAYLOAD-tiers-descend": with_segment(0, file(described), stored=struct.pack("<2I", 101, 100)),
    }


def of_prefix():
    described = table("prefix(2) | f32", numbers(2, 4))
    return respelled("BAD_EXPRESSION", "prefix", described, {
        "required": "prefix | f32", "zero": "prefix(0) | f32", "above": "prefix(5) | f32",
        "beyond": "prefix(65537) | f32",
        "suffix": "prefix(1k) | f32", "label": "prefix(dims=2) | f32", "twice": "prefix(2, 3) | f32",
        "leading": "prefix(02) | f32"})


def of_dedup():
    described = table("dedup(blockRows=2) | f32", numbers(4, 2), stored=True, id_count=6,
                      parameters={"dedup.blocks": entries(1, 0, 1)})
    draft = file(described)
    draft.segments[1].element_type = 11
    above = table("dedup | f32", numbers(4, 2), stored=True, id_count=3, parameters={"dedup.blocks": entries(1, 0, 1)})

    def with_blocks(*blocks):
        return with_segment(1, file(described), stored=struct.pack("<3I", *blocks))

    return {
        **respelled("BAD_EXPRESSION", "dedup", described, {
            "blockRows-0": "dedup(blockRows=0) | f32", "blockRows": "dedup(blockRows=65537) | f32",
            "default": "dedup(blockRows=1) | f32",
            "tolerance": "dedup(blockRows=2, tolerance=1000001) | f32",
            "tolerance-0": "dedup(blockRows=2, tolerance=0) | f32",
            "share": "dedup(blockRows=2, share=0) | f32", "share-1": "dedup(blockRows=2, share=1) | f32",
            "share-above": "dedup(blockRows=2, share=1.1) | f32",
            "order": "dedup(tolerance=1, blockRows=2) | f32", "digits": "dedup(blockRows=2, tolerance=0.010) | f32"}),
        "BAD_EXPRESSION-dedup-rows": file(above).bytes(),
        "WRONG_COLUMN-dedup-blocks": spelled(described, "dedup(blockRows=3) | f32"),
        "WRONG_COLUMN-dedup-ids": spelled(described, described["expression"], id_count=7),
        "WRONG_COLUMN-dedup-type": draft.bytes(),
        "MISSING_COLUMN-dedup": spelled(described, described["expression"],
                                        columns=[("f32.rows", 0), ("dedup.block", 1)]),
        "BAD_PAYLOAD-dedup": with_blocks(1, 0, 2),
        "BAD_PAYLOAD-dedup-almost": with_blocks(1, 2**32 - 2, 0),
        "BAD_PAYLOAD-dedup-wraps": with_blocks(2**31, 0, 1),
    }


def files():
    return {**of_fp8(), **of_sparse(), **of_generated(), **of_tiers(), **of_prefix(), **of_dedup()}
