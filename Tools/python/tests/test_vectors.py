"""The format's test vectors and refused files through the libraries as they are linked: every codec, indexer and scorer."""

import json
import pathlib
import unittest

import embstore
import numpy as np

FORMATS = pathlib.Path(__file__).resolve().parents[3] / "Formats"
OUTPUTS = {"f32": ("float32", np.uint32), "f16": ("float16", np.uint16)}


def words(rows, kind=np.uint32):
    return np.array([[int(word, 16) for word in row] for row in rows], kind)


def ids_of(listed):
    return listed if not listed or isinstance(listed[0], str) else np.array(
        listed, np.uint64 if max(listed) >= 1 << 63 else np.int64)


def same(found, expected):
    """To the bit, any NaN for any NaN."""
    bits = found.view(expected.dtype).reshape(expected.shape)
    both = np.isnan(found.reshape(expected.shape)) & np.isnan(expected.view(found.dtype))
    return bool(np.all((bits == expected) | both))


def looked_up(store, lookup, dtype):
    table = store.feature(lookup["feature"]) if "feature" in lookup else store.table(lookup["table"])
    ids, more = ids_of(lookup["ids"]), {"missing": lookup.get("missing"), "dims": lookup.get("dims"), "dtype": dtype}
    if lookup["op"] == "gather":
        return table.gather(ids, **more)
    weights = words([lookup["weights"]]).view(np.float32)[0] if lookup.get("weights") else None
    return table.pool(ids, np.array(lookup["offsets"]), weights, lookup["mode"], **more)


def searched(store, case, search):
    table = store.table(search["table"])
    queries = words(case["queries"][search["queries"]]).view(np.float32).reshape(-1, table.dim)
    if search["op"] == "score":
        return table.score(queries, ids_of(search["ids"]), search["metric"], missing=search.get("missing"))
    rerank = store.table(search["rerank"]) if "rerank" in search else None
    return table.nearest(queries, search["k"], search["metric"], rerank_by=rerank, rerank_among=search.get("candidates"))


class Vectors(unittest.TestCase):
    def compare(self, made, expected, kind=np.uint32):
        if isinstance(made, embstore.Neighbors):
            scores = [[hit[2] for hit in hits] for hits in expected]
            ids = [[hit[1] for hit in hits] for hits in expected]
            if made.ids.dtype == np.int64:  # -1 is no row, and of a large key there are its bits
                ids = np.array([[(1 << 64) - 1 if id is None else id for id in some] for some in ids], np.uint64).view(np.int64)
            self.assertEqual(made.ids.tolist(), list(map(list, ids)))
            made, expected = made.scores, scores
        self.assertTrue(same(made, words(expected, kind)))

    def test_lookups_and_searches(self):
        compared = 0
        for path in sorted(FORMATS.glob("vectors/*/case.json")):
            case = json.loads(path.read_text())
            with embstore.open(path.with_name("table.emb")) as store:
                asked = [(looked_up, lookup) for lookup in case.get("lookups", [])]
                asked += [(lambda store, search, _: searched(store, case, search), s) for s in case.get("searches", [])]
                for number, (ask, question) in enumerate(asked):
                    dtype, kind = OUTPUTS.get(question.get("output", "f32"), (None, None))
                    if dtype is None:  # bfloat16 is no numpy type
                        continue
                    with self.subTest(case=path.parent.name, number=number):
                        if "error" in question:
                            with self.assertRaises(embstore.EmbStoreError) as refused:
                                ask(store, question, dtype)
                            self.assertEqual(refused.exception.name, question["error"])
                        else:
                            self.compare(ask(store, question, dtype), question["expected"], kind)
                        compared += 1
        self.assertGreater(compared, 500)

    def test_refused_files(self):
        refused = 0
        for path in sorted(FORMATS.glob("refused/*.emb")):
            with self.subTest(file=path.name), self.assertRaises(embstore.FormatError) as error:
                with embstore.open(path) as store:
                    store.verify()
            self.assertEqual(error.exception.name, path.stem.split("-")[0])
            refused += 1
        self.assertGreater(refused, 100)


if __name__ == "__main__":
    unittest.main()
