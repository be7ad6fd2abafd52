"""What the run ran on."""

import os
import platform
import subprocess
from pathlib import Path

from environment import ROOT


def _first(path, default=""):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return default


def _cpu():
    fields = {}
    for line in _first("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    name = fields.get("model name") or platform.processor() or platform.machine()
    if "cpu family" in fields:
        name += " (family %s, model %s)" % (fields["cpu family"], fields.get("model"))
    return name, "hypervisor" in fields.get("flags", "").split()


def _caches():
    caches = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = _first(index / "type")
        if kind != "Instruction":
            caches.append("L%s %s" % (_first(index / "level"), _first(index / "size")))
    return ", ".join(caches)


def describe(embstore, level, versions):
    cpu, virtual = _cpu()
    told = " ".join(subprocess.run([embstore, "--version"], capture_output=True, text=True).stdout.split())
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu, "virtual machine": virtual, "cores": os.cpu_count(), "caches": _caches(), "memory GiB": round(memory / 2**30, 1),
        "system": "%s %s" % (platform.system(), platform.release()),
        "huge pages": _first("/sys/kernel/mm/transparent_hugepage/enabled"), "load before": os.getloadavg()[0],
        "embstore": told, "commit": commit, "kernel level": level, "versions": versions,
    }
