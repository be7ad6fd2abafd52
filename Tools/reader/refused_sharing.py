"""Files that must be refused: indexers whose ids share rows, and features (see make_refused.py)."""

import writer
from cases_rowmaps import given
from cases_sharing import array, floats, stored

WIDE = 18446744073709551616


def file(described, features=()):
    """The file of a table, with features of these arguments."""
    return writer.draft({"tables": [described], "features": [
        {"name": "f%d" % number, "table": "t", "arguments": text} for number, text in enumerate(features)]})


def spelled(described, expression, **fields):
    """The file with another expression, and other fields of the table's entry."""
    draft = file(described)
    draft.tables[0].expression = expression
    for name, value in fields.items():
        assert hasattr(draft.tables[0], name)
        setattr(draft.tables[0], name, value)
    return draft.bytes()


def respelled(code, stage, described, spellings):
    return {"%s-%s-%s" % (code, stage, name): spelled(described, text) for name, text in spellings.items()}


def with_features(stage, described, arguments):
    return {"BAD_EXPRESSION-%s-feature-%s" % (stage, name): file(described, [text]).bytes()
            for name, text in arguments.items()}


def of_hashed():
    plain = stored("hashed(rows=2) | f32", 2, 4)
    weights = stored("hashed(rows=2, probes=2, weights) | f32", 2, 4, id_count=3,
                     parameters={"hashed.weights": floats([0] * 6, 2)})
    id_weights = stored("hashed(rows=2, idWeights) | f32", 2, 4, id_count=3,
                        parameters={"hashed.idWeights": floats([0] * 3, 1)})
    integers = stored(weights["expression"], 2, 4, id_count=3,
                      parameters={"hashed.weights": given("u32", 2, bytes(24))})
    return {
        **respelled("BAD_EXPRESSION", "hashed", plain, {
            "function": "hashed(rows=2, hash=crc) | f32", "default-function": "hashed(rows=2, hash=mix) | f32",
            "modulo-probes": "hashed(rows=2, probes=2, hash=modulo) | f32",
            "learn-required": "hashed(rows=2, hash=learn) | f32",
            "coefficients-alone": "hashed(rows=2, coefficients=1-2-3) | f32",
            "coefficients-2": "hashed(rows=2, hash=learn, coefficients=1-2) | f32",
            "coefficients-6": "hashed(rows=2, hash=learn, coefficients=1-2-3-4-5-6) | f32",
            "coefficients-p": "hashed(rows=2, hash=learn, coefficients=1-2-0) | f32",
            "coefficients-wide": "hashed(rows=2, hash=learn, coefficients=%d-2-3) | f32" % WIDE,
            "coefficients-zero": "hashed(rows=2, hash=learn, coefficients=01-2-3) | f32",
            "coefficients-suffix": "hashed(rows=2, hash=learn, coefficients=1k-2-3) | f32",
            "coefficients-empty": "hashed(rows=2, hash=learn, coefficients=1--3) | f32",
            "salt": "hashed(rows=2, salt=%d) | f32" % WIDE, "signs": "hashed(rows=2, signs=1) | f32",
            "signs-order": "hashed(rows=2, signs, hash=murmur) | f32",
            "both-weights": "hashed(rows=2, weights, idWeights) | f32"}),
        **with_features("hashed", plain, {"offset": "offset=1", "salt": "salt=1"}),
        "MISSING_COLUMN-hashed-weights": spelled(plain, "hashed(rows=2, weights) | f32"),
        "MISSING_COLUMN-hashed-idWeights": spelled(plain, "hashed(rows=2, idWeights) | f32"),
        "WRONG_COLUMN-hashed-weights": spelled(weights, "hashed(rows=2, weights) | f32"),
        "WRONG_COLUMN-hashed-weights-ids": spelled(weights, weights["expression"], id_count=4),
        "WRONG_COLUMN-hashed-weights-type": file(integers).bytes(),
        "WRONG_COLUMN-hashed-idWeights-ids": spelled(id_weights, id_weights["expression"], id_count=2),
        "WRONG_COLUMN-hashed-not-asked": spelled(weights, "hashed(rows=2, probes=2) | f32"),
    }


