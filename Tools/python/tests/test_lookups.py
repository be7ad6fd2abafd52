"""gather and pool: numpy in and out."""

import unittest
from unittest import mock

import embstore
import numpy as np
from common import Case, whole
from embstore import _arrays, _ids


def pooled(rows, ids, offsets, mode, weights=None):
    """Formats/lookup.md in numpy, for sums that are exact."""
    out = np.zeros((len(offsets) - 1, rows.shape[1]), np.float32)
    for j, (a, b) in enumerate(zip(offsets, offsets[1:])):
        w = np.ones(b - a, np.float32) if weights is None else weights[a:b]
        x = rows[ids[a:b]] * w[:, None]
        if a < b:
            out[j] = x.max(0) if mode == "max" else x.sum(0)
        if a < b and mode == "mean":
            out[j] = out[j] / w.sum() if w.sum() else 0
    return out


class Gather(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(300, 12)
        self.table = self.packed(self.rows).table()

    def test_ids_of_every_integer_type_and_layout_are_taken(self):
        positions = np.random.default_rng(3).integers(0, 100, 40)
        for kind in "bBhHiIlLqQ":
            np.testing.assert_array_equal(self.table[positions.astype(kind)], self.rows[positions], kind)
        frozen = positions.copy()
        frozen.flags.writeable = False
        unaligned = np.frombuffer(b"x" + positions.tobytes(), np.uint8)[1:].view(np.int64)
        for ids in (frozen, positions[::3], positions.reshape(8, 5).T, positions.astype(">i8"), positions.astype(">i4"),
                    unaligned, positions.astype(object)):
            np.testing.assert_array_equal(self.table[ids], self.rows[ids.astype(int)])
        for ids in (list(positions), tuple(map(int, positions)), range(40)):
            np.testing.assert_array_equal(self.table.gather(ids), self.rows[np.asarray(ids)])

    def test_shapes_follow_the_ids(self):
        self.assertEqual(self.table[5].shape, (12,))
        self.assertEqual(self.table[np.int32(5)].shape, (12,))
        self.assertEqual(self.table[np.array(5)].shape, (12,))
        self.assertEqual(self.table[[]].shape, (0, 12))
        self.assertEqual(self.table[np.empty((0, 3), np.int32)].shape, (0, 3, 12))
        ids = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
        np.testing.assert_array_equal(self.table[ids], self.rows[ids])

    def test_contiguous_ids_and_outputs_are_not_copied(self):
        ids, out = np.arange(50), np.empty((50, 12), np.float32)
        with mock.patch.object(_ids.np, "require", side_effect=AssertionError), \
                mock.patch.object(_arrays.np, "empty", side_effect=AssertionError):
            for kind in (np.int32, np.int64, np.uint64):
                self.assertIs(self.table.gather(ids.astype(kind), out), out)
        np.testing.assert_array_equal(out, self.rows[:50])

    def test_numbers_come_as_float16_and_bfloat16(self):
        rows = np.random.default_rng(1).normal(size=(64, 7)).astype(np.float32)
        table = self.packed(rows, name="n.emb").table()
        for dtype in ("float16", np.float16, "f2", np.dtype(np.float16)):
            half = table.gather(np.arange(64), dtype=dtype)
            self.assertEqual(half.dtype, np.float16)
            np.testing.assert_array_equal(half, rows.astype(np.float16))
        try:
            import ml_dtypes
        except ImportError:
            with self.assertRaisesRegex(ImportError, "ml_dtypes"):
                table.gather([1], dtype="bfloat16")
            self.skipTest("ml_dtypes is not installed: bfloat16 of numpy is not compared")
        for out in (None, np.empty((64, 7), ml_dtypes.bfloat16)):
            found = table.gather(np.arange(64), out, dtype=ml_dtypes.bfloat16)
            self.assertEqual(found.dtype, ml_dtypes.bfloat16)
            np.testing.assert_array_equal(found.view(np.uint16), rows.astype(ml_dtypes.bfloat16).view(np.uint16))

    def test_outputs_that_do_not_fit_are_refused(self):
        ids = np.arange(4)
        frozen = np.empty((4, 12), np.float32)
        frozen.flags.writeable = False
        for out in (np.empty((4, 11), np.float32), np.empty((3, 12), np.float32), np.empty((12, 4), np.float32).T, frozen):
            self.refused(embstore.ArgumentError, "WRONG_COUNT", self.table.gather, ids, out)
        for out in (np.empty((4, 12), np.float64), np.empty((4, 12), np.int32), np.empty((4, 12), ">f4")):
            self.refused(embstore.ArgumentError, "BAD_ARGUMENT", self.table.gather, ids, out)
        self.refused(ValueError, "BAD_ARGUMENT", self.table.gather, ids, np.empty((4, 12), np.float32), dtype="float16")
        self.refused(ValueError, "BAD_ARGUMENT", self.table.gather, ids, dtype="float64")

    def test_dims_take_the_first_numbers(self):
        np.testing.assert_array_equal(self.table.gather([3, 4], dims=5), self.rows[3:5, :5])
        for dims in (0, -1, 13):
            self.refused(ValueError, "BAD_DIMS", self.table.gather, [3], dims=dims)

    def test_ids_without_a_row_follow_the_policy(self):
        error = self.refused(KeyError, "MISSING_ID", self.table.gather, [1, 2, 300])
        self.assertEqual((error.code, error.position), (140, 2))
        self.assertIn("300", str(error))
        self.assertEqual(self.table.counts.missing, 1)
        for ids in (-1, 1 << 63, (1 << 64) - 1):
            self.refused(embstore.MissingIDError, "MISSING_ID", self.table.gather, ids)
        zero = self.table.gather([1, 300], missing="zero")
        np.testing.assert_array_equal(zero, [self.rows[1], np.zeros(12)])
        self.refused(ValueError, "NO_DEFAULT_ROW", self.table.gather, [1], missing="default")
        self.refused(ValueError, "BAD_ARGUMENT", self.table.gather, [1], missing="nothing")
        table = self.packed(self.rows, name="d.emb", missing="default", default_row=7).table()
        self.assertEqual(table.missing, "default")
        np.testing.assert_array_equal(table[[1000]], self.rows[[7]])
        self.assertIn(3, self.table)
        self.assertNotIn(300, self.table)

    def test_what_is_no_id_is_refused(self):
        for ids in (1.5, [0.0], np.ones(3), True, np.ones(3, bool), None, [None], "word", [b"x"]):
            self.refused(TypeError, "WRONG_ID_KIND", self.table.gather, ids)
        for ids in (slice(3), (1, 2)):
            with self.assertRaises(TypeError):
                self.table[ids]
        with self.assertRaises(TypeError):
            iter(self.table)
        with self.assertRaises(OverflowError):
            self.table.gather(1 << 64)

    def test_prepared_lookups_write_one_memory(self):
        row = self.table.prepare()
        for id in (3, 299, 0):
            np.testing.assert_array_equal(row(id), self.rows[id])
        self.assertIs(row(3), row.out)
        self.refused(embstore.MissingIDError, "MISSING_ID", row, 300)
        with self.assertRaises(OverflowError):
            row(1 << 64)
        rows = self.table.prepare(5, id_dtype=np.int32, dtype="float16", dims=4)
        rows.ids[:] = [5, 4, 3, 2, 1]
        np.testing.assert_array_equal(rows(), self.rows[[5, 4, 3, 2, 1], :4])
        np.testing.assert_array_equal(rows([9, 8, 7, 6, 5]), self.rows[[9, 8, 7, 6, 5], :4])
        self.assertEqual(self.table.prepare(0)().shape, (0, 12))
        with self.assertRaises(TypeError):
            self.table.prepare(id_dtype=np.int16)


class Strings(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(6, 4)
        self.keys = ["king", "Straße", "東京", "", b"\xff\xfe", "nul\0"]
        self.table = self.packed(self.rows, keys=self.keys).table()

    def test_keys_are_str_and_bytes_in_lists_and_arrays(self):
        np.testing.assert_array_equal(self.table[self.keys], self.rows)
        np.testing.assert_array_equal(self.table["king"], self.rows[0])
        np.testing.assert_array_equal(self.table["東京".encode()], self.rows[2])
        np.testing.assert_array_equal(self.table["nul\0"], self.rows[5])
        np.testing.assert_array_equal(self.table[np.array(self.keys, object)], self.rows)
        np.testing.assert_array_equal(self.table[np.array(["king", "東京"])], self.rows[[0, 2]])
        np.testing.assert_array_equal(self.table[np.array([b"king"])], self.rows[[0]])
        np.testing.assert_array_equal(self.table[[["king", "Straße"], ["東京", ""]]], self.rows[[[0, 1], [2, 3]]])
        np.testing.assert_array_equal(self.table["king", ""], self.rows[[0, 3]])
        self.assertEqual(self.table[[]].shape, (0, 4))
        self.assertIn("king", self.table)
        self.assertNotIn("queen", self.table)

    def test_missing_keys_are_named(self):
        error = self.refused(KeyError, "MISSING_ID", self.table.gather, ["king", "quéen"])
        self.assertIn("quéen", str(error))
        self.assertEqual(error.position, 1)

    def test_other_ids_are_refused(self):
        for ids in ([1], 5, np.arange(3)):
            self.refused(TypeError, "WRONG_ID_KIND", self.table.gather, ids)
        for ids in (["king", 1], ["king", None], {"king"}):
            with self.assertRaises(TypeError):
                self.table.gather(ids)


class Pool(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(200, 9)
        self.table = self.packed(self.rows).table()
        random = np.random.default_rng(5)
        self.lengths = random.integers(0, 6, 50)
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])
        self.ids = random.integers(0, 200, self.offsets[-1])
        self.weights = random.integers(-3, 4, len(self.ids)).astype(np.float32)

    def test_modes_offsets_lengths_and_weights(self):
        for mode in ("sum", "mean", "max"):
            for weights in (None, self.weights):
                expected = pooled(self.rows, self.ids, self.offsets, mode, weights)
                for kind in (np.int32, np.int64, np.uint8, np.uint64):
                    offsets = self.offsets.astype(kind if kind != np.uint8 else np.int16)
                    found = self.table.pool(self.ids, offsets, weights, mode)
                    np.testing.assert_array_equal(found, expected)
                    found = self.table.pool(self.ids, lengths=self.lengths.astype(kind), weights=weights, mode=mode)
                    np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(
            self.table.pool(self.ids, self.offsets), pooled(self.rows, self.ids, self.offsets, "mean"))

    def test_rows_of_ids_are_bags(self):
        ids = self.ids[:60].reshape(12, 5)
        offsets = np.arange(0, 61, 5)
        weights = self.weights[:60].reshape(12, 5)
        np.testing.assert_array_equal(self.table.pool(ids, mode="sum"), pooled(self.rows, self.ids[:60], offsets, "sum"))
        np.testing.assert_array_equal(
            self.table.pool(ids, weights=weights, mode="max"), pooled(self.rows, self.ids[:60], offsets, "max", weights.ravel()))
        self.assertEqual(self.table.pool(np.empty((3, 0), int)).tolist(), np.zeros((3, 9)).tolist())

    def test_outputs_dims_and_dtypes(self):
        expected = pooled(self.rows, self.ids, self.offsets, "sum")
        out = np.empty((50, 9), np.float32)
        self.assertIs(self.table.pool(self.ids, self.offsets, mode="sum", out=out), out)
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(
            self.table.pool(self.ids, self.offsets, mode="sum", dims=3, dtype="float16"), expected[:, :3].astype(np.float16))

    def test_bags_that_do_not_divide_the_ids_are_refused(self):
        for offsets in ([0, 3], [1, 4], [0, 3, 2, 4], [0, 5, 4], [], [0, 2, -1, 4]):
            self.refused(ValueError, "BAD_OFFSETS", self.table.pool, [1, 2, 3, 4], offsets)
        for lengths in ([3], [5], [5, -1], [1 << 62, 1 << 62], np.array([(1 << 64) - 1], np.uint64)):
            self.refused(ValueError, "BAD_OFFSETS", self.table.pool, [1, 2, 3, 4], lengths=lengths)
        for options in ({}, {"offsets": [0, 4], "lengths": [4]}):
            with self.assertRaises(ValueError):
                self.table.pool([1, 2, 3, 4], **options)
        with self.assertRaises(ValueError):
            self.table.pool([[1, 2], [3, 4]], [0, 4])
        for offsets in ([0.0, 4.0], [[0, 4]]):
            with self.assertRaises(TypeError):
                self.table.pool([1, 2, 3, 4], offsets)
        self.refused(ValueError, "WRONG_COUNT", self.table.pool, [1, 2], [0, 2], [1.0])
        self.refused(ValueError, "BAD_ARGUMENT", self.table.pool, [1, 2], [0, 2], None, "min")

    def test_missing_ids_in_bags(self):
        self.refused(KeyError, "MISSING_ID", self.table.pool, [1, 999], [0, 2])
        np.testing.assert_array_equal(
            self.table.pool([1, 999], [0, 2], mode="sum", missing="zero"), self.rows[[1]])


if __name__ == "__main__":
    unittest.main()
