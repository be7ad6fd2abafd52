"""A run as JSON and as Markdown. Every time stands beside a yardstick: the limit's, or another's of the same turns."""

import json

from environment import ROOT
from reasons import matching

INTRODUCTION = """\
# Lookups beside the machine and beside others

Written by `Benchmarks/run`%s. Each figure is a ratio of two programs that took turns in one run: the median over turns, with quartiles in
brackets. Ids are new in every turn, and answers are compared with the source. *Limit*: this machine's random reads of the same rows, nothing
else done with them, in pages of 2 MiB (and of 4 KiB), at the best of three prefetch distances. *Loop*: C for this one layout and
width, from memory of its own. A share of the limit above 1 is possible where ours prefetches better than three distances do.
"""


def number(value):
    return "%.2f" % value if value < 10 else "%.0f" % value


def quartiles(values):
    return "" if not values else "**%s** (%s to %s)" % (number(values[1]), number(values[0]), number(values[2]))


def short(values):
    return "" if not values else number(values[1])


def lines_of(rows, head):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace(" | ", " \\| ") for cell in row) + " |"
    yield ""


def ns(measured, name="ours"):
    return number(measured["ns"][name][1]) if name in measured["ns"] else ""


def machine(run):
    yield from lines_of(
        [(key, ", ".join(value) if isinstance(value, list) else value) for key, value in run["machine"].items()], ("machine", ""))


def targets(run):
    yield "## Targets\n"
    rows = []
    for target in run["targets"]:
        verdict = "not measured" if not target["measured"] else "met" if target["met"] else "missed by " + target["missed by"]
        aim = ("≤ " if target["at most"] else "≥ ") + str(target["aim"])
        rows.append((target["target"], aim, quartiles(target["measured"]), verdict, target.get("why") or ""))
    yield from lines_of(rows, ("", "aim", "measured", "", "what was measured beside it"))


def limits(found):
    if not matching(found, section="limits"):
        return
    yield "## Limits of the machine\n\nRandom reads, ns each per thread of the call; GB/s of all threads.\n"
    rows = []
    for m in matching(found, section="limits"):
        for page in ("2m", "4k"):
            each = m["ns"]["limit " + page][1]
            pages = {"2m": "2 MiB", "4k": "4 KiB"}[page]
            rows.append((m["unit"], m["where"], m["threads"], pages, number(each), number(m["unit"] / each)))
    yield from lines_of(rows, ("bytes", "in", "threads", "pages", "ns", "GB/s"))
    for m in matching(found, section="threads"):
        yield "Sums that read nothing, two threads: %s times as fast as one.\n" % quartiles(m["times ours"]["one thread"])


def pooling(found):
    if not matching(found, section="pooling"):
        return
    yield "## Pooling beside FBGEMM and torch\n\nBags of 20, 64 numbers a row. Their time over ours; ours in ns per row.\n"
    names = ("limit 2m", "limit 4k", "loop 2m", "loop 4k", "fbgemm", "fbgemm, huge pages", "torch", "torch, huge pages", "one thread")
    rows = []
    for m in matching(found, section="pooling"):
        rows.append((
            "`%s`" % m["codec"], m["where"], m["threads"], ns(m), *(short(m["times ours"].get(name)) for name in names),
            "" if m["huge share"] is None else "%.0f %%" % (100 * m["huge share"])))
    yield from lines_of(rows, ("codec", "table in", "threads", "ns", *names, "of ours on 2 MiB"))


def codecs(found):
    if not matching(found, section="codecs"):
        return
    yield "## Every codec\n\nShare of the limit for the stored rows that a lookup reads, and ns per id. A gather also writes its rows, which the limit \
does not. In memory as many rows as stated, in cache 2048. *Two threads*: how many times as fast as one. *Cold*: 2,000 random rows of a file that \
is not in memory, by faults; *prefetch*: how many times as fast with it; and KiB read per id.\n"
    cold = {m["codec"]: m for m in matching(found, section="cold codecs")}
    rows = {}
    for m in matching(found, section="codecs"):
        row = rows.setdefault(m["codec"], {"bytes": m["bytes"], "lines": m["lines"]})
        row[m["where"], m["op"]] = (short(m["times ours"].get("limit 2m")), ns(m))
        if "two threads" in m["times ours"]:
            row["threads"] = number(1 / m["times ours"]["two threads"][1])
        row["checked"] = m["checked"]
        row["rows", m["where"]] = m["rows"]
    cells = []
    for codec, row in rows.items():
        cells.append((
            "`%s`" % codec, number(row["bytes"]), number(row["lines"]), row.get(("rows", "memory"), ""),
            *(text for where in ("memory", "cache") for op in ("pool", "gather") for text in row.get((where, op), ("", ""))),
            row.get("threads", ""), *cold_cells(cold.get(codec)), "" if row["checked"] else "no"))
    yield from lines_of(cells, (
        "codec", "bytes", "lines", "rows", "pool", "ns", "gather", "ns", "pool, cache", "ns", "gather, cache", "ns", "two threads",
        "cold, µs", "prefetch", "KiB", "checked"))


