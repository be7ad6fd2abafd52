"""EmbeddingBag beside torch's: recorded outputs always, torch itself where it is installed."""

import json
import pickle
import unittest

import bag_cases
import embstore
import numpy as np
from common import Case, whole
from embstore import _bags

try:
    import torch
except ImportError:
    torch = None


def looked_up(table, case):
    """What the module does with a case, without torch."""
    ids = np.array(case["input"], case["kind"])
    weights = None if case["weights"] is None else np.array(case["weights"], np.float32)
    if case["offsets"] is None:
        offsets = np.arange(len(ids) + 1) * ids.shape[1]
        ids, weights = ids.ravel(), None if weights is None else weights.ravel()
    else:
        offsets = np.array(case["offsets"], case["kind"])
        offsets = offsets if case["include_last_offset"] else _bags.completed(offsets, len(ids))
    if case["padding_idx"] is not None:
        ids, offsets, weights = _bags.without(case["padding_idx"] % bag_cases.ROWS, ids, offsets, weights)
    return table.pool(ids, offsets, weights, case["mode"])


class Recorded(Case):
    def test_outputs_agree_with_those_that_torch_gave(self):
        recorded = json.loads(bag_cases.RECORDED.read_text())["outputs"]
        rows = bag_cases.rows()
        table = self.packed(rows).table()
        cases = list(bag_cases.cases())
        self.assertEqual(len(cases), len(recorded))
        for case, output in zip(cases, recorded):
            expected = np.array(output, np.float32).reshape(-1, bag_cases.DIM)
            found = looked_up(table, case)
            self.assertEqual(found.shape, expected.shape, case)
            np.testing.assert_allclose(found, expected, rtol=0, atol=bag_cases.allowed(case, rows), err_msg=str(case))


@unittest.skipUnless(torch, "torch is not installed: only its recorded outputs are compared")
class Beside(Case):
    def setUp(self):
        super().setUp()
        self.rows = bag_cases.rows()
        self.store = self.packed(self.rows)
        self.path = self.folder / "t.emb"

    def module(self, **arguments):
        from embstore.torch import EmbeddingBag

        return EmbeddingBag(self.store.table(), **arguments)

    def test_every_case_agrees_with_torch_itself(self):
        for case in bag_cases.cases():
            module = self.module(**{name: case[name] for name in ("mode", "include_last_offset", "padding_idx")})
            found = module(*bag_cases.tensors(case, getattr(torch, case["kind"])))
            expected = bag_cases.torch_of(case)
            self.assertEqual(tuple(found.shape), expected.shape, case)
            np.testing.assert_allclose(
                found.numpy(), expected, rtol=0, atol=bag_cases.allowed(case, self.rows), err_msg=str(case))

    def test_packed_tables_agree_on_what_they_store(self):
        random = torch.Generator().manual_seed(5)
        rows = torch.randn(500, 32, generator=random)
        ids = torch.randint(0, 500, (2000,), generator=random)
        offsets = torch.arange(0, 2000, 20)
        from embstore.torch import EmbeddingBag

        for codec in ("f16", "bf16", "int8", "rotation | int4", "pq(8x4)"):
            table = self.packed(rows, codec, "c.emb").table()
            stored = torch.from_numpy(table[np.arange(500)])
            for mode in ("sum", "mean", "max"):
                expected = torch.nn.EmbeddingBag.from_pretrained(stored, mode=mode)(ids, offsets)
                torch.testing.assert_close(EmbeddingBag(table, mode=mode)(ids, offsets), expected, rtol=1e-5, atol=2e-5)

    def test_both_refuse_what_torch_refuses(self):
        theirs = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(self.rows))
        for input, offsets in (([1, 3], [1]), ([1, 3], [0, 3]), ([1, 40], [0]), ([1, -1], [0]), ([1, 3, 3, 1], [0, 3, 2, 4]),
                               ([1, 3], None), ([[1, 3]], [0])):
            input, offsets = torch.tensor(input), None if offsets is None else torch.tensor(offsets)
            with self.assertRaises(Exception):
                theirs(input, offsets)
            for padding in (None, 3):
                with self.assertRaises(Exception):
                    self.module(padding_idx=padding)(input, offsets)

    def test_where_it_differs_is_as_lookup_md_says(self):
        nan = torch.tensor([[1.0, float("nan")], [2.0, 1.0]])
        table = self.packed(nan, name="nan.emb").table()
        from embstore.torch import EmbeddingBag

        module = EmbeddingBag(table, mode="max")
        for ids in ([0, 1], [1, 0]):
            self.assertTrue(np.isnan(module(torch.tensor([ids]))[0, 1]))
        mean = EmbeddingBag(table, mode="mean")(torch.tensor([[1, 1]]), None, torch.tensor([[3.0, 1.0]]))
        self.assertEqual(mean.tolist(), [[2.0, 1.0]])
        for mode in ("sum", "mean", "max"):
            module = self.module(mode=mode, include_last_offset=True)
            self.refused(ValueError, "BAD_OFFSETS", module, torch.tensor([1, 3, 3]), torch.tensor([0, 2]))
            self.refused(ValueError, "BAD_OFFSETS", self.module(mode=mode), torch.tensor([1, 3]), torch.tensor([], dtype=torch.long))
            self.assertEqual(self.module(mode=mode)(torch.zeros((2, 0), dtype=torch.long)).tolist(), [[0.0] * 5] * 2)
            int32 = self.module(mode=mode)(torch.tensor([1, 3], dtype=torch.int32), torch.tensor([0]))
            self.assertEqual(int32.shape, (1, 5))

    def test_constructors_take_what_torch_takes(self):
        from embstore.torch import EmbeddingBag

        ids = torch.tensor([[1, 2], [3, 4]])
        expected = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(self.rows), mode="max")(ids)
        for module in (EmbeddingBag.from_pretrained(self.path, mode="max"), EmbeddingBag.from_file(self.path, "table", mode="max"),
                       EmbeddingBag.from_pretrained(self.store.table(), True, None, 2.0, False, "max", True)):
            self.assertTrue(torch.equal(module(ids), expected))
        self.assertEqual((module.num_embeddings, module.embedding_dim), (40, 5))
        for arguments in (dict(freeze=False), dict(max_norm=1.0), dict(mode="min")):
            with self.assertRaises(ValueError):
                EmbeddingBag.from_pretrained(self.path, **arguments)

    def test_it_is_a_module(self):
        model = torch.nn.Sequential(self.module(mode="sum"), torch.nn.Linear(5, 2)).eval()
        ids = torch.tensor([[1, 2], [3, 4]])
        expected = model(ids)
        self.assertEqual(list(model.state_dict()), ["1.weight", "1.bias"])
        self.assertTrue(torch.equal(pickle.loads(pickle.dumps(model))(ids), expected))
        self.assertIn("40, 5, mode='sum', f32", repr(model))
        self.assertFalse(self.module()(ids).requires_grad)
        half = self.module(dtype=torch.bfloat16)(ids)
        self.assertTrue(torch.equal(half, self.module()(ids).bfloat16()))

    def test_a_data_loader_reopens_the_table_in_its_workers(self):
        table = self.store.table()
        loader = torch.utils.data.DataLoader(table, batch_size=8, num_workers=2, multiprocessing_context="spawn")
        found = torch.cat(list(loader))
        np.testing.assert_array_equal(found.numpy(), self.rows)


