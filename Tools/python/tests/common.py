"""What the tests share: a temporary folder, small tables, the repository's sample."""

import pathlib
import shutil
import tempfile
import unittest

import embstore
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
GLOVE = ROOT / "Tests/Fixtures/glove/glove-10k.npy"
WORDS = ROOT / "Tests/Fixtures/glove/glove-10k.txt"


def whole(rows, dim, seed=7):
    """Rows of small integers: sums of them are exact in any order."""
    return np.random.default_rng(seed).integers(-50, 50, (rows, dim)).astype(np.float32)


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="embstore-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def packed(self, rows, expression="f32", name="t.emb", **options):
        """A store of one table."""
        embstore.pack(rows, self.folder / name, expression, overwrite=True, **options)
        store = embstore.open(self.folder / name)
        self.addCleanup(store.close)
        return store

    def refused(self, kind, name, call, *arguments, **options):
        """What is raised, of that class, with that name."""
        with self.assertRaises(kind) as context:
            call(*arguments, **options)
        self.assertEqual(context.exception.name, name)
        self.assertIsInstance(context.exception, embstore.EmbStoreError)
        return context.exception
