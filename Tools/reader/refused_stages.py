"""Files of Formats/refused that stages with parameters refuse, as make_refused.py makes the others."""

from make_refused import ROWS, changed, plain, with_segment, with_stages, with_table
from writer import compressed, joined_blocks


# Changes

def with_given(expression, number=None, **fields):
    """A draft of a table with parameters of zeros; or, with fields of a segment changed, a file."""
    draft = plain(expression, parameters=zero_parameters(expression))
    return draft if number is None else with_segment(number, draft, **fields)


def zero_parameters(expression, dim=4):
    """Columns of zeros for the one stage of an expression that has parameters."""
    shapes = {"pq(2x4)": {"pq.codebooks": ("f32", 16 * dim, 1)},
              "pq(2x4, codebooks=f16)": {"pq.codebooks": ("f16", 16 * dim, 1)},
              "pq(2x4, layout=fastscan)": {"pq.codebooks": ("f32", 16 * dim, 1)},
              "pq(2x4, coldBits=2, hot=1)": {"pq.codebooks": ("f32", 16 * dim, 1)},
              "rq(2x4)": {"rq.codebooks": ("f32", 32, dim)},
              "pca | f32": {"pca.matrix": ("f32", dim, dim), "pca.mean": ("f32", 1, dim)},
              "opq | f32": {"opq.matrix": ("f32", dim, dim), "opq.mean": ("f32", 1, dim)},
              "lowrank(2) | f32": {"lowrank.matrix": ("f32", 2, dim), "lowrank.mean": ("f32", 1, dim)},
              "linear | f32": {"linear.matrix": ("f32", dim, dim), "linear.constant": ("f32", 1, dim)},
              "center | f32": {"center.constant": ("f32", 1, dim)},
              "mlp(hidden=3) | f32": {"mlp.weights0": ("f32", dim, 3), "mlp.bias0": ("f32", 1, 3),
                                      "mlp.weights1": ("f32", 3, dim), "mlp.bias1": ("f32", 1, dim)}}
    size = {"f32": 4, "f16": 2}
    return {name: {"type": type_, "rows": count, "width": width, "hex": bytes(count * width * size[type_]).hex()}
            for name, (type_, count, width) in shapes[expression].items()}


def without_column(draft, name):
    """The column under another name, which nobody asks for."""
    columns = draft.tables[0].columns
    assert name in dict(columns)
    return with_table(draft, columns=[(column + "2" * (column == name), segment) for column, segment in columns])


def in_lz4(draft, number):
    """A segment in one LZ4 block."""
    segment = draft.segments[number]
    raw, blocks = segment.stored, joined_blocks([compressed("lz4", segment.stored)])
    return with_segment(number, draft, stored=blocks, encoding=1, block_bytes=len(raw), block_count=1)


# Refusals, page by page

