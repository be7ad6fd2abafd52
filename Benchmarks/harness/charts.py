"""Charts of a run, as SVG with text as text."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

from targets import matching  # noqa: E402

matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "embstore", "font.size": 9, "axes.spines.top": False,
                            "axes.spines.right": False})


def _save(figure, path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def rivals(found, path):
    """Their time over ours, by codec."""
    measured = matching(found, section="pooling", where="memory", threads=1)
    names = ["fbgemm", "fbgemm, huge pages", "torch", "torch, huge pages", "loop 2m", "limit 2m"]
    figure, axes = plt.subplots(figsize=(7, 3))
    width = 0.8 / len(names)
    for k, name in enumerate(names):
        bars = [(i, m["times ours"][name]) for i, m in enumerate(measured) if name in m["times ours"]]
        if bars:
            axes.bar([i + (k - len(names) / 2 + 0.5) * width for i, _ in bars], [v[1] for _, v in bars], width, label=name,
                     yerr=[[v[1] - v[0] for _, v in bars], [v[2] - v[1] for _, v in bars]], error_kw={"lw": 0.7})
    axes.axhline(1, color="black", lw=0.8)
    axes.set_xticks(range(len(measured)), [m["codec"] for m in measured])
    axes.set_ylabel("their time / ours")
    axes.legend(fontsize=7, ncols=3, frameon=False)
    _save(figure, path)


def codecs(found, path):
    """Share of the limit, by codec."""
    measured = [m for m in matching(found, section="codecs", where="memory", op="pool") if "limit 2m" in m["times ours"]]
    measured.sort(key=lambda m: m["times ours"]["limit 2m"][1])
    figure, axes = plt.subplots(figsize=(7, 0.22 * len(measured) + 1))
    values = [m["times ours"]["limit 2m"] for m in measured]
    axes.barh(range(len(measured)), [v[1] for v in values],
              xerr=[[v[1] - v[0] for v in values], [v[2] - v[1] for v in values]], error_kw={"lw": 0.7})
    axes.axvline(1, color="black", lw=0.8)
    axes.set_yticks(range(len(measured)), [m["codec"] for m in measured], fontsize=7)
    axes.set_xlabel("pooling in memory: share of the limit for the rows read")
    _save(figure, path)


def dims(found, path):
    """Share of the limit, by dim."""
    figure, panels = plt.subplots(1, 2, figsize=(7, 2.8), sharey=True)
    for axes, op in zip(panels, ("pool", "gather")):
        for codec in dict.fromkeys(m["codec"] for m in matching(found, section="dims")):
            measured = matching(found, section="dims", codec=codec, op=op)
            axes.plot([m["dim"] for m in measured], [m["times ours"]["limit 2m"][1] for m in measured], marker=".", label=codec)
        axes.axhline(1, color="black", lw=0.8)
        axes.set_xscale("log", base=2)
        axes.set_xlabel("numbers in a row")
        axes.set_title(op, fontsize=9)
    panels[0].set_ylabel("share of the limit")
    panels[0].legend(fontsize=7, frameon=False)
    _save(figure, path)


def bags(found, path):
    """Share of the limit, by bag."""
    figure, panels = plt.subplots(1, 2, figsize=(7, 2.8), sharey=True)
    for axes, law in zip(panels, ("uniform", "zipf")):
        for codec in dict.fromkeys(m["codec"] for m in matching(found, section="bags")):
            for threads, style in ((1, "-"), (2, "--")):
                measured = matching(found, section="bags", codec=codec, ids=law, threads=threads)
                axes.plot([m["bag"] for m in measured], [m["times ours"]["limit 2m"][1] for m in measured], style, marker=".",
                          label="%s, %d thread%s" % (codec, threads, "s" * (threads > 1)))
        axes.axhline(1, color="black", lw=0.8)
        axes.set_xscale("log")
        axes.set_xlabel("ids in a bag")
        axes.set_title(law, fontsize=9)
    panels[0].set_ylabel("share of the limit")
    panels[1].legend(fontsize=6, frameon=False)
    _save(figure, path)


CHARTS = {"pooling": ("rivals.svg", rivals, "Pooling beside FBGEMM and torch"), "codecs": ("codecs.svg", codecs, "Every codec"),
          "dims": ("dims.svg", dims, "Rows of 8 to 768 numbers"), "bags": ("bags.svg", bags, "Bags, ids and threads")}


def write(found, folder):
    """Titles by file name, of those that there is something to draw for."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for section, (name, draw, title) in CHARTS.items():
        if matching(found, section=section):
            draw(found, folder / name)
            written[name] = title
    return written
