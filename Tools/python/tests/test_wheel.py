"""The wheel: one for every CPython, that runs without this checkout."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import sysconfig
import unittest
import zipfile

from common import GLOVE, ROOT, Case

PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


class Wheel(Case):
    def setUp(self):
        super().setUp()
        core = os.environ.get("EMBSTORE_LIBRARY")
        if not core or not importlib.util.find_spec("pip"):
            self.skipTest("needs pip, and the libraries of a build")
        self.environment = dict(os.environ, EMBSTORE_LIBRARIES=str(pathlib.Path(core).parent))
        asked = subprocess.run(
            [*PIP, "download", "--no-deps", "--dest", self.folder, "hatchling"], capture_output=True, text=True)
        if asked.returncode:
            self.skipTest("hatchling is not to be had: " + asked.stderr.strip().split("\n")[-1])

    def test_the_wheel_runs_alone_on_every_cpython(self):
        built = subprocess.run(
            [*PIP, "wheel", "--no-deps", "--wheel-dir", self.folder, ROOT / "Tools/python"],
            env=self.environment, capture_output=True, text=True)
        self.assertEqual(built.returncode, 0, built.stderr)
        (wheel,) = self.folder.glob("embstore-*.whl")
        self.assertRegex(wheel.name, r"^embstore-\d+\.\d+\.\d+-py3-none-linux_\w+\.whl$")
        names = zipfile.ZipFile(wheel).namelist()
        for name in ("embstore/lib/libembstore.so", "embstore/lib/libembstore-pack.so", "embstore/py.typed", "embstore/torch.py"):
            self.assertIn(name, names)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.folder / "installed")
        headers = sys.version_info >= (3, 11) and os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))
        self.assertEqual("embstore/_calls.abi3.so" in names, headers)
        program = (
            "import embstore, numpy, sys\n"
            "assert embstore.__file__.startswith(sys.argv[1]), embstore.__file__\n"
            "assert (embstore._library.calls is not None) == (sys.argv[3] == 'True')\n"
            "embstore.pack(sys.argv[2], 'g.emb', 'int8')\n"
            "print(embstore.open('g.emb').table()[[5, 6]].shape)\n")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("EMBSTORE_", "PYTHON"))}
        environment["PYTHONPATH"] = str(self.folder / "installed")
        told = subprocess.run(
            [sys.executable, "-c", program, self.folder, GLOVE, str(headers)], cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual((told.returncode, told.stdout), (0, "(2, 50)\n"), told.stderr)


if __name__ == "__main__":
    unittest.main()