def of_product():
    """codecs/pq.md and rq.md, "What readers refuse"."""
    spelled = {
        "required": "pq", "0x4": "pq(0x4)", "65537x4": "pq(65537x4)", "2x5": "pq(2x5)", "02x4": "pq(02x4)",
        "2X4": "pq(2X4)",
        "suffix": "pq(1kx4)", "no-codes": "pq(2)", "twice": "pq(2x4, 2x4)", "codebooks": "pq(2x4, codebooks=bf16)",
        "layout": "pq(2x4, layout=blocks)", "layout-rows": "pq(2x4, layout=rows)",
        "fastscan-8": "pq(2x8, layout=fastscan)",
        "fastscan-cold": "pq(2x4, layout=fastscan, coldBits=2)", "coldBits-0": "pq(2x4, coldBits=0)",
        "coldBits-4": "pq(2x4, coldBits=4)", "coldBits-8": "pq(2x8, coldBits=8)", "hot-alone": "pq(2x4, hot=5)",
        "hot-default": "pq(2x4, coldBits=2, hot=10%)", "hot-101": "pq(2x4, coldBits=2, hot=101%)",
        "hot-05": "pq(2x4, coldBits=2, hot=05%)", "hot-suffix": "pq(2x4, coldBits=2, hot=1k)",
        "hot-beyond": "pq(2x4, coldBits=2, hot=4294967295)", "hot-empty": "pq(2x4, coldBits=2, hot=%)",
        "order": "pq(2x4, hot=5, coldBits=2)", "above-dim": "pq(5x4)", "concat": "pq(3x4)",
    }
    rq = {"required": "rq", "9x16": "rq(9x16)", "beam-0": "rq(2x4, beam=0)", "beam-33": "rq(2x4, beam=33)",
          "beam-5": "rq(2x4, beam=5)", "layout": "rq(2x4, layout=fastscan)"}
    refused = {"BAD_EXPRESSION-pq-" + name: with_stages(text, "direct", "pq") for name, text in spelled.items()}
    refused |= {"BAD_EXPRESSION-rq-" + name: with_stages(text, "direct", "rq") for name, text in rq.items()}
    refused["BAD_EXPRESSION-pq-concat"] = with_stages(
        "hashed(rows=2, probes=2, combine=concat) | pq(3x4)", "hashed", "pq")
    refused["BAD_EXPRESSION-pq-before-stage"] = with_stages("sorted | pq(2x8, layout=fastscan)", "sorted", "pq")
    cold, scan = "pq(2x4, coldBits=2, hot=1)", "pq(2x4, layout=fastscan)"
    codebooks, rows = 0, 1
    return {
        **refused,
        "MISSING_COLUMN-pq-codebooks": without_column(with_given("pq(2x4)"), "pq.codebooks"),
        "MISSING_COLUMN-pq-rows": without_column(with_given("pq(2x4)"), "pq.rows"),
        "MISSING_COLUMN-pq-cold": without_column(with_given(cold), "pq.cold"),
        "MISSING_COLUMN-rq-codebooks": without_column(with_given("rq(2x4)"), "rq.codebooks"),
        "WRONG_COLUMN-pq-codebooks-f16": with_given("pq(2x4)", codebooks, element_type=9, stored=bytes(128)),
        "WRONG_COLUMN-pq-codebooks-f32": with_given("pq(2x4, codebooks=f16)", codebooks, element_type=11,
                                                    stored=bytes(256)),
        "WRONG_COLUMN-pq-codebooks-lines": with_given("pq(2x4)", codebooks, row_count=32, width=2),
        "WRONG_COLUMN-pq-codebooks-short": with_given("pq(2x4)", codebooks, row_count=63, stored=bytes(252)),
        "WRONG_COLUMN-pq-codebooks-lz4": in_lz4(with_given("pq(2x4)"), codebooks),
        "WRONG_COLUMN-pq-rows": with_given("pq(2x4)", rows, row_count=1, width=2),
        "WRONG_COLUMN-pq-fastscan": with_given(scan, rows, row_count=2, width=16),
        "WRONG_COLUMN-pq-fastscan-rows": with_given(scan, rows, row_count=2, stored=bytes(64)),
        "WRONG_COLUMN-pq-hot": with_given(cold, rows, row_count=2, stored=bytes(2)),
        "WRONG_COLUMN-pq-cold": with_given(cold, 2, row_count=2, stored=bytes(2)),
        "WRONG_COLUMN-pq-cold-not-asked": changed(draft := with_given("pq(2x4)"), draft.tables[0], columns=[
            *draft.tables[0].columns, ("pq.cold", 1)]).bytes(),
        "WRONG_COLUMN-rq-codebooks": with_given("rq(2x4)", codebooks, row_count=128, width=1),
        "WRONG_COLUMN-rq-codebooks-lz4": in_lz4(with_given("rq(2x4)"), codebooks),
        "WRONG_COLUMN-rq-rows": with_given("rq(2x4)", rows, row_count=1, width=2),
    }


