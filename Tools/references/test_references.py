"""Trained states, packed by `embstore pack --import` and looked up, against the formulas of methods.py: to the last bit
for f32, within the codec's bound otherwise. Needs numpy and a built tool: EMBSTORE names it, else .build/debug/embstore."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

import methods
import safetensors
from arithmetic import F32, fma, mish, relu, siphash

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOL = os.environ.get("EMBSTORE", str(ROOT / ".build/debug/embstore"))
RANDOM = np.random.default_rng(5)


def table(*shape):
    """Numbers of the size that embeddings have."""
    return RANDOM.standard_normal(shape).astype(F32)


def ids_below(count, n=300):
    return RANDOM.integers(0, count, n)


def run(*arguments):
    return subprocess.run([TOOL, *map(str, arguments)], capture_output=True)


class ReferenceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def pack(self, method, state, codec, *more):
        """Packs a state; what the tool says if it refuses."""
        safetensors.write(self.folder / "state.safetensors", state)
        done = run("pack", "--import", method, self.folder / "state.safetensors", "--codec", codec, "-f", "-o",
                   self.folder / "t.emb", *more)
        return None if done.returncode == 0 else done.stderr.decode()

    def look_up(self, ids, *more):
        (self.folder / "ids").write_text("".join("%d\n" % i for i in ids))
        done = run("lookup", self.folder / "t.emb", "--ids-from", self.folder / "ids", "--format", "npy", *more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        (self.folder / "rows.npy").write_bytes(done.stdout)
        return np.load(self.folder / "rows.npy")

    def check(self, method, state, codec, ids, expected, *pack, lookup=()):
        self.assertIsNone(self.pack(method, state, codec, *pack))
        found = self.look_up(ids, *lookup)
        self.assertEqual(found.shape, expected.shape)
        np.testing.assert_array_equal(found.view(np.uint32), expected.astype(F32).view(np.uint32))

    # Hashing

    def test_hash(self):
        state = {"embedding.weight": table(101, 6)}
        ids = RANDOM.integers(-2**62, 2**62, 300)
        for function, name in (("mix", ""), ("murmur", "hash=murmur, "), ("siphash", "hash=siphash, ")):
            for probes, combine in ((1, "sum"), (2, "sum"), (3, "mean"), (2, "concat")):
                for signs in (False, True):
                    with self.subTest(function=function, probes=probes, combine=combine, signs=signs):
                        codec = "hashed(probes=%d, combine=%s, seed=9, %s%ssalt=1) | f32" % (
                            probes, combine, name, "signs, " if signs else "")
                        expected = methods.hashed(state, ids, probes, combine, function, 9, 1, signs)
                        self.check("hash", state, codec, ids, expected, lookup=("--key-type", "i64"))

    def test_modulo_and_learn(self):
        state = {"embedding.weight": table(101, 6)}
        ids = ids_below(2**40)
        self.check("hash", state, "hashed(hash=modulo) | f32", ids, methods.hashed(state, ids, function="modulo"),
                   lookup=("--key-type", "i64"))
        state["hash.coefficients"] = RANDOM.integers(1, 10**6, (2, 3))
        expected = methods.hashed(state, ids, 2, "sum", "learn")
        self.check("hash", state, "hashed(probes=2, hash=learn) | f32", ids, expected, lookup=("--key-type", "i64"))

    def test_published_siphash(self):
        self.assertEqual([siphash(133, 137, bytes([c])) % 3 for c in b"ABCDE"], [1, 2, 1, 0, 2])

    def test_hash_embeddings(self):
        state = {"embedding.weight": table(31, 5), "weights.weight": table(200, 3)}
        ids = ids_below(200)
        for combine in ("sum", "mean", "concat"):
            expected = methods.hashed(state, ids, 3, combine, seed=4)
            self.check("hash-embeddings", state, "hashed(combine=%s, seed=4) | f32" % combine, ids, expected)

    def test_memcom(self):
        state = {"embedding.weight": table(31, 5), "weights.weight": table(200)}
        ids = ids_below(200)
        expected = methods.hashed(state, ids, function="modulo")
        self.check("memcom", state, "hashed(hash=modulo) | f32", ids, expected)

    # Composition

    def test_qr(self):
        state = {"quotient.weight": table(21, 5), "remainder.weight": table(10, 5)}
        ids = ids_below(204)
        for combine in ("multiply", "sum", "concat"):
            self.check("qr", state, "qr(combine=%s) | f32" % combine, ids, methods.qr(state, ids, combine),
                       "--ids", 204)

    def test_robe(self):
        state = {"array": table(997)}
        ids = RANDOM.integers(-2**62, 2**62, 300)
        for arguments, more in (("seed=3", {"seed": 3}), ("signed", {"signed": True})):
            expected = methods.robe(state, ids, 8, 2, **more)
            self.check("robe", state, "robe(block=8, chunks=2, %s) | f32" % arguments, ids, expected,
                       lookup=("--key-type", "i64"))

    def test_robe_aligned(self):
        state = {"array": table(960)}
        ids = ids_below(10**12)
        self.check("robe", state, "robe(block=8, chunks=2, align=16) | f32", ids,
                   methods.robe(state, ids, 8, 2, align=16), lookup=("--key-type", "i64"))

    def test_robe_of_hetu(self):
        for prime in (2038074743, 1009):
            drawn = np.concatenate([[prime], RANDOM.integers(1, prime, 8), [0]])
            state = {"array": table(997), "coefficients": drawn}
            ids = ids_below(33_762_577, 3000)
            for signed in (False, True):
                expected = methods.robe(state, ids, 8, 2, signed=signed)
                self.check("robe", state, "robe(block=8, chunks=2%s) | f32" % (", signed" if signed else ""), ids,
                           expected)
        expected = methods.robe(state, ids + 77, 8, 2, signed=True, slot=5)
        self.check("robe", state, "robe(block=8, chunks=2, signed) | f32", ids, expected, "--feature",
                   "f: offset=77, slot=5", lookup=("--feature", "f"))

    def test_tensor_train(self):
        for rows, dims, rank in (((6, 7, 5), (2, 2, 4), 8), ((20, 11), (4, 3), 5), ((3, 4, 5, 2), (1, 2, 2, 2), 3)):
            widths = [d * (1 if k == 0 else rank) * (1 if k == len(dims) - 1 else rank) for k, d in enumerate(dims)]
            state = {"cores.%d" % k: table(n, w) for k, (n, w) in enumerate(zip(rows, widths))}
            ids = ids_below(np.prod(rows))
            expected = methods.tensor_train(state, ids, rank)
            self.check("tt", state, "tensorTrain(rank=%d) | f32" % rank, ids, expected)

    def test_rounding_once(self):
        one, tiny = F32(1), F32(2) ** F32(-24)
        self.assertEqual(fma(one + F32(2) ** F32(-12), one + F32(2) ** F32(-12), tiny), F32(1) + F32(2) ** F32(-11) + F32(2) ** F32(-23))

    # Features

    def test_unified(self):
        state = {"tables.%d.weight" % t: table(50, 4) for t in range(3)}
        state["owned.day.weight"] = table(7, 8)
        state["owned.hour.weight"] = table(24, 4)
        features = {"a": dict(), "b": dict(probes=3, salt=1), "c": dict(probes=2, combine="mean", salt=2),
                    "d": dict(probes=2, salt=3, chunks=[1, 0], tables=[2, 2])}
        spelled = ["a", "b: probes=3, salt=1", "c: combine=mean, salt=2", "d: salt=3, chunks=1-0, tables=2-2"]
        for function in ("mix", "murmur", "siphash"):
            name = "" if function == "mix" else ", hash=" + function
            wanted = [flag for text in spelled for flag in ("--feature", text)]
            self.assertIsNone(self.pack("unified", state, "unified(probes=2, seed=6%s) | f32" % name, *wanted))
            ids = RANDOM.integers(-2**62, 2**62, 100)
            for feature, arguments in features.items():
                expected = methods.unified(state, ids, **{"probes": 2, **arguments}, function=function, seed=6)
                found = self.look_up(ids, "--feature", feature, "--key-type", "i64")
                np.testing.assert_array_equal(found, expected)
            for feature, count in (("day", 7), ("hour", 24)):
                found = self.look_up(range(count), "--feature", feature)
                np.testing.assert_array_equal(found, methods.owned(state, feature, np.arange(count)))

    # Maps

    def test_adaptemb(self):
        state = {"frequent.weight": table(20, 5), "rare.weight": table(8, 5),
                 "remap": np.concatenate([np.arange(20), -1 - np.arange(180)]).astype(np.int32)}
        ids = ids_below(200)
        self.check("adaptemb", state, "f32", ids, methods.adaptemb(state, ids))

    def test_optembed(self):
        remap = np.where(RANDOM.random(200) < 0.3, -1, RANDOM.integers(0, 30, 200))
        state = {"embedding.weight": table(30, 5), "remap": remap}
        ids = ids_below(200)
        self.check("optembed", state, "f32", ids, methods.optembed(state, ids))
        narrow = {**state, "embedding.weight": np.where(np.arange(5) < 2, state["embedding.weight"], F32(0))}
        self.check("optembed", state, "prefix(2) | f32", ids, methods.optembed(narrow, ids))

    # Projections, codebooks and networks

    def test_mde(self):
        state = {"embedding.weight": table(90, 3), "projection.weight": table(8, 3)}
        ids = ids_below(90)
        self.check("mde", state, "f32", ids, methods.mde(state, ids))
        state["projection.bias"] = table(8)
        self.check("mde", state, "f32", ids, methods.mde(state, ids))

    def test_several_states(self):
        states = [{"embedding.weight": table(90, width), "projection.weight": table(8, width)} for width in (3, 5)]
        ids = ids_below(90)
        for name, state in zip("ab", states):
            safetensors.write(self.folder / (name + ".safetensors"), state)
        both = {"%s.%s" % (name, tensor): array for name, state in zip("ab", states) for tensor, array in state.items()}
        safetensors.write(self.folder / "both.safetensors", both)
        for sources in (["a.safetensors", "b.safetensors"], ["both.safetensors", "--prefix", "a.", "--prefix", "b."]):
            done = run("pack", "--import", "mde", *(self.folder / s if s.endswith(".safetensors") else s for s in sources), "--codec", "f32",
                       "--feature", "item=b", "-f", "-o", self.folder / "t.emb")
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            for name, state in zip(("--table a", "--feature item"), states):
                found = self.look_up(ids, *name.split())
                np.testing.assert_array_equal(found.view(np.uint32), methods.mde(state, ids).view(np.uint32))

    def test_dpq(self):
        for parts, words, width in ((4, 32, 3), (3, 16, 2), (2, 256, 4), (5, 7, 1)):
            state = {"codebooks": table(parts, words, width), "codes": RANDOM.integers(0, words, (120, parts))}
            state["codebooks"][:, 1] = state["codebooks"][:, 0] + F32(2) ** F32(-24)     # codes that packing cannot tell apart
            ids = ids_below(120)
            self.check("dpq", state, "f32", ids, methods.product_codes(state, ids))
        self.check("dpq", state, "pq(5x4, layout=fastscan)", ids, methods.product_codes(state, ids))

    def test_mgqe(self):
        for share in (0.1, 0.5, 0, 1):
            frequent = (RANDOM.random(200) < share).astype(np.int32)
            codes = RANDOM.integers(0, np.where(frequent, 256, 64)[:, None], (200, 4))
            state = {"codebooks": table(4, 256, 4), "codes": codes.astype(np.int32), "frequent": frequent}
            ids = ids_below(200)
            self.check("mgqe", state, "f32", ids, methods.product_codes(state, ids))
        order = np.argsort(-RANDOM.random(200))
        state = {"codebooks": table(4, 256, 4), "codes": np.where(order[:, None] < 20, 255, 9) * np.ones((1, 4), int),
                 "frequent": (order < 20).astype(np.uint8)}
        self.check("mgqe", state, "pq(4x8, coldBits=6)", ids, methods.product_codes(state, ids))

    def deep_hash(self, k, hidden, d, normalised):
        """A trained state: hashes of k numbers, hidden layers with or without BatchNorm, d outputs."""
        state = {"hash.coefficients": np.stack([RANDOM.integers(1, 10**6, k), RANDOM.integers(1, 10**6, k),
                                                RANDOM.choice([1000003, 1000033, 1299709, 15485863], k)], axis=1)}
        n, inputs = 0, k
        for width in hidden + [d]:
            state["mlp.%d.weight" % n] = table(width, inputs) / F32(inputs) ** F32(0.5)
            state["mlp.%d.bias" % n] = table(width) / F32(8)
            inputs, n = width, n + 1
            if normalised and n % 3 == 1 and width != d:
                state.update({"mlp.%d.weight" % n: table(width), "mlp.%d.bias" % n: table(width),
                              "mlp.%d.running_mean" % n: table(width), "mlp.%d.running_var" % n: np.abs(table(width)),
                              "mlp.%d.num_batches_tracked" % n: np.array([7])})
            n += 2 if width != d else 0
        return state

    def test_dhe(self):
        ids = ids_below(33_762_577)
        for name, activation in (("mish", mish), ("relu", relu)):
            for normalised in (False, True):
                state = self.deep_hash(24, [9, 7, 7], 5, normalised)
                codec = "mlp(activation=%s) | generated(uniform, buckets=1000000)" % name
                self.check("dhe", state, codec, ids, methods.dhe(state, ids, 10**6, activation), "--ids", 33_762_577)

    # Memory

    def column_bytes(self):
        done = run("inspect", self.folder / "t.emb", "--json")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return sum(column["storedBytes"] for column in json.loads(done.stdout)["tables"][0]["columns"])

    def test_memory(self):
        """Every byte that a method takes, by its paper's formula and what serving needs beside it."""
        n, d, f = 200, 8, 4                                             # ids, numbers, bytes of a number
        rows, rank, parts, words, hidden = 30, 5, 4, 256, 6
        frequent = (np.arange(n) % 10 == 0).astype(np.int32)
        codes = RANDOM.integers(0, np.where(frequent, 256, 64)[:, None], (n, parts))
        network = self.deep_hash(24, [hidden], d, False)
        for method, state, codec, expected, more in (
            ("dense", {"embedding.weight": table(n, d)}, "f32", n * d * f, ()),
            ("dense", {"embedding.weight": table(n, d)}, "int8", n * (d + 2 * 2), ()),
            ("hash", {"embedding.weight": table(rows, d)}, "hashed(probes=2) | f16", rows * d * 2, ()),
            ("hash-embeddings", {"embedding.weight": table(rows, d), "weights.weight": table(n, 3)}, "f32",
             rows * d * f + n * 3 * f, ()),
            ("memcom", {"embedding.weight": table(rows, d), "weights.weight": table(n)}, "f32", rows * d * f + n * f, ()),
            ("qr", {"quotient.weight": table(20, d), "remainder.weight": table(10, d)}, "f32", (20 + 10) * d * f, ()),
            ("robe", {"array": table(97)}, "robe(block=8) | f32", (97 + 8 - 1) * f, ()),
            ("robe", {"array": table(97), "coefficients": np.array([1009, 1, 2, 3, 4, 5, 6, 7, 8])},
             "robe(block=8) | f32", (97 + 3 * (8 - 1)) * f, ()),
            ("tt", {"cores.0": table(6, 2 * rank), "cores.1": table(7, rank * 2 * rank), "cores.2": table(5, rank * 2)},
             "tensorTrain(rank=%d) | f32" % rank, rank * (6 * 2 + rank * 7 * 2 + 5 * 2) * f, ()),
            ("unified", {"tables.0.weight": table(rows, d), "tables.1.weight": table(rows, d),
                         "owned.day.weight": table(7, 2 * d)}, "unified(probes=2) | f32", (2 * rows + 7 * 2) * d * f, ()),
            ("mde", {"embedding.weight": table(n, 2), "projection.weight": table(d, 2)}, "f32",
             (n * 2 + 2 * d + d) * f, ()),
            ("optembed", {"embedding.weight": table(rows, d), "remap": RANDOM.integers(-1, rows, n)}, "f32",
             rows * d * f + n * 4, ()),
            ("adaptemb", {"frequent.weight": table(20, d), "rare.weight": table(10, d),
                          "remap": np.arange(n)[::-1] - 180}, "f32", (20 + 10) * d * f + n * 4, ()),
            ("dpq", {"codebooks": table(parts, words, 2), "codes": codes}, "f32", n * parts + words * d * f, ()),
            ("mgqe", {"codebooks": table(parts, words, 2), "codes": codes, "frequent": frequent}, "f32",
             20 * parts + 180 * (parts * 6 // 8) + words * d * f + n * 4, ()),
            ("mgqe", {"codebooks": table(parts, words, 2), "codes": codes[np.argsort(-frequent, kind="stable")],
                      "frequent": -np.sort(-frequent)}, "f32",
             20 * parts + 180 * (parts * 6 // 8) + words * d * f, ()),
            ("dhe", network, "mlp | generated(uniform, buckets=1000)",
             (24 * hidden + hidden + hidden * d + d) * f + 3 * 24 * 8, ("--ids", n)),
        ):
            with self.subTest(method=method, codec=codec):
                self.assertIsNone(self.pack(method, state, codec, *more))
                self.assertEqual(self.column_bytes(), expected)
                self.assertIsNone(self.pack(method, state, codec, *more, "--budget", expected))
                self.assertIn("at least %d" % expected, self.pack(method, state, codec, *more, "--budget", expected - 1))

    # Other codecs, and what cannot be imported

    def rounded(self, rows):
        """Rows as `int8` stores them: at most half a step from what they were."""
        self.assertIsNone(self.pack("dense", {"embedding.weight": rows}, "int8"))
        found = self.look_up(range(len(rows)))
        step = (rows.max(axis=1) - rows.min(axis=1)) / 255
        bound = 0.51 * step + 2**-10 * np.abs(rows).max(axis=1)
        self.assertTrue((np.abs(found - rows) <= bound[:, None]).all())
        return found

    def test_rows_of_integers(self):
        """Through another codec every method makes of rounded rows what its formula makes of them."""
        rank, t = 4, table
        cores = [t(6, 2, rank), t(7 * rank, 2, rank), t(5, 2, rank)]
        near = [self.rounded(core.reshape(-1, rank)).reshape(core.shape) for core in cores]
        train = ["cores.%d" % k for k in range(3)]

        def flat(parts):
            last = parts[2].transpose(0, 2, 1)                          # number s of a slice is row s of it
            return dict(zip(train, (parts[0].reshape(6, -1), parts[1].reshape(7, -1), last.reshape(5, -1))))

        for method, rows, others, codec, formula, count in (
            ("hash", {"embedding.weight": t(31, 8)}, {}, "hashed(probes=2)", lambda s, i: methods.hashed(s, i, 2), 10**9),
            ("hash-embeddings", {"embedding.weight": t(31, 8)}, {"weights.weight": t(200, 3)}, "hashed(probes=3)",
             lambda s, i: methods.hashed(s, i, 3), 200),
            ("memcom", {"embedding.weight": t(31, 8)}, {"weights.weight": t(200)}, "hashed(hash=modulo)",
             lambda s, i: methods.hashed(s, i, function="modulo"), 200),
            ("qr", {"quotient.weight": t(21, 8), "remainder.weight": t(10, 8)}, {}, "qr(divisor=10)", methods.qr, 210),
            ("tt", flat(cores), {}, "tensorTrain(rank=4)", lambda s, i: methods.tensor_train(s, i, rank), 210),
            ("unified", {"tables.0.weight": t(50, 4), "tables.1.weight": t(50, 4)}, {}, "unified(probes=3)",
             lambda s, i: methods.unified(s, i, 3), 10**9),
            ("mde", {"embedding.weight": t(90, 3)}, {"projection.weight": t(8, 3)}, "lowrank(3)", methods.mde, 90),
            ("adaptemb", {"frequent.weight": t(20, 8), "rare.weight": t(8, 8)},
             {"remap": np.concatenate([np.arange(20), -1 - np.arange(180)])}, "remapped", methods.adaptemb, 200),
            ("optembed", {"embedding.weight": t(30, 8)}, {"remap": RANDOM.integers(-1, 30, 200)}, "remapped",
             methods.optembed, 200),
        ):
            with self.subTest(method=method):
                ids = ids_below(count)
                stored = flat(near) if method == "tt" else {name: self.rounded(part) for name, part in rows.items()}
                expected = formula({**stored, **others}, ids)
                self.assertIsNone(self.pack(method, {**rows, **others}, codec + " | int8"))
                key = ("--key-type", "i64") if count == 10**9 else ()
                np.testing.assert_allclose(self.look_up(ids, *key), expected, rtol=1e-5, atol=1e-5)

    def test_adaptemb_in_tiers(self):
        """Frequent rows are stored as they are, the rows that rare ids share in a byte a number."""
        state = {"frequent.weight": table(64, 8), "rare.weight": table(64, 8),
                 "remap": np.concatenate([np.arange(64), -1 - np.arange(136)])}
        rare = self.rounded(state["rare.weight"])
        ids = ids_below(200)
        self.check("adaptemb", state, "tiers(50%: f32, rest: int8)", ids,
                   methods.adaptemb({**state, "rare.weight": rare}, ids))

    def test_half_precision_tensors(self):
        state = {"quotient.weight": table(21, 5).astype(np.float16), "remainder.weight": table(10, 5).astype(np.float64)}
        ids = ids_below(210)
        exact = {name: array.astype(F32) for name, array in state.items()}
        self.check("qr", state, "f32", ids, methods.qr(exact, ids))

    def test_refusals_name_the_tensor(self):
        rows = table(10, 5)
        for method, state, codec, said in (
            ("qr", {"quotient.weight": rows}, "f32", "remainder.weight"),
            ("qr", {"quotient.weight": rows, "remainder.weight": table(3, 4)}, "f32", "remainder.weight"),
            ("qr", {"quotient.weight": rows, "remainder.weight": rows}, "qr(divisor=9) | f32", "remainder.weight"),
            ("qr", {"quotient.weight": rows, "remainder.weight": rows, "bias": rows}, "f32", "bias"),
            ("memcom", {"embedding.weight": rows, "weights.weight": table(9, 2)}, "f32", "weights.weight"),
            ("hash-embeddings", {"embedding.weight": rows, "weights.weight": rows}, "hashed(probes=2) | f32",
             "weights.weight"),
            ("robe", {"array": table(50), "coefficients": np.arange(8)}, "robe(block=5) | f32", "coefficients"),
            ("robe", {"array": table(50).astype(np.int64)}, "robe(block=5) | f32", "array"),
            ("tt", {"cores.0": rows, "cores.1": rows}, "tensorTrain(rank=4) | f32", "cores.0"),
            ("tt", {"cores.0": rows, "cores.1": rows}, "f32", "rank"),
            ("unified", {"tables.0.weight": rows, "tables.1.weight": table(9, 5)}, "f32", "tables.1.weight"),
            ("unified", {"tables.0.weight": rows, "owned.a.weight": table(9, 7)}, "f32", "owned.a.weight"),
            ("adaptemb", {"frequent.weight": rows, "rare.weight": rows, "remap": np.array([0, 10])}, "f32", "remap"),
            ("optembed", {"embedding.weight": rows, "remap": table(4)}, "f32", "remap"),
            ("mde", {"embedding.weight": rows, "projection.weight": table(8, 4)}, "f32", "projection.weight"),
            ("mde", {"embedding.weight": rows, "projection.weight": table(8, 5), "projection.bias": table(7)}, "f32",
             "projection.bias"),
            ("dpq", {"codebooks": table(5, 16, 2)}, "f32", "codes"),
            ("dpq", {"codebooks": rows, "codes": rows}, "f32", "codebooks"),
            ("dpq", {"codebooks": table(5, 16, 2), "codes": np.full((9, 4), 1)}, "f32", "codes"),
            ("dpq", {"codebooks": table(5, 16, 2), "codes": np.full((9, 5), 16)}, "f32", "codes"),
            ("dpq", {"codebooks": table(5, 32, 2), "codes": np.full((9, 5), 1)}, "pq(5x4)", "codebooks"),
            ("mgqe", {"codebooks": table(5, 16, 2), "codes": np.full((9, 5), 1)}, "f32", "frequent"),
            ("mgqe", {"codebooks": table(5, 16, 2), "codes": np.full((9, 5), 1), "frequent": np.full(9, 2)}, "f32",
             "frequent"),
            ("mgqe", {"codebooks": table(5, 256, 2), "codes": np.full((9, 5), 99), "frequent": np.full(9, 0)},
             "pq(5x8, coldBits=6)", "codes"),
            ("dhe", {"hash.coefficients": np.full((5, 3), 1)}, "mlp | generated(uniform, buckets=9)", "mlp.0.weight"),
            ("dhe", self.deep_hash(6, [4], 2, False), "generated(uniform, buckets=9)", "activation"),
            ("dhe", self.deep_hash(6, [4], 2, False), "mlp | generated(uniform)", "hash.coefficients"),
            ("dhe", self.deep_hash(6, [4], 2, False), "mlp | f32", "generated"),
            ("dhe", {**self.deep_hash(6, [4], 2, False), "hash.coefficients": np.full((5, 3), 1)},
             "mlp | generated(uniform, buckets=9)", "hash.coefficients"),
            ("dhe", {k: v for k, v in self.deep_hash(6, [4], 2, False).items() if k != "hash.coefficients"},
             "mlp | generated(uniform, buckets=9)", "hash.coefficients"),
            ("dhe", {k: v for k, v in self.deep_hash(6, [4], 2, False).items() if k != "mlp.3.bias"},
             "mlp | generated(uniform, buckets=9)", "mlp.3.bias"),
            ("nothing", {"embedding.weight": rows}, "f32", "nothing"),
        ):
            with self.subTest(method=method, said=said):
                message = self.pack(method, state, codec, *(("--ids", 90) if method == "dhe" else ()))
                self.assertIsNotNone(message)
                self.assertIn(said, message)


if __name__ == "__main__":
    unittest.main()
