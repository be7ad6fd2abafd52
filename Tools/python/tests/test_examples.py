"""The programs of the READMEs run on the sample."""

import os
import re
import subprocess
import sys
import unittest

import embstore
from common import GLOVE, ROOT, WORDS, Case

PROGRAM = ROOT / "Tests/Examples/words.py"


class Examples(Case):
    def test_the_program_of_the_readme_runs_on_the_sample(self):
        program = PROGRAM.read_text()
        self.assertLess(len(program.splitlines()), 40)
        self.assertIn("```python\n" + program.split('"""\n', 1)[1] + "```\n", (ROOT / "README.md").read_text())
        told = subprocess.run(
            [sys.executable, PROGRAM, GLOVE, WORDS], cwd=self.folder, env=os.environ, capture_output=True, text=True)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertRegex(told.stdout, r"^\d+ bytes, relative error 0\.00")
        self.assertIn("(2, 50)", told.stdout)
        self.assertRegex(told.stdout, r"king 1\.0\d\d, prince 0\.8\d\d, queen 0\.7\d\d")
        self.assertIn("MISSING_ID 0", told.stdout)

    def test_snippets_of_the_packages_readme_and_docstrings_run(self):
        embstore.pack(GLOVE, self.folder / "words.emb", "int8", WORDS, name="words")
        snippets = re.findall(r"```python\n(.*?)```", (ROOT / "Tools/python/README.md").read_text(), re.DOTALL)
        self.assertEqual(len(snippets), 1)
        here = os.getcwd()
        os.chdir(self.folder)
        try:
            names = {}
            exec(snippets[0], names)
            self.assertEqual(names["bags"].shape, (2, 50))
            self.assertEqual(names["ids"][0, 0], "king")
        finally:
            os.chdir(here)


if __name__ == "__main__":
    unittest.main()
