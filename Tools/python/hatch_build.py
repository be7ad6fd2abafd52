"""Puts the C libraries into the wheel. There is no extension module: one wheel is for every CPython."""

import os
import pathlib
import subprocess
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
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
