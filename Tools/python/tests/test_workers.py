"""Workers of Ray, which get a table as path and generation; and threads that open, look up and close at once.

The threads are what a free-threaded CPython runs in parallel. Under the usual interpreter, calls of the library run in parallel
and the Python around them is switched as often as it can be.
"""

import importlib.util
import os
import sys
import threading
import time
import unittest

import embstore
import numpy as np
from common import Case, whole


class Threads(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(2000, 16)
        self.packed(self.rows, "f32", features={"clicked": None})
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        self.addCleanup(sys.setswitchinterval, interval)

    def together(self, work, count=8):
        """Runs work(number) in so many threads at once, and raises what any of them raised."""
        raised, ready = [], threading.Barrier(count)

        def run(number):
            ready.wait()
            try:
                work(number)
            except BaseException as error:
                raised.append(error)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if raised:
            raise raised[0]

    def test_each_opens_looks_up_and_closes(self):
        def work(number):
            ids = np.random.default_rng(number).integers(0, len(self.rows), 40)
            offsets, out = np.arange(0, 41, 8), np.empty((40, 16), np.float32)
            for turn in range(30):
                with embstore.open(self.folder / "t.emb") as store:
                    table = store.table() if turn % 2 else store["clicked"]
                    np.testing.assert_array_equal(table.gather(ids, out), self.rows[ids])
                    row = table.prepare()
                    np.testing.assert_array_equal(row(ids[0]), self.rows[ids[0]])
                    np.testing.assert_array_equal(
                        table.pool(ids, offsets, mode="sum"), self.rows[ids].reshape(5, 8, 16).sum(axis=1))
                    with self.assertRaises(embstore.MissingIDError) as missing:
                        table.gather([1, 2, -number - 1])
                    self.assertIn(str(-number - 1), str(missing.exception))  # the last error is the thread's own
                with self.assertRaises(embstore.ClosedError):
                    table.gather(ids)

        self.together(work)

    def test_tables_are_made_and_dropped_while_the_store_closes(self):
        for _ in range(30):
            store = embstore.open(self.folder / "t.emb")

            def work(number):
                if number == 0:
                    store.close()
                    return
                try:
                    for id in range(20):
                        np.testing.assert_array_equal(store.table()[id], self.rows[id])
                        np.testing.assert_array_equal(store.batch(["table"]).gather([[id]])[0], self.rows[id])
                except embstore.ClosedError:
                    pass

            self.together(work)
            self.assertTrue(store.closed)

    def test_other_threads_run_during_a_call(self):
        table = embstore.open(self.folder / "t.emb").table()
        queries, counted, done = np.zeros((4000, 16), np.float32), 0, threading.Event()
        sys.setswitchinterval(1000)  # no thread is asked to give way: who runs beside the call has been let
        worker = threading.Thread(target=lambda: (table.nearest(queries), done.set()))
        worker.start()
        while not done.is_set():
            counted += 1
            time.sleep(0)
        worker.join()
        self.assertGreater(counted, 100)


def looked_up(table, ids):
    """In a worker: the process, and what the table gives there."""
    return os.getpid(), table.gather(ids)


@unittest.skipUnless(importlib.util.find_spec("ray"), "ray is not installed")
class Ray(Case):
    def test_workers_open_the_file_again(self):
        import ray

        rows = whole(100, 5)
        table = self.packed(rows).table()
        folders = [os.path.dirname(os.path.dirname(embstore.__file__)), os.path.dirname(__file__)]
        ray.init(
            num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=str(self.folder / "ray"),
            runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(folders)}})
        self.addCleanup(ray.shutdown)
        ask = ray.remote(looked_up)
        handle = ray.put(table)
        for pid, found in ray.get([ask.remote(handle, [1, 2]), ask.remote(table, np.array([1, 2]))]):
            self.assertNotEqual(pid, os.getpid())
            np.testing.assert_array_equal(found, rows[1:3])

        class Server:
            """Keeps a prepared lookup between calls."""

            def __init__(self, table):
                self.row = table.prepare()

            def look(self, id):
                return self.row(id).copy()

        server = ray.remote(Server).remote(table)
        np.testing.assert_array_equal(ray.get(server.look.remote(7)), rows[7])
        embstore.pack(rows, self.folder / "t.emb", "f32", generation=2, overwrite=True)
        with self.assertRaisesRegex(ray.exceptions.RayError, "generation"):
            ray.get(ask.remote(table, [1]))


if __name__ == "__main__":
    unittest.main()
