"""What `Benchmarks/run` runs, in the virtual environment."""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import charts
import every_codec
import environment
import machine
import report
import sections
import targets
from bench import Bench
from environment import ROOT, WORK
from servers import Refused
from turns import WrongAnswer


def packing(bench):
    """In a process of its own: the memory of this one would count for those it starts."""
    bench.say("packing and opening")
    told = subprocess.run(
        [sys.executable, Path(__file__).parent / "packing.py", bench.embstore, bench.emb_bench], stdout=subprocess.PIPE, text=True)
    if told.returncode:
        bench.failed["packing"] = "it failed"
    else:
        bench.found.append({"section": "packing", "rows": json.loads(told.stdout)})


# What matters most comes first: the report is written after each part.
PARTS = {"limits": sections.limits, "pooling": sections.pooling, "many": sections.many_tables, "cold": sections.cold,
         "codecs": every_codec.run, "readers": sections.readers, "dims": sections.dims, "bags": sections.bags, "packing": packing}


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/run")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PARTS)
    parser.add_argument("--rows", type=int, help="of 64 numbers, in memory")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def describe(bench):
    file, _ = sections.tables.pack(bench.embstore, sections.tables.source(64, 64), "f32", "tiny")
    level = json.loads(sections.tables.run(bench.embstore, "inspect", "--json", file))["kernelLevel"]
    file.unlink()
    return machine.describe(bench.embstore, level, bench.rival.ask("versions"))


def main():
    asked = arguments()
    out = asked.out or (WORK / "part" if asked.only else WORK / "quick" if asked.quick else ROOT / "Benchmarks" / "results")
    size = (asked.rows or (1 << 19 if asked.quick else 1 << 22)) * 64
    bench = Bench(environment.build(), size, *((5, 3) if asked.quick else (21, 9)))
    started = time.time()
    run = {"quick": asked.quick, "rows of 64": size // 64, "date": time.strftime("%Y-%m-%d"), "machine": describe(bench)}
    for name in asked.only or [part for part in PARTS if part != "packing" or not asked.quick]:
        part = time.time()
        try:
            PARTS[name](bench)
        except (Refused, ValueError, WrongAnswer) as error:
            bench.failed[name] = str(error)
            bench.wrong |= isinstance(error, WrongAnswer)
            bench.restart()
        bench.say("%s: %.0f s" % (name, time.time() - part))
        run.update({
            "minutes": round((time.time() - started) / 60, 1), "measurements": bench.found, "targets": targets.table(bench.found),
            "missing": environment.missing(), "failed": bench.failed, "uncovered": every_codec.uncovered(bench),
            "charts": charts.write(bench.found, out)})
        report.write(run, out)
    bench.close()
    for path in WORK.iterdir():
        if path.name.startswith(("source-", "rival-", "turn.")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    print((out / "report.md").read_text())
    sys.exit(bench.wrong)


main()