def of_qr():
    qr = stored("qr(divisor=3) | f32", 7, 4, id_count=10)
    return {
        **respelled("BAD_EXPRESSION", "qr", qr, {
            "required": "qr | f32", "divisor-0": "qr(divisor=0) | f32",
            "divisor-beyond": "qr(divisor=4294967295) | f32",
            "default": "qr(divisor=3, combine=multiply) | f32", "combine": "qr(divisor=3, combine=mean) | f32",
            "rows": "qr(divisor=6) | f32"}),
        "BAD_EXPRESSION-qr-ids": spelled(qr, qr["expression"], id_count=13),
        "BAD_EXPRESSION-qr-concat": spelled(qr, "qr(divisor=3, combine=concat) | f32", dim=5),
        **with_features("qr", qr, {
            "offset": "offset=11", "offset-default": "offset=0", "offset-wide": "offset=%d" % WIDE, "ids": "ids=11",
            "ids-0": "ids=0",
            "ids-default": "ids=10", "rest-default": "offset=3, ids=7", "both": "offset=5, ids=6",
            "order": "ids=2, offset=1",
            "unknown": "slot=1", "two-stages": "offset=1) | f(ids=1", "spaces": "offset=1,ids=2",
            "empty-argument": "offset=1,",
            "dims-0": "dims=0", "dims": "dims=5", "dims-order": "offset=1, dims=2", "dims-suffix": "dims=2k"}),
    }


def of_robe():
    size = 20
    robe = array("robe(size=20, block=4) | f32", size, 4)
    trained = array("robe(size=20, block=4, coefficients=101-17-29-13-7-11-5-3-2) | f32", size, 4)
    coefficients = "101-17-29-13-7-11-5-3-2"
    wide = array("robe(size=20, block=4) | f32", size, 4)
    draft = file(wide)
    draft.segments[0].row_count, draft.segments[0].stored = 20, draft.segments[0].stored[:80]
    short = draft.bytes()
    draft = file(wide)
    draft.segments[0].row_count, draft.segments[0].width, draft.segments[0].stored = 20, 4, bytes(320)
    return {
        **respelled("BAD_EXPRESSION", "robe", robe, {
            "size": "robe(block=4) | f32", "block": "robe(size=20) | f32",
            "size-beyond": "robe(size=2147483649, block=4) | f32",
            "block-above": "robe(size=3, block=4) | f32", "chunks": "robe(size=20, block=4, chunks=257) | f32",
            "align": "robe(size=20, block=4, align=3) | f32", "align-0": "robe(size=20, block=4, align=0) | f32",
            "align-default": "robe(size=20, block=4, align=1) | f32",
            "order": "robe(size=20, block=4, signed, seed=1) | f32",
            "rows": "robe(size=19, block=4) | f32", "dims": "robe(size=20, block=4, chunks=2) | f32",
            "codec": "robe(size=20, block=4) | int8",
            "coefficients-8": "robe(size=20, block=4, coefficients=%s) | f32" % coefficients[:-2],
            "coefficients-10": "robe(size=20, block=4, coefficients=%s-0) | f32" % coefficients,
            "coefficients-wide": "robe(size=20, block=4, coefficients=101-4294967296-29-13-7-11-5-3-2) | f32",
            "coefficients-p": "robe(size=20, block=4, coefficients=3-1-2-1-0-1-0-1-2) | f32",
            "coefficients-seed": "robe(size=20, block=4, seed=1, coefficients=%s) | f32" % coefficients,
            "coefficients-align": "robe(size=20, block=4, align=2, coefficients=%s) | f32" % coefficients,
            "coefficients-rows": "robe(size=20, block=4, coefficients=%s) | f32" % coefficients}),
        "BAD_EXPRESSION-robe-stage-list": spelled(robe, "robe(size=20, block=4) | int8",
                                                  stages=[("robe", 1), ("int8", 1)]),
        "WRONG_COLUMN-robe-short": short,
        "WRONG_COLUMN-robe-rows": draft.bytes(),
        **with_features("robe", robe, {"slot": "slot=1", "slot-default": "slot=0", "ids": "ids=3"}),
        **with_features("robe", trained, {"slot-beyond": "slot=4294967296", "slot-order": "slot=1, offset=1"}),
    }