def cold_cells(measured):
    if not measured:
        return "", "", ""
    return number(measured["ns"]["faults"][1] / 1000), short(measured["faults of prefetch"]), number(measured["bytes read"][1] / 1024)


def grid(found, section, keys, title):
    if not matching(found, section=section):
        return
    yield title
    rows = []
    for m in matching(found, section=section):
        rows.append((*(("`%s`" % m[key]) if key == "codec" else m[key] for key in keys), ns(m), quartiles(m["times ours"].get("limit 2m"))))
    yield from lines_of(rows, (*keys, "ns", "share of the limit"))


def readers(found):
    if not matching(found, section="readers"):
        return
    yield "## Reading rows beside other ways of keeping them\n\n4,096 ids a call. Their time over ours.\n"
    rows = [
        (m["rival"], "`%s`" % m["codec"], m["rows"], ns(m), ns(m, m["rival"]), quartiles(m["times ours"][m["rival"]]))
        for m in matching(found, section="readers")]
    yield from lines_of(rows, ("", "ours is", "rows", "ours, ns", "theirs, ns", "theirs / ours"))


def many_tables(found):
    if not matching(found, section="many tables"):
        return
    yield "## 26 tables in one call\n\nBags of 20 for 128 samples, `int8`. Their time over ours.\n"
    for m in matching(found, section="many tables"):
        rows = [(name, ns(m, name), quartiles(values)) for name, values in m["times ours"].items()]
        yield from lines_of([("ours", ns(m), ""), *rows], ("", "ns per row", "theirs / ours"))


def cold(found):
    if not matching(found, section="cold"):
        return
    yield "## A file that is not in memory\n\n2,000 random rows, mapped.\n"
    rows = [
        ("`%s`" % m["codec"], number(m["ns"]["faults"][1] / 1000) if "faults" in m["ns"] else "", quartiles(m["read of touched"]),
         quartiles(m["resident of touched"]), quartiles(m["faults of prefetch"]),
         quartiles(m.get("prefetch of pages")), quartiles(m.get("bounded of prefetch")), quartiles(m["times faults"].get("memmap")),
         quartiles(m["memmap read of touched"]))
        for m in matching(found, section="cold")]
    yield from lines_of(rows, (
        "codec", "µs per row", "bytes read / pages touched", "bytes resident / pages touched", "faults / prefetch and faults",
        "`prefetch` / the pages alone, 64 at a time", "`bounded` / `prefetch`",
        "time of numpy's memmap / faults", "bytes that it read / touched"))


def packing(found):
    for m in matching(found, section="packing"):
        yield "## Packing and opening\n"
        yield from lines_of(m["rows"], ("", "ratio", "measured"))


def missing(run):
    yield "## Not measured\n"
    gone = [(name, why) for name, why in run["missing"].items()] + [(name, why) for name, why in run["failed"].items()]
    if run["uncovered"]:
        gone.append(("stages without an expression in the list", ", ".join(run["uncovered"])))
    yield from lines_of(gone or [("nothing is missing", "")], ("", "why"))


def markdown(run):
    found = run["measurements"]
    parts = [
        [INTRODUCTION % ("" if run["rows of 64"] >= 1 << 22 else ", with %d rows in memory: too few for the targets" % run["rows of 64"])], machine(run), targets(run),
        ["\n".join("![%s](%s)" % (title, name) for name, title in run["charts"].items()) + "\n"],
        limits(found), pooling(found), codecs(found),
        grid(found, "dims", ("codec", "dim", "op"), "## Rows of 8 to 768 numbers\n"),
        grid(found, "bags", ("codec", "bag", "ids", "threads"), "## Bags, ids and threads\n"),
        readers(found), many_tables(found), cold(found), packing(found), missing(run)]
    return "\n".join(line for part in parts for line in part)


def write(run, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("report.json", json.dumps(run, indent=1) + "\n"), ("report.md", markdown(run))):
        (folder / name).write_text(text.replace(str(ROOT) + "/", ""))
