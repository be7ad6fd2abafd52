"""The programs that are measured: ours, built; the yardstick in C, compiled; the rivals, installed below .build or missing. Standard
library only: `Benchmarks/run` uses it before there is numpy."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / ".build" / "benchmarks"
VENV = WORK / "venv"
PYTHON = VENV / "bin" / "python"

# fbgemm-gpu-cpu is built for one version of torch. Where pip knows torch without CUDA, under that version, it prefers it: pass
# PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL.
NEEDED = ["numpy", "matplotlib"]
RIVALS = ["torch==2.13.0", "fbgemm-gpu-cpu==1.8.0", "faiss-cpu", "safetensors", "lmdb", "rocksdict", "usearch"]


def install():
    """Makes the virtual environment once. What cannot be installed is written down with pip's last words."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    record = VENV / "installed.json"
    wanted = NEEDED + RIVALS
    state = json.loads(record.read_text()) if record.exists() else {}
    for package in wanted:
        if state.get(package) == "":
            continue
        print("installing %s" % package, file=sys.stderr)
        told = subprocess.run([PYTHON, "-m", "pip", "install", "-q", package], capture_output=True, text=True)
        lines = [line for line in told.stderr.splitlines() if line.strip() and "notice" not in line]
        state[package] = "" if told.returncode == 0 else (lines or ["pip failed"])[-1]
        if told.returncode and package in NEEDED:
            sys.exit(told.stderr)
        record.write_text(json.dumps(state, indent=1))
    return state


def missing():
    """Reason by package, of the rivals that are not installed."""
    record = VENV / "installed.json"
    state = json.loads(record.read_text()) if record.exists() else {}
    return {package: state.get(package, "not tried") for package in RIVALS if state.get(package) != ""}


def build():
    """The tool, EmbBench, and the yardstick."""
    programs = []
    for package, product in ((ROOT, "embstore"), (ROOT / "Benchmarks", "EmbBench")):
        command = ["swift", "build", "-c", "release", "--package-path", str(package), "--product", product]
        subprocess.run(command, check=True, stdout=sys.stderr)
        where = subprocess.run([*command[:-2], "--show-bin-path"], check=True, capture_output=True, text=True)
        programs.append(Path(where.stdout.strip()) / product)
    limit = WORK / "limit"
    source = Path(__file__).resolve().parent / "limit.c"
    compiler = os.environ.get("CC", "clang")
    subprocess.run([compiler, "-O3", "-march=native", "-Wall", source, "-lpthread", "-o", limit], check=True)
    return (*programs, limit)