def of_affine():
    """affine.md, "What readers refuse", and the transforms that refer to it."""
    spelled = {"lowrank-required": ("lowrank | f32", "lowrank"), "lowrank-0": ("lowrank(0) | f32", "lowrank"),
               "lowrank-65537": ("lowrank(65537) | f32", "lowrank"),
               "lowrank-label": ("lowrank(rank=2) | f32", "lowrank"),
               "lowrank-suffix": ("lowrank(1k) | f32", "lowrank"), "pca-argument": ("pca(2) | f32", "pca"),
               "pca-twice": ("pca | pca | f32", "pca", "pca"),
               "lowrank-twice": ("lowrank(3) | lowrank(2) | f32", "lowrank", "lowrank"),
               "pca-after-codec": ("f32 | pca", "f32", "pca")}
    refused = {"BAD_EXPRESSION-" + name: with_stages(text, "direct", *stages, *[] if "codec" in name else ["f32"])
               for name, (text, *stages) in spelled.items()}
    matrix, mean = 1, 2
    return {
        **refused,
        "BAD_EXPRESSION-lowrank-pq": with_stages("lowrank(3) | pq(4x4)", "direct", "lowrank", "pq"),
        "MISSING_COLUMN-pca-matrix": without_column(with_given("pca | f32"), "pca.matrix"),
        "MISSING_COLUMN-lowrank-mean": without_column(with_given("lowrank(2) | f32"), "lowrank.mean"),
        "WRONG_COLUMN-pca-matrix": with_given("pca | f32", matrix, row_count=2, width=8),
        "WRONG_COLUMN-pca-matrix-type": with_given("pca | f32", matrix, element_type=3),
        "WRONG_COLUMN-pca-matrix-lz4": in_lz4(with_given("pca | f32"), matrix),
        "WRONG_COLUMN-opq-mean": with_given("opq | f32", mean, row_count=4, width=1),
        "WRONG_COLUMN-opq-mean-type": with_given("opq | f32", mean, element_type=3),
        "WRONG_COLUMN-opq-mean-lz4": in_lz4(with_given("opq | f32"), mean),
        "WRONG_COLUMN-lowrank-transposed": with_given("lowrank(2) | f32", matrix, row_count=4, width=2),
        "WRONG_COLUMN-lowrank-rows": with_given("lowrank(2) | f32", 0, row_count=1, width=4),
    }


def of_binary():
    """codecs/rbe.md, sign.md, rabitq.md, "What readers refuse"."""
    spelled = {
        "required": "rbe", "bits-0": "rbe(bits=0)", "bits-9": "rbe(bits=9)", "scale-required": "rbe(scale=f32)",
        "none-1": "rbe(bits=1, scale=none)", "scale": "rbe(bits=2, scale=bf16)", "scale-f16": "rbe(bits=2, scale=f16)",
        "order": "rbe(scale=f32, bits=2)", "word": "rbe(2)", "leading-zero": "rbe(bits=02)",
    }
    rabitq = {"required": "rabitq", "bits-0": "rabitq(bits=0)", "bits-9": "rabitq(bits=9)",
              "none": "rabitq(bits=2, scale=none)"}
    refused = {"BAD_EXPRESSION-rbe-" + name: with_stages(text, "direct", "rbe") for name, text in spelled.items()}
    refused |= {"BAD_EXPRESSION-rabitq-" + name: with_stages(text, "direct", "rabitq") for name, text in rabitq.items()}
    return {
        **refused,
        "BAD_EXPRESSION-sign-bits": with_stages("sign(bits=1)", "direct", "sign"),
        "BAD_EXPRESSION-rbe-before-stage": with_stages("sorted | rbe(bits=1, scale=none)", "sorted", "rbe"),
        **{"MISSING_COLUMN-%s-rows" % expression.partition("(")[0]:
           without_column(plain(expression), expression.partition("(")[0] + ".rows")
           for expression in ("rbe(bits=2)", "sign", "rabitq(bits=2)")},
        "WRONG_COLUMN-rbe-stride": with_segment(0, plain("rbe(bits=2)"), row_count=3, width=2),
        "WRONG_COLUMN-rbe-scale": with_table(plain("rbe(bits=2)"), expression="rbe(bits=2, scale=f32)"),
        "WRONG_COLUMN-rbe-type": with_segment(0, plain("rbe(bits=2, scale=none)", dim=8, rows=[ROWS[0] * 2] * 2),
                                              element_type=9, width=1),
        "WRONG_COLUMN-sign-stride": with_segment(0, plain("sign"), row_count=1, width=2),
        "WRONG_COLUMN-sign-rows": with_segment(0, plain("sign"), row_count=3, stored=bytes(3)),
        "WRONG_COLUMN-rabitq-stride": with_segment(0, plain("rabitq(bits=2)"), row_count=1, width=14),
    }