def of_tensor_train():
    train = stored("tensorTrain(rank=2, rows=2x3x2, dims=2x1x2) | f32", 14, 2, 4, id_count=12)
    return {
        **respelled("BAD_EXPRESSION", "tensorTrain", train, {
            "rank": "tensorTrain(rows=2x3x2, dims=2x1x2) | f32",
            "rank-0": "tensorTrain(rank=0, rows=2x3x2, dims=2x1x2) | f32",
            "rank-beyond": "tensorTrain(rank=4097, rows=2x3x2, dims=2x1x2) | f32",
            "rows": "tensorTrain(rank=2, dims=2x1x2) | f32",
            "dims": "tensorTrain(rank=2, rows=2x3x2) | f32", "one-core": "tensorTrain(rank=2, rows=12, dims=4) | f32",
            "five-cores": "tensorTrain(rank=2, rows=2x3x2x1x1, dims=2x1x2x1x1) | f32",
            "counts": "tensorTrain(rank=2, rows=2x3x2, dims=2x2) | f32",
            "joined": "tensorTrain(rank=2, rows=2-3-2, dims=2x1x2) | f32",
            "rows-0": "tensorTrain(rank=2, rows=2x0x2, dims=2x1x2) | f32",
            "dims-beyond": "tensorTrain(rank=2, rows=2x3x2, dims=2x65537x2) | f32",
            "zero": "tensorTrain(rank=2, rows=02x3x2, dims=2x1x2) | f32",
            "other-rows": "tensorTrain(rank=2, rows=2x3x3, dims=2x1x2) | f32",
            "other-dims": "tensorTrain(rank=2, rows=2x3x2, dims=2x2x2) | f32",
            "large": "tensorTrain(rank=4096, rows=2x3x2, dims=2x1x2) | f32",
            "large-step": "tensorTrain(rank=64, rows=2x2x2, dims=16384x2x2) | f32"}),
        "BAD_EXPRESSION-tensorTrain-ids": spelled(train, train["expression"], id_count=13),
        "BAD_EXPRESSION-tensorTrain-rowCount": spelled(train, train["expression"], row_count=15),
        **with_features("tensorTrain", train, {"offset": "offset=13", "ids": "offset=4, ids=9", "dims": "dims=5"}),
    }


def of_unified():
    text = "unified(rows=5, width=4, tables=3, probes=2) | f32"
    unified = stored(text, 20, 4, 8)
    return {
        **respelled("BAD_EXPRESSION", "unified", unified, {
            "rows": "unified(width=4, tables=3, probes=2) | f32", "width": "unified(rows=5, tables=3, probes=2) | f32",
            "product": "unified(rows=4294967294, width=4, tables=2, probes=2) | f32",
            "probes": "unified(rows=5, width=4, tables=3, probes=65) | f32",
            "too-few": "unified(rows=7, width=4, tables=3, probes=2) | f32",
            "dims": "unified(rows=5, width=4, tables=3, probes=3) | f32",
            "other-width": "unified(rows=5, width=3, tables=3, probes=2) | f32",
            "modulo": "unified(rows=5, width=4, tables=3, probes=2, hash=modulo) | f32"}),
        "BAD_EXPRESSION-unified-idCount": spelled(unified, text, id_count=19),
        **with_features("unified", unified, {
            "probes-default": "probes=2", "probes-0": "probes=0", "combine": "combine=multiply",
            "chunks": "chunks=0-1-2",
            "chunks-default": "chunks=0-1", "chunks-repeat": "chunks=3-3", "chunks-beyond": "chunks=0-65536",
            "tables": "tables=1",
            "tables-default": "tables=0-1", "tables-beyond": "tables=0-3", "order": "salt=1, combine=sum",
            "first": "first=0",
            "ids": "ids=1", "first-salt": "salt=1, first=0, ids=1", "first-chunks": "chunks=1-0, first=0, ids=1",
            "first-tables": "tables=1-0, first=0, ids=1", "owned": "first=1, ids=3", "dims": "dims=9",
            "dims-sum": "dims=5, combine=sum"}),
        **with_features("unified", stored("unified(rows=5, width=4, tables=3, probes=2) | rotation | f32", 20, 4, 8), {
            "transform": "probes=3", "transform-sum": "combine=sum"}),
    }


def files():
    return {**of_hashed(), **of_qr(), **of_robe(), **of_tensor_train(), **of_unified()}
