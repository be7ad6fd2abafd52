"""The ratios that EmbStore aims at, beside what a run measured."""

POOLING = {"section": "pooling", "where": "memory", "threads": 1}
FBGEMM = {"f32": (1.9, 1.5), "f16": (2.0, 1.5), "int8": (1.9, 1.5), "int4": (2.8, 2.4), "int2": (2.5, 2.2)}


def matching(found, **wanted):
    return [m for m in found if all(m.get(key) == value for key, value in wanted.items())]


def _rows(found):
    """(text, aim, at most?, quartiles or None)."""
    def times(text, aim, name, scale=1, most=False, **wanted):
        measured = matching(found, **wanted)
        values = measured[0]["times ours"].get(name) if measured else None
        return text, aim, most, values and [v * scale for v in values]

    for codec in ("f32", "f16", "int8", "int4"):
        yield times("`%s`: share of the limit, 2 MiB pages" % codec, 0.9, "limit 2m", codec=codec, **POOLING)
        yield times("`%s`: share of the loop written for it" % codec, 0.9, "loop 2m", codec=codec, **POOLING)
    for codec, (plain, _) in FBGEMM.items():
        yield times("`%s`: FBGEMM" % codec, plain, "fbgemm", codec=codec, **POOLING)
    for codec, (_, huge) in FBGEMM.items():
        yield times("`%s`: FBGEMM on huge pages" % codec, huge, "fbgemm, huge pages", codec=codec, **POOLING)
    for codec in FBGEMM:
        yield times("`%s` in L2: FBGEMM" % codec, 2.0, "fbgemm", section="pooling", where="L2", codec=codec)
    yield times("`f32`: torch on huge pages", 1.5, "torch, huge pages", codec="f32", **POOLING)
    for codec in FBGEMM:
        yield times("`%s`: two threads, of one" % codec, 1.9, "one thread", section="pooling", where="memory", threads=2, codec=codec)
    for measured in matching(found, section="codecs", where="memory", op="pool"):
        codec = measured["codec"]
        if codec.startswith(("hashed", "unified", "pq")) and "limit 2m" in measured["times ours"]:
            yield times("`%s`: share of the limit for its lines" % codec, 0.8, "limit 2m", section="codecs", where="memory", op="pool",
                        codec=codec)
    many = matching(found, section="many tables")
    for name in ("as many rows of one table", "a call each"):
        values = many and sorted(1 / v for v in many[0]["times ours"][name])
        yield "26 tables in one call: " + name, 1.1, True, values or None
    for measured in matching(found, section="cold"):
        yield "`%s`, cold: bytes read, of the pages touched" % measured["codec"], 1.0, True, measured["read of touched"]
    for measured in matching(found, section="cold"):
        gain = measured["faults of prefetch"]
        yield "`%s`, cold: faults one by one, of `prefetch`" % measured["codec"], 5.0, False, gain and [gain] * 3


def table(found):
    """Target, aim, quartiles, and whether it was met."""
    rows = []
    for text, aim, most, values in _rows(found):
        row = {"target": text, "aim": aim, "at most": most, "measured": values}
        if values:
            median = round(values[1], 2)
            row["met"] = median <= aim if most else median >= aim
            row["missed by"] = None if row["met"] else "%.0f %%" % (100 * abs(median / aim - 1))
        rows.append(row)
    return rows
