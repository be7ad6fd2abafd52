"""The ratios that EmbStore aims at, beside what a run measured. Where one is missed, `reasons` says why."""

import reasons
from reasons import matching

POOLING = {"section": "pooling", "where": "memory", "threads": 1}
FBGEMM = {"f32": (1.9, 1.5), "f16": (2.0, 1.5), "int8": (1.9, 1.5), "int4": (2.8, 2.4), "int2": (2.5, 2.2)}


def _rows(found):
    """(text, aim, at most?, quartiles or None, what tells why it is missed)."""
    def times(text, aim, name, why, **wanted):
        measured = matching(found, **wanted)
        values = measured[0]["times ours"].get(name) if measured else None
        return text, aim, False, values, lambda: why(found, measured[0], name)

    for codec in ("f32", "f16", "int8", "int4"):
        yield times("`%s`: share of the limit, 2 MiB pages" % codec, 0.9, "limit 2m", reasons.beside_loop, codec=codec, **POOLING)
        yield times("`%s`: share of the loop written for it" % codec, 0.9, "loop 2m", reasons.beside_limit, codec=codec, **POOLING)
    for codec, (plain, _) in FBGEMM.items():
        yield times("`%s`: FBGEMM" % codec, plain, "fbgemm", reasons.beside_loop, codec=codec, **POOLING)
    for codec, (_, huge) in FBGEMM.items():
        yield times("`%s`: FBGEMM on huge pages" % codec, huge, "fbgemm, huge pages", reasons.beside_loop, codec=codec, **POOLING)
    for codec in FBGEMM:
        yield times("`%s` in L2: FBGEMM" % codec, 2.0, "fbgemm", reasons.beside_loop, section="pooling", where="L2", codec=codec)
    yield times("`f32`: torch on huge pages", 1.5, "torch, huge pages", reasons.beside_loop, codec="f32", **POOLING)
    for codec in FBGEMM:
        yield times("`%s`: two threads, of one" % codec, 1.9, "one thread", reasons.of_two_threads, section="pooling", where="memory", threads=2,
                    codec=codec)
    for measured in matching(found, section="codecs", where="memory", op="pool"):
        codec = measured["codec"]
        if codec.startswith(("hashed", "unified", "pq")) and "limit 2m" in measured["times ours"]:
            yield times("`%s`: share of the limit for its lines" % codec, 0.8, "limit 2m", reasons.of_decoding, section="codecs",
                        where="memory", op="pool", codec=codec)
    many = matching(found, section="many tables")
    values = many and sorted(1 / v for v in many[0]["times ours"]["as many rows of one table"])
    yield "26 tables in one call, of as many rows of one table", 1.1, True, values or None, lambda: reasons.of_many_tables(many[0])
    for measured in matching(found, section="cold"):
        yield "`%s`, cold: bytes read, of the pages touched" % measured["codec"], 1.0, True, measured["read of touched"], lambda: ""
    for measured in matching(found, section="cold"):
        yield "`%s`, cold: faults one by one, of `prefetch`" % measured["codec"], 5.0, False, measured["faults of prefetch"], \
            lambda measured=measured: reasons.of_prefetch(measured)


def table(found):
    """Target, aim, quartiles, whether it was met, and if not, by how much it was missed and why."""
    rows = []
    for text, aim, most, values, why in _rows(found):
        row = {"target": text, "aim": aim, "at most": most, "measured": values}
        if values:
            median = round(values[1], 2)
            row["met"] = median <= aim if most else median >= aim
            row["missed by"] = None if row["met"] else "%.0f %%" % (100 * abs(median / aim - 1))
            row["why"] = None if row["met"] else why()
        rows.append(row)
    return rows
