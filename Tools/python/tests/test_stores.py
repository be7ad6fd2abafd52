"""Stores: opening, closing, pickling, threads, batches."""

import copy
import gc
import json
import multiprocessing
import pickle
import threading
import unittest

import embstore
import numpy as np
from common import Case, whole


def looked_up_elsewhere(pickled, ids):
    """In a worker: what the table unpickled there gives."""
    return pickle.loads(pickled)[ids]


class Stores(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(100, 5)
        self.store = self.packed(self.rows, generation=3, features={"clicked": None, "bought": None})
        self.table = self.store["table"]

    def test_a_store_tells_what_it_holds(self):
        path = self.folder / "t.emb"
        self.assertEqual((self.store.path, self.store.nbytes), (str(path), path.stat().st_size))
        self.assertEqual((self.store.generation, self.store.tables, len(self.store)), (3, ("table",), 1))
        self.assertEqual(sorted(self.store.features), ["bought", "clicked"])
        self.assertEqual(list(self.store), ["table"])
        self.assertIn("clicked", self.store)
        self.assertNotIn("sold", self.store)
        self.assertEqual((self.table.name, self.table.shape, self.table.row_count), ("table", (100, 5), 100))
        self.assertEqual((self.table.expression, self.table.id_kinds, self.table.missing), ("f32", ("integers",), "error"))
        self.assertTrue(self.table.is_searchable)
        self.assertEqual(self.store.memory_use().file_bytes, self.store.nbytes)
        self.assertEqual(self.store.describe()["tables"][0]["dim"], 5)
        self.assertIn("table", repr(self.store))
        self.assertIn("100 x 5", repr(self.table))
        self.store.verify()
        self.assertTrue(embstore.__version__)
        self.assertIn(embstore.kernel_level(), ("scalar", "avx2", "avx512", "neon"))

    def test_features_are_tables_of_their_own_name(self):
        clicked = self.store["clicked"]
        self.assertEqual(clicked.name, "clicked")
        np.testing.assert_array_equal(clicked[[1, 2]], self.rows[1:3])
        self.refused(KeyError, "NO_SUCH_TABLE", self.store.table, "sold")
        self.refused(KeyError, "NO_SUCH_FEATURE", self.store.feature, "sold")
        self.refused(embstore.NameNotFoundError, "NO_SUCH_TABLE", self.store.__getitem__, "sold")

    def test_counts_grow(self):
        self.table.gather([1, 2, 3])
        self.table.pool([1, 2], [0, 2])
        self.assertEqual(self.table.counts[:3], (5, 1, 0))
        self.assertEqual(self.table.counts.rows, 5)
        self.assertEqual((self.store.counts.ids, self.store.counts.bags, self.store.counts.decoded_blocks), (5, 1, 0))

    def test_what_is_prefetched_or_warmed_is_not_counted(self):
        self.assertGreater(self.table.prefetch([1, 2, 1000]), 0)
        self.assertGreater(self.store.batch(["clicked", "bought"]).prefetch([[1, 2], [3, 4]]), 0)
        self.assertGreater(self.store.batch(["clicked"]).prefetch([1, 2], [0, 2]), 0)
        self.store.warm()
        self.assertGreater(self.store.memory_use().resident_bytes, 0)
        self.assertEqual(self.store.counts.ids, 0)
        self.refused(TypeError, "WRONG_ID_KIND", self.table.prefetch, ["a"])

    def test_files_are_refused_by_code(self):
        self.refused(FileNotFoundError, "NO_SUCH_FILE", embstore.open, self.folder / "absent")
        (self.folder / "text").write_text("no table")
        self.refused(embstore.FormatError, "NOT_EMBSTORE", embstore.open, self.folder / "text")
        whole_file = (self.folder / "t.emb").read_bytes()
        (self.folder / "cut").write_bytes(whole_file[:-1])
        self.refused(ValueError, "TRUNCATED", embstore.open, self.folder / "cut")
        damaged = bytearray(whole_file)
        damaged[5000] ^= 1
        (self.folder / "damaged").write_bytes(damaged)
        with embstore.open(self.folder / "damaged") as store:
            self.refused(embstore.FormatError, "SEGMENT_CHECKSUM", store.verify)
        self.refused(ValueError, "BAD_ARGUMENT", embstore.open, self.folder / "t.emb", residency="cached")

    def test_residencies_give_the_same_rows(self):
        for residency in ("populated", "huge_pages", "bounded"):
            with embstore.open(self.folder / "t.emb", residency=residency, block_cache_bytes=0) as store:
                np.testing.assert_array_equal(store.table()[[5]], self.rows[[5]])

    def test_closing_closes_what_came_from_the_store(self):
        row, batch = self.table.prepare(), self.store.batch(["table"])
        with self.store as store:
            self.assertIs(store, self.store)
        self.assertTrue(self.store.closed)
        self.store.close()
        calls = [lambda: self.table[1], lambda: self.table.pool([1], [0, 1]), lambda: row(1), lambda: batch.gather([[1]]),
                 lambda: self.table.shape, lambda: self.table.counts, lambda: self.store.tables, self.store.describe,
                 lambda: self.store["table"], self.store.__enter__, lambda: self.table.nearest(self.rows[0]),
                 lambda: self.table.score(self.rows[0], [1]), self.store.verify, lambda: pickle.dumps(self.store)]
        for call in calls:
            self.refused(embstore.ClosedError, "NULL_ARGUMENT", call)
        self.assertIn("closed", repr(self.store) + repr(self.table))

    def test_views_are_the_file_and_keep_the_store_open(self):
        view = self.table.view()
        np.testing.assert_array_equal(view, self.rows)
        self.assertFalse(view.flags.writeable)
        self.assertFalse(view.flags.owndata)
        with self.assertRaises(BufferError):
            self.store.close()
        np.testing.assert_array_equal(self.table[[1]], view[[1]])
        del view
        self.store.close()
        half = self.packed(self.rows, "f16", "h.emb").table().view()
        np.testing.assert_array_equal(half, self.rows)
        self.assertEqual(half.dtype, np.float16)
        for expression in ("int8", "rotation | f32"):
            with self.assertRaises(TypeError):
                self.packed(self.rows, expression, "c.emb").table().view()
        compressed = self.packed(self.rows, name="z.emb", compression="zstd")
        with self.assertRaises(TypeError):
            compressed.table().view()
        np.testing.assert_array_equal(compressed.table()[[7]], self.rows[[7]])

    def test_a_view_is_of_the_file_that_was_opened(self):
        embstore.pack(self.rows + 1, self.folder / "t.emb", "f32", overwrite=True, generation=3,
                      features={"clicked": None, "bought": None})
        with self.assertRaises(FileNotFoundError):
            self.table.view()
        np.testing.assert_array_equal(self.table[[1]], self.rows[[1]])

    def test_pickles_open_the_file_again(self):
        for again in (pickle.loads(pickle.dumps(self.table)), copy.deepcopy(self.table)):
            self.assertEqual(again.name, "table")
            np.testing.assert_array_equal(again[[3]], self.rows[[3]])
        feature, store, batch = pickle.loads(pickle.dumps((self.store["clicked"], self.store, self.store.batch(["table"]))))
        self.assertEqual(feature.name, "clicked")
        self.assertIs(feature._store, store)
        np.testing.assert_array_equal(batch.gather([[4]]), self.rows[[4]])

    def test_pickles_refuse_another_generation_by_the_name_of_both(self):
        pickled = pickle.dumps(self.table)
        embstore.pack(self.rows, self.folder / "t.emb", "f32", overwrite=True, generation=4)
        error = self.refused(embstore.GenerationError, "GENERATION_CHANGED", pickle.loads, pickled)
        self.assertIn("generation 4", str(error))
        self.assertIn("generation 3", str(error))
        np.testing.assert_array_equal(self.table[[1]], self.rows[[1]])

    def test_worker_processes_reopen(self):
        for method in ("fork", "spawn"):
            with multiprocessing.get_context(method).Pool(1) as pool:
                found = pool.apply(looked_up_elsewhere, (pickle.dumps(self.table), [7, 8]))
            np.testing.assert_array_equal(found, self.rows[[7, 8]])

    def test_errors_are_pickled_with_their_codes(self):
        error = pickle.loads(pickle.dumps(self.refused(KeyError, "MISSING_ID", self.table.gather, [100])))
        self.assertEqual((error.code, error.name, error.position), (140, "MISSING_ID", 0))

    def test_threads_share_a_table_while_another_closes_it(self):
        ids = np.random.default_rng(2).integers(0, 100, 2000)
        expected, wrong, closed = self.rows[ids], [], threading.Barrier(9)

        def look():
            closed.wait()
            try:
                for _ in range(1000):
                    if not (self.table.gather(ids) == expected).all():
                        wrong.append("rows")
            except embstore.ClosedError:
                return
            except Exception as error:
                wrong.append(error)

        threads = [threading.Thread(target=look) for _ in range(8)]
        for thread in threads:
            thread.start()
        closed.wait()
        for _ in range(20):
            self.table.gather(ids)
        self.store.close()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_nothing_is_kept_when_nobody_asks_any_more(self):
        handle = self.table._handle
        self.table.prepare()(1)
        del self.table
        gc.collect()
        self.assertEqual(len(self.store._children), 0)
        self.assertTrue(handle)


class Batches(Case):
    def setUp(self):
        super().setUp()
        self.users, self.items = whole(40, 3, 1), whole(60, 4, 2)
        packer = embstore.Packer()
        packer.add(self.users, "user", "f32", missing="zero")
        packer.add(self.items, "item", "f32")
        self.assertEqual(packer.tables, ("user", "item"))
        packer.write(self.folder / "b.emb")
        self.store = embstore.open(self.folder / "b.emb")
        self.addCleanup(self.store.close)

    def test_a_batch_is_its_features_side_by_side(self):
        batch = self.store.batch(["user", self.store["item"]])
        self.assertEqual((len(batch), batch.dim), (2, 7))
        ids = np.array([[1, 2, 3], [4, 5, 6]])
        expected = np.hstack([self.users[ids[0]], self.items[ids[1]]])
        np.testing.assert_array_equal(batch.gather(ids), expected)
        np.testing.assert_array_equal(batch.gather({"item": ids[1], "user": ids[0]}, threads=2), expected)
        out = np.empty((3, 7), np.float32)
        self.assertIs(batch.gather(ids, out), out)
        np.testing.assert_array_equal(batch.gather(ids, dtype="float16"), expected.astype(np.float16))
        np.testing.assert_array_equal(out, expected)
        self.assertEqual([feature.name for feature in batch.features], ["user", "item"])

    def test_bags_are_pooled_as_their_features_say(self):
        batch = self.store.batch({"user": "sum", "item": "max"})
        ids, lengths = [1, 2, 99, 3, 4, 5], [2, 1, 2, 1]
        expected = np.hstack([self.store["user"].pool(ids[:3], lengths=lengths[:2], mode="sum"),
                              self.store["item"].pool(ids[3:], lengths=lengths[2:], mode="max")])
        np.testing.assert_array_equal(batch.pool(ids, lengths=lengths), expected)
        np.testing.assert_array_equal(batch.pool(ids, [0, 2, 3, 5, 6], np.ones(6), threads=2), expected)

    def test_what_does_not_fit_is_refused(self):
        batch = self.store.batch([embstore.BatchFeature("user", "sum", "error", 2), "item"])
        self.assertEqual(batch.dim, 6)
        self.refused(ValueError, "WRONG_COUNT", batch.gather, [1, 2])
        self.refused(ValueError, "BAD_OFFSETS", batch.pool, [1], lengths=[1])
        self.refused(KeyError, "MISSING_ID", batch.gather, [[99], [1]])
        self.refused(KeyError, "NO_SUCH_TABLE", self.store.batch, ["absent"])
        self.refused(ValueError, "BAD_ARGUMENT", self.store.batch, ["user"], "min")
        self.refused(ValueError, "BAD_ARGUMENT", self.store.batch, [])


class Searches(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(150, 8)
        self.queries = whole(4, 8, 9)

    def test_the_nearest_are_those_that_numpy_finds(self):
        table = self.packed(self.rows).table()
        scores = self.queries @ self.rows.T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :5]
        found_scores, found = table.nearest(self.queries, 5)
        np.testing.assert_array_equal(found, order)
        np.testing.assert_array_equal(found_scores, np.take_along_axis(scores, order, 1))
        squared = ((self.queries[:, None] - self.rows) ** 2).sum(-1)
        result = table.nearest(self.queries[1], k=3, metric="l2", threads=2)
        np.testing.assert_array_equal(result.ids, np.argsort(squared[1], kind="stable")[:3])
        self.assertEqual(result.scores.shape, (3,))
        np.testing.assert_array_equal(table.score(self.queries, range(150)), scores)
        np.testing.assert_array_equal(table.score(self.queries[2], [7, 8], "l2"), squared[2, 7:9])

    def test_fewer_rows_than_k(self):
        table = self.packed(self.rows[:3]).table()
        scores, ids = table.nearest(self.queries, 5)
        self.assertTrue((ids[:, 3:] == -1).all() and np.isneginf(scores[:, 3:]).all())
        words = self.packed(self.rows[:3], name="w.emb", keys=["a", "ä", "東"]).table()
        found = words.nearest(self.queries, 5).ids
        self.assertEqual(found[:, 3:].tolist(), [[None, None]] * 4)
        self.assertEqual(set(found[0, :3]), {"a", "ä", "東"})

    def test_keys_are_what_is_found(self):
        keys = np.arange(150, dtype=np.uint64) * 7 + (1 << 63)
        table = self.packed(self.rows, keys=keys).table()
        ids = table.nearest(self.queries, 2).ids
        np.testing.assert_array_equal(table[ids[:, 0]], self.rows[np.argmax(self.queries @ self.rows.T, axis=1)])
        np.testing.assert_array_equal(table.ids_of_rows([3, 4]), keys.view(np.int64)[3:5])
        self.refused(ValueError, "BAD_ARGUMENT", table.ids_of_rows, [150])

    def test_reranking_orders_by_the_other_table(self):
        packer = embstore.Packer()
        packer.add(self.rows, "codes", "int4")
        packer.add(self.rows, "exact", "f32")
        packer.write(self.folder / "two.emb")
        with embstore.open(self.folder / "two.emb") as store:
            exact = store["exact"].nearest(self.queries, 4)
            found = store["codes"].nearest(self.queries, 4, rerank_by=store["exact"], rerank_among=150)
            np.testing.assert_array_equal(found.ids, exact.ids)
            np.testing.assert_array_equal(found.scores, exact.scores)

    def test_what_cannot_be_searched_is_refused(self):
        table = self.packed(self.rows).table()
        self.refused(ValueError, "WRONG_COUNT", table.nearest, self.queries[:, :7])
        self.refused(ValueError, "WRONG_COUNT", table.nearest, self.queries, 0)
        self.refused(ValueError, "BAD_ARGUMENT", table.nearest, self.queries, 3, "cosinus")
        self.assertEqual(table.score(np.empty((0, 8)), [1]).shape, (0, 1))


if __name__ == "__main__":
    unittest.main()
