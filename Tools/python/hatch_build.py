"""Puts the C libraries into the wheel, and the compiled calls where they can be built. One wheel is for every CPython: where an
interpreter does not take the compiled calls, ctypes makes them."""

import os
import pathlib
import subprocess
import sys
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Libraries(BuildHookInterface):
    def initialize(self, version, build_data):
        """Builds libembstore and libembstore-pack, or takes those in the folder that EMBSTORE_LIBRARIES names."""
        folder = os.environ.get("EMBSTORE_LIBRARIES")
        if not folder:
            subprocess.run([ROOT / "Tools/install-dependencies"], check=True)
            subprocess.run([ROOT / "Tools/build-c"], check=True)
            folder = ROOT / ".build/c/release"
        for stem in ("libembstore", "libembstore-pack"):
            library = (pathlib.Path(folder) / f"{stem}.so").resolve(strict=True)
            build_data["force_include"][str(library)] = f"embstore/lib/{stem}.so"
        calls = pathlib.Path(self.directory) / "_calls.abi3.so"
        built = subprocess.run([ROOT / "Tools/python/build-calls", calls], env=dict(os.environ, PYTHON=sys.executable))
        if built.returncode == 0:
            build_data["force_include"][str(calls)] = "embstore/_calls.abi3.so"
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
