"""pack, Packer and sources."""

import unittest

import embstore
import numpy as np
from common import GLOVE, WORDS, Case, whole
from embstore import sources


def available(name):
    """The package, or None where it is not installed."""
    try:
        return __import__(name)
    except ImportError:
        return None


class Packing(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(64, 6)
        self.path = self.folder / "p.emb"

    def read(self, path=None):
        store = embstore.open(path or self.path)
        self.addCleanup(store.close)
        return store

    def test_arrays_of_every_type_become_tables(self):
        for kind in ("f4", "f2", "f8", "i1", "i2", "i4", "i8", ">f4"):
            embstore.pack(self.rows.astype(kind), self.path, "f32", overwrite=True)
            np.testing.assert_array_equal(self.read().table().view(), self.rows)
        for rows in (self.rows[::-1], np.asfortranarray(self.rows), self.rows.tolist()):
            embstore.pack(rows, self.path, "f32", overwrite=True)
            np.testing.assert_array_equal(self.read().table().view(), np.asarray(rows))
        for rows in (np.ones(3), np.ones((2, 2, 2)), np.ones((2, 2), bool), np.ones((2, 2), complex), [["a"]]):
            with self.assertRaises((TypeError, ValueError)):
                embstore.pack(rows, self.folder / "no.emb")
        self.assertFalse((self.folder / "no.emb").exists())

    def test_files_are_not_replaced_unless_asked(self):
        report = embstore.pack(self.rows, self.path, "int8")
        self.assertEqual(report["fileBytes"], self.path.stat().st_size)
        self.assertEqual(report["tables"][0]["name"], "table")
        self.refused(FileExistsError, "EXISTS", embstore.pack, self.rows, self.path)
        embstore.pack(self.rows, self.path, overwrite=True)

    def test_the_same_source_gives_the_same_bytes(self):
        files = []
        for threads in (1, 2):
            embstore.pack(self.rows, self.path, "rotation | int4", name="t", overwrite=True, threads=threads)
            files.append(self.path.read_bytes())
        self.assertEqual(files[0], files[1])

    def test_keys_frequencies_orders_and_policies(self):
        keys = [f"k{i}" for i in range(64)]
        report = embstore.pack(
            self.rows, self.path, "int8", keys, np.arange(64), name="t", missing="default", default_row="k7",
            order="frequency", compression="lz4", attributes={"made.by": "a test"}, features={"seen": None}, generation=9)
        self.assertIsNotNone(report["tables"][0]["quality"]["trafficNMSE"])
        store = self.read()
        self.assertEqual((store.generation, store.features), (9, ("seen",)))
        self.assertEqual(store.describe()["tables"][0]["attributes"]["made.by"], "a test")
        np.testing.assert_allclose(store["t"][keys], self.rows, atol=0.5)
        np.testing.assert_array_equal(store["t"]["nobody"], store["t"]["k7"])

    def test_duplicate_keys_are_refused_or_dropped(self):
        self.refused(embstore.DuplicateKeyError, "DUPLICATE_KEY", embstore.pack, self.rows[:2], self.path, "f32", [5, 5])
        for kept, row in (("first", 0), ("last", 1)):
            embstore.pack(self.rows[:2], self.path, "f32", [5, 5], duplicates=kept, overwrite=True)
            np.testing.assert_array_equal(self.read().table()[5], self.rows[row])

    def test_what_does_not_fit_is_refused(self):
        self.refused(ValueError, "BAD_EXPRESSION", embstore.pack, self.rows, self.path, "int9")
        self.refused(embstore.PackError, "ROW_COUNT_MISMATCH", embstore.pack, self.rows, self.path, "f32", ["a"])
        self.refused(embstore.PackError, "NOT_FINITE", embstore.pack, self.rows * np.nan, self.path, "int8")
        self.refused(ValueError, "BAD_ARGUMENT", embstore.pack, self.rows, self.path, order="random")
        embstore.pack(np.where(self.rows > 40, np.inf, self.rows), self.path, "int8", non_finite="clamp")

    def test_parameters_trained_elsewhere_are_taken(self):
        books = np.random.default_rng(1).normal(size=(3 * 16, 2)).astype(np.float32)
        embstore.pack(self.rows, self.path, "pq(3x4)", parameters={"pq.codebooks": books.ravel()})
        found = self.read().table()[[0]].reshape(3, 2)
        for part in range(3):
            self.assertIn(found[part].tolist(), books[16 * part : 16 * part + 16].tolist())

    def test_packers_take_several_tables_and_tell_what_they_take(self):
        packer = embstore.Packer()
        self.assertEqual(packer.add(self.rows, "a", "f16"), 0)
        self.assertEqual(packer.add(sources.TableSource([self.rows[:9], self.rows[9:]]), "b", "f32"), 1)
        estimate = packer.estimate()["tables"]
        self.assertEqual([(t["name"], t["columnBytes"]) for t in estimate], [("a", 64 * 12), ("b", 64 * 24)])
        packer.write(self.path)
        np.testing.assert_array_equal(self.read()["b"].view(), self.rows)
        with self.assertRaises(ValueError):
            packer.add(sources.TableSource([self.rows, self.rows[:, :2]]), "c", "f32")

    def test_files_are_packed_as_the_tool_packs_them(self):
        embstore.pack(GLOVE, self.path, "int8", WORDS, name="words")
        table = self.read()["words"]
        with open(WORDS) as lines:
            words = lines.read().split("\n")[:-1]
        np.testing.assert_allclose(table[words], np.load(GLOVE), atol=0.05)
        embstore.pack(np.load(GLOVE), self.folder / "same.emb", "int8", words, name="words")
        self.assertEqual((self.folder / "same.emb").read_bytes(), self.path.read_bytes())
        self.refused(embstore.StorageError, "CANNOT_OPEN", embstore.pack, self.folder / "absent.npy", self.folder / "x.emb")

    def test_state_dicts_become_tables_by_name(self):
        state = {"user.weight": self.rows, "item.weight": self.rows + 1, "bias": np.ones(3), "ids": np.ones((2, 2), int)}
        embstore.pack(state, self.path, "f32")
        self.assertEqual(self.read().tables, ("user.weight", "item.weight"))
        embstore.pack(state, self.path, {"item.weight": "f16"}, overwrite=True)
        self.assertEqual(self.read().tables, ("item.weight",))
        with self.assertRaises(KeyError):
            embstore.pack(state, self.path, {"absent": "f16"})
        with self.assertRaises(ValueError):
            embstore.pack({"bias": np.ones(3)}, self.path)
        with self.assertRaises(TypeError):
            embstore.pack(self.rows, self.path, {"a": "f32"})

    @unittest.skipUnless(available("ml_dtypes"), "ml_dtypes is not installed")
    def test_bfloat16_is_packed_as_it_is(self):
        import ml_dtypes

        rows = np.random.default_rng(4).normal(size=(9, 4)).astype(ml_dtypes.bfloat16)
        embstore.pack(rows, self.path, "bf16")
        np.testing.assert_array_equal(self.read().table().view().view(np.uint16), rows.view(np.uint16))

    @unittest.skipUnless(available("pandas"), "pandas is not installed")
    def test_a_frame_brings_its_index(self):
        import pandas

        frame = pandas.DataFrame(self.rows, index=[f"k{i}" for i in range(64)])
        embstore.pack(frame, self.path, "f32")
        table = self.read().table()
        np.testing.assert_array_equal(table[frame.index], self.rows)
        np.testing.assert_array_equal(table[pandas.Series(["k5", "k4"])], self.rows[[5, 4]])


@unittest.skipUnless(available("pyarrow"), "pyarrow is not installed")
class Arrow(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(40, 5)

    def lists(self, rows, spelling, kind="float32"):
        import pyarrow as pa

        values = pa.array(rows.ravel(), getattr(pa, kind)())
        ends = np.arange(0, rows.size + 1, rows.shape[1])
        if spelling == "fixed":
            return pa.FixedSizeListArray.from_arrays(values, rows.shape[1])
        if spelling == "list":
            return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values)
        return pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), values)

    def test_lists_of_every_spelling_are_taken_without_a_copy(self):
        for spelling in ("fixed", "list", "large"):
            array = self.lists(self.rows, spelling)
            for part, rows in ((array, self.rows), (array[3:20], self.rows[3:20])):
                found, keys = sources.arrow(part)
                np.testing.assert_array_equal(found[0], rows)
                self.assertIsNone(keys)
                self.assertTrue(np.shares_memory(found[0], array.values.to_numpy()), spelling)

    def test_nulls_and_ragged_lists_are_refused(self):
        import pyarrow as pa

        for array in (pa.array([[1.0, 2.0], None]), pa.array([[1.0, None]]), pa.array([[1.0], [1.0, 2.0]]),
                      pa.array([[1.0, 2.0], None], pa.list_(pa.float32(), 2)), pa.array([["a"]]), pa.array([1.0])):
            with self.assertRaises((ValueError, TypeError)):
                sources.arrow(array)

    def test_files_of_parquet_and_arrow_bring_their_keys(self):
        import pyarrow as pa
        import pyarrow.feather
        import pyarrow.parquet

        words = [f"w{i}" for i in range(40)]
        for spelling in ("fixed", "list", "large"):
            for keys in (pa.array(words), pa.array(words, pa.large_string()), pa.array(words).dictionary_encode(),
                         pa.array(range(40), pa.uint64())):
                table = pa.table({"word": keys, "vector": self.lists(self.rows, spelling)})
                pa.parquet.write_table(table, self.folder / "t.parquet", row_group_size=7)
                pa.feather.write_feather(table, self.folder / "t.arrow", compression="uncompressed", chunksize=9)
                for source in (self.folder / "t.parquet", self.folder / "t.arrow", table, table.to_batches()[0]):
                    found = self.packed(source).table()
                    np.testing.assert_array_equal(found[keys], self.rows)
                    np.testing.assert_array_equal(found[keys[5:9]], self.rows[5:9])

    def test_columns_that_are_several_must_be_named(self):
        import pyarrow as pa

        table = pa.table({"a": self.lists(self.rows, "fixed"), "b": self.lists(self.rows + 1, "list", "float64"),
                          "i": range(40), "j": range(40)})
        with self.assertRaises(ValueError):
            sources.arrow(table)
        with self.assertRaises(ValueError):
            sources.arrow(table, "b")
        found = self.packed(sources.arrow(table, "b", "j")).table()
        np.testing.assert_array_equal(found[[3]], self.rows[[3]] + 1)

    def test_ids_of_arrow_are_looked_up(self):
        import pyarrow as pa

        table = self.packed(self.rows).table()
        np.testing.assert_array_equal(table[pa.array([3, 4])], self.rows[3:5])
        np.testing.assert_array_equal(table[pa.chunked_array([[3], [4]])], self.rows[3:5])
        for ids in (pa.array([1, None]), pa.array([1.5])):
            with self.assertRaises(TypeError):
                table.gather(ids)


@unittest.skipUnless(available("torch"), "torch is not installed")
class Checkpoints(Case):
    def test_checkpoints_are_read_without_running_them(self):
        import torch

        rows = torch.from_numpy(whole(30, 4))
        state = {"emb.weight": rows, "half.weight": rows.bfloat16(), "linear.bias": torch.ones(4), "steps": 7}
        for inner in (state, {"state_dict": state, "epoch": 3}):
            torch.save(inner, self.folder / "m.pt")
            store = self.packed(self.folder / "m.pt", {"emb.weight": "f32", "half.weight": "bf16"})
            np.testing.assert_array_equal(store["emb.weight"].view(), rows)
            np.testing.assert_array_equal(store["half.weight"].gather(range(30)), rows)
        torch.save(print, self.folder / "evil.pt")
        with self.assertRaises(Exception):
            sources.checkpoint(self.folder / "evil.pt")
        torch.save(rows, self.folder / "tensor.pt")
        self.assertEqual(list(sources.checkpoint(self.folder / "tensor.pt")), ["table"])


if __name__ == "__main__":
    unittest.main()