@unittest.skipUnless(torch, "torch is not installed")
class Tensors(Case):
    def setUp(self):
        super().setUp()
        self.rows = whole(50, 6)
        self.table = self.packed(self.rows).table()

    def test_tensors_bring_tensors(self):
        ids = torch.arange(20)
        for given in (ids, ids.int(), ids.short(), torch.arange(40)[::2] // 2, ids.reshape(4, 5)):
            found = self.table.gather(given)
            self.assertIsInstance(found, torch.Tensor)
            np.testing.assert_array_equal(found.numpy(), self.rows[given.numpy()])
        found = self.table.pool(ids, torch.tensor([0, 5, 20]), torch.ones(20, dtype=torch.float64), "sum")
        np.testing.assert_array_equal(found.numpy(), [self.rows[:5].sum(0), self.rows[5:20].sum(0)])
        found = self.table.gather(ids, dtype=torch.bfloat16)
        self.assertEqual(found.dtype, torch.bfloat16)
        self.assertTrue(torch.equal(found, torch.from_numpy(self.rows[:20]).bfloat16()))
        scores = self.table.score(torch.from_numpy(self.rows[:2]), ids)
        np.testing.assert_array_equal(scores, self.rows[:2] @ self.rows[:20].T)

    def test_outputs_are_written_where_they_are(self):
        ids = np.arange(20)
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            out = torch.empty((20, 6), dtype=dtype)
            place = out.data_ptr()
            self.assertIs(self.table.gather(ids, out), out)
            self.assertEqual(out.data_ptr(), place)
            self.assertTrue(torch.equal(out, torch.from_numpy(self.rows[:20]).to(dtype)))
        for out in (torch.empty((6, 20)).T, torch.empty((20, 5)), torch.empty((20, 6), device="meta")):
            with self.assertRaises(ValueError):
                self.table.gather(ids, out)

    def test_tables_of_tensors_are_packed(self):
        rows = torch.from_numpy(self.rows).requires_grad_()
        embstore.pack({"a": rows, "b": rows.bfloat16(), "c": rows[0]}, self.folder / "s.emb", "f32")
        with embstore.open(self.folder / "s.emb") as store:
            self.assertEqual(store.tables, ("a", "b"))
            np.testing.assert_array_equal(store["b"][np.arange(50)], self.rows)


if __name__ == "__main__":
    unittest.main()