def of_decoders():
    """transforms/linear.md, center.md, mlp.md, "What readers refuse"."""
    linear = {"dim-0": "linear(dim=0)", "dim-65537": "linear(dim=65537)", "word": "linear(4)",
              "leading-zero": "linear(dim=04)",
              "twice": "linear | linear"}
    mlp = {"required": "mlp", "hidden-0": "mlp(hidden=0)", "hidden-65537": "mlp(hidden=65537)",
           "hidden-x": "mlp(hidden=2x)",
           "hidden-02": "mlp(hidden=02)", "hidden-X": "mlp(hidden=2X3)", "hidden-3x0": "mlp(hidden=3x0)",
           "hidden-suffix": "mlp(hidden=1k)", "65-layers": "mlp(hidden=%s)" % "x".join(["1"] * 65),
           "dim-0": "mlp(hidden=2, dim=0)", "dim-65537": "mlp(hidden=2, dim=65537)",
           "activation": "mlp(hidden=2, activation=gelu)", "activation-relu": "mlp(hidden=2, activation=relu)",
           "order": "mlp(dim=2, hidden=2)", "unit-order": "mlp(hidden=2, unit, activation=mish)",
           "twice": "mlp(hidden=2) | mlp(hidden=2)"}
    center = {"argument": "center(4)", "twice": "center | center"}
    refused = {}
    for stage, texts in (("linear", linear), ("mlp", mlp), ("center", center)):
        for name, text in texts.items():
            stages = [stage] * (1 + text.count("|"))
            refused["BAD_EXPRESSION-%s-%s" % (stage, name)] = with_stages(text + " | f32", "direct", *stages, "f32")
    network, matrix = "mlp(hidden=3) | f32", 1
    return {
        **refused,
        "MISSING_COLUMN-linear-matrix": without_column(with_given("linear | f32"), "linear.matrix"),
        "MISSING_COLUMN-linear-constant": without_column(with_given("linear | f32"), "linear.constant"),
        "MISSING_COLUMN-center": without_column(with_given("center | f32"), "center.constant"),
        "MISSING_COLUMN-mlp-weights1": without_column(with_given(network), "mlp.weights1"),
        "MISSING_COLUMN-mlp-bias0": without_column(with_given(network), "mlp.bias0"),
        "WRONG_COLUMN-linear-matrix": with_given("linear | f32", matrix, row_count=2, width=8),
        "WRONG_COLUMN-linear-matrix-lz4": in_lz4(with_given("linear | f32"), matrix),
        "WRONG_COLUMN-linear-dim": with_table(with_given("linear | f32"), expression="linear(dim=3) | f32"),
        "WRONG_COLUMN-linear-constant": with_given("linear | f32", matrix + 1, row_count=4, width=1),
        "WRONG_COLUMN-center": with_given("center | f32", 1, row_count=4, width=1),
        "WRONG_COLUMN-center-type": with_given("center | f32", 1, element_type=3),
        "WRONG_COLUMN-center-lz4": in_lz4(with_given("center | f32"), 1),
        "WRONG_COLUMN-mlp-transposed": with_given(network, 1, row_count=3, width=4),
        "WRONG_COLUMN-mlp-bias": with_given(network, 2, row_count=3, width=1),
        "WRONG_COLUMN-mlp-type": with_given(network, 3, element_type=3),
        "WRONG_COLUMN-mlp-lz4": in_lz4(with_given(network), 1),
        "WRONG_COLUMN-mlp-not-asked": changed(draft := with_given(network), draft.tables[0], columns=[
            *draft.tables[0].columns, ("mlp.weights2", 1)]).bytes(),
    }


def refused_files():
    """Every file by its name, without `.emb`."""
    makers = (of_product, of_affine, of_binary, of_decoders)
    return {name: data for maker in makers for name, data in maker().items()}
