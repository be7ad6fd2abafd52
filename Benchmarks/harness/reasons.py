"""Why a target was missed: what the same run measured beside it, put into a sentence. Nothing here is known beforehand."""


def matching(found, **wanted):
    return [m for m in found if all(m.get(key) == value for key, value in wanted.items())]


def _ns(measured, name):
    return measured["ns"][name][1] if name in measured["ns"] else None


def _shown(value):
    return "%.1f" % value if value < 10 else "%.0f" % value


def beside_loop(found, measured, name):
    """How far the loop in C that knows the layout and the width comes."""
    ours, loop, rival = _ns(measured, "ours"), _ns(measured, "loop 2m"), _ns(measured, name)
    if not loop:
        return "%s ns a row for %s" % (_shown(ours), _shown(rival))
    text = "ours takes %s ns a row, the loop in C that knows nothing but this layout %s" % (_shown(ours), _shown(loop))
    return text + (": it is at %.2f" % (rival / loop) if name != "loop 2m" else "")


def beside_limit(found, measured, name):
    return "ours takes %s ns a row, the loop %s, reading alone %s" % tuple(
        _shown(_ns(measured, which)) for which in ("ours", "loop 2m", "limit 2m"))


def of_two_threads(found, measured, name):
    """What a second thread gives to those who only read."""
    one = matching(found, section="pooling", where="memory", threads=1, codec=measured["codec"])
    if not one or "limit 2m" not in measured["ns"]:
        return "reading alone was not measured"
    text = "reading the same rows and nothing else: %.2f" % (_ns(one[0], "limit 2m") / _ns(measured, "limit 2m"))
    cached = {m["threads"]: _ns(m, "limit 2m") for m in matching(found, section="limits", where="L1")}
    if len(cached) == 2:
        text += "; reading in the first cache: %.2f" % (cached[1] / cached[2])
    for m in matching(found, section="threads"):
        text += "; sums that read nothing: %.2f" % m["times ours"]["one thread"][1]
    for rival in ("fbgemm", "torch"):
        if rival in one[0]["ns"] and rival in measured["ns"]:
            text += "; %s: %.2f" % (rival, _ns(one[0], rival) / _ns(measured, rival))
    return text


def of_decoding(found, measured, name):
    """How long lookups take when nothing has to come from memory."""
    codec, limit = measured["codec"], _ns(measured, "limit 2m")
    text = "%s ns an id, reading alone %s" % (_shown(_ns(measured, "ours")), _shown(limit))
    cached = [m for m in matching(found, section="codecs", where="cache", op="pool") if _same(m["codec"], codec)]
    if cached:
        text += "; %s with the table in the cache" % _shown(_ns(cached[0], "ours"))
    plain = matching(found, section="codecs", where="memory", op="pool", codec=codec.split(" | ")[-1])
    if plain and plain[0] is not measured and "limit 2m" in plain[0]["times ours"]:
        text += "; rows of `%s` without an index are at %.2f" % (plain[0]["codec"], plain[0]["times ours"]["limit 2m"][1])
    return text


def _same(one, other):
    """Whether expressions differ in numbers of rows only."""
    return _without_rows(one) == _without_rows(other)


def _without_rows(expression):
    start = expression.find("rows=")
    if start < 0:
        return expression
    end = start + 5
    while end < len(expression) and expression[end].isdigit():
        end += 1
    return expression[:start] + expression[end:]


def of_many_tables(measured):
    """What of it is due to being many tables, whoever asks."""
    times = measured["times ours"]
    text = "a call for each of the same tables is at %.2f" % (times["a call each"][1] / times["as many rows of one table"][1])
    if "fbgemm" in times:
        text += "; FBGEMM's one call over them takes %.1f times as long as ours" % times["fbgemm"][1]
    return text


def of_prefetch(measured):
    faults, ahead = (_ns(measured, name) for name in ("faults", "prefetch"))
    text = "%.0f us a row by faults, %.1f by `prefetch`" % (faults / 1000, ahead / 1000)
    if "reads" in measured["ns"]:
        text += ", %.1f by reading these pages with 64 at a time and nothing else" % (_ns(measured, "reads") / 1000)
    return text
