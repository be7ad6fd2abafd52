"""The pages, the vectors, the refused files and the reader agree. python3 -m unittest discover Tools/reader"""

import contextlib
import ctypes
import ctypes.util
import io
import json
import math
import random
import re
import struct
import sys
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent))

import blocks
import embstore_reader
import expression
import f32
import hashing
import make_vectors
import mlp
import refusal
import stages
import table
import writer
from xxh3 import xxh3_64

FORMATS = Path(__file__).resolve().parents[2] / "Formats"
VECTORS = FORMATS / "vectors"
CASES = sorted(VECTORS.iterdir())


def page(name):
    return (FORMATS / name).read_text(encoding="utf-8")


def section(name, heading):
    """A page from a heading to the next of its level."""
    return re.search(r"^## %s\n(.*?)(?=^## |\Z)" % heading, page(name), re.M | re.S)[1]


def opened(case):
    return embstore_reader.File((VECTORS / case / "table.emb").read_bytes())


class Hashing(unittest.TestCase):
    """The tables of hashing.md."""

    def test_mix_and_salt(self):
        vectors = section("hashing.md", "Vectors").split("`murmur`:")[0]
        pairs = re.findall(r"^\| `(\w{16})` \| `(\w{16})` \|$", vectors, re.M)
        salts = re.findall(r"^\| (\d+) \| (\d+) \| `(\w{16})` \|$", vectors, re.M)
        self.assertEqual((len(pairs), len(salts)), (5, 5))
        for z, mixed in pairs:
            self.assertEqual(hashing.mix(int(z, 16)), int(mixed, 16))
        for seed, probe, salt in salts:
            self.assertEqual(hashing.salt(int(seed), int(probe)), int(salt, 16))

    def test_hash_and_reduce(self):
        rows = re.findall(r"^\| `(\w{16})` \| `(\w{16})` \| (\d+) \|$", section("hashing.md", "Vectors"), re.M)
        self.assertEqual(len(rows), 5)
        for key, hashed, reduced in rows:
            found = hashing.hash_key(int(key, 16), hashing.salt(7, 0))
            self.assertEqual((found, hashing.reduce(found, 1000003)), (int(hashed, 16), int(reduced)))

    def test_xxh3(self):
        rows = re.findall(r"^\| (\d+) \| `(\w{16})` \|$", section("hashing.md", "Vectors"), re.M)
        self.assertEqual(len(rows), 20)
        for n, hashed in rows:
            self.assertEqual(xxh3_64(bytes((i * i + 3 * i) % 251 for i in range(int(n)))), int(hashed, 16), n)

    def test_string_keys(self):
        rows = re.findall(r"^\| `(\S+)` \| `(\w{16})` \|$", page("hashing.md").split("String keys:")[1], re.M)
        self.assertEqual(len(rows), 4 + 5)
        for string, key in rows[:4]:
            self.assertEqual(hashing.key_of(string.encode()), int(key, 16))

    def test_functions_by_name(self):
        text = page("hashing.md").split("`murmur`:")[1]
        rows = re.findall(r"^\| `(\w{16})` \| `(\w{16})` \|$", text, re.M)
        self.assertEqual(len(rows), 5)
        for z, hashed in rows:
            self.assertEqual(hashing.murmur(int(z, 16)), int(hashed, 16))
        rows = re.findall(r"^\| `(\w{16})` \| `(\w{16})` \| (?:`([\w ]*)`.*|) ?\| `(\w{16})` \| (\d) \|$", text, re.M)
        self.assertEqual(len(rows), 9)
        for k0, k1, data, hashed, modulo in rows:
            found = hashing.siphash(int(k0, 16), int(k1, 16), bytes.fromhex(data))
            self.assertEqual((found, found % 3), (int(hashed, 16), int(modulo)))
        rows = re.findall(r"^\| (string `\w+`|`\w{16}`) \| ([\d |]+) \| ([+−]) ([+−]) \|$", text, re.M)
        self.assertEqual(len(rows), 6)
        for key, buckets, *signs in rows:
            id_ = key[8:-1].encode() if key.startswith("string") else int(key[1:-1], 16)
            functions = ("mix", 1), ("murmur", 0), ("murmur", 1), ("siphash", 0), ("siphash", 1), ("modulo",
                                                                                                   0), ("learn", 0)
            found = [hashing.bucket(name, 7, v, id_, 1000003, [123457, 89, 1000033]) for name, v in functions]
            self.assertEqual(found, [int(text) for text in buckets.split("|")])
            self.assertEqual(["−+"[hashing.sign(7, v, hashing.key_of(id_)) > 0] for v in (0, 1)], signs)


def nearest(exact, bits, least_exponent, sign):
    """A fraction as the nearest number of `bits` significant bits, ties to even, before overflow."""
    if exact == 0:
        return math.copysign(0.0, sign)
    exponent = max(math.floor(math.log2(abs(exact))) - 1, least_exponent + bits - 2) - (bits - 2)
    while abs(exact) / Fraction(2)**exponent >= 2**bits:
        exponent += 1
    return math.copysign(float(round(exact / Fraction(2)**exponent) * Fraction(2)**exponent), sign)


class Binary32(unittest.TestCase):
    EDGES = [0, 1, 0x7FFFFF, 0x800000, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000]

    def setUp(self):
        self.random = random.Random(20)

    def number(self):
        """A binary32 of any kind, often one of few bits and an exponent near that of 1, so that ties are met."""
        pick = self.random.random()
        sign = self.random.getrandbits(1) << 31
        if pick < 0.05:
            return f32.from_bits(sign | self.random.choice(self.EDGES))
        if pick < 0.4:
            return f32.from_bits(self.random.getrandbits(32))
        fraction = self.random.getrandbits(23) & -1 << self.random.randrange(24)
        return f32.from_bits(sign | self.random.randrange(113, 141) << 23 | fraction)

    def test_fma_against_libm(self):
        library = ctypes.util.find_library("m")
        if library is None:
            self.skipTest("no libm")
        fmaf = ctypes.CDLL(library).fmaf
        fmaf.restype, fmaf.argtypes = ctypes.c_float, [ctypes.c_float] * 3
        for i in range(1_000_000):
            a, b, c = self.number(), self.number(), self.number()
            if i % 3 == 0:
                c = f32.rounded(-a * b)
            found, wanted = f32.fma(a, b, c), fmaf(a, b, c)
            if found != wanted or math.copysign(1, found) != math.copysign(1, wanted):
                self.assertTrue(math.isnan(found) and math.isnan(wanted), (a, b, c, found, wanted))

    def test_operations_against_fractions(self):
        operations = [(f32.add, lambda a, b: a + b), (f32.subtract, lambda a, b: a - b),
                      (f32.multiply, lambda a, b: a * b), (f32.divide, lambda a, b: a / b)]
        for _ in range(20_000):
            a, b = self.number(), self.number()
            if not (math.isfinite(a) and math.isfinite(b) and b != 0):
                continue
            for operation, exact in operations:
                found, wanted = operation(a, b), exact(Fraction(a), Fraction(b))
                if abs(wanted) < 2**127 and wanted != 0:
                    self.assertEqual(found, nearest(wanted, 24, -149, wanted), (operation, a, b))

    def test_special_quotients(self):
        self.assertEqual(f32.divide(1.0, -0.0), -math.inf)
        self.assertTrue(math.isnan(f32.divide(0.0, 0.0)) and math.isnan(f32.divide(math.nan, 0.0)))
        self.assertEqual(f32.rounded(2.0**128 - 2.0**103), math.inf)
        self.assertEqual(f32.rounded(2.0**128 - 2.0**103 - 2.0**80), 2.0**128 - 2.0**104)

    def test_narrow_types(self):
        """Every 16-bit number comes back; others go to the nearest, ties to even."""
        for name, to_bits, bits, least in (("f16", f32.f16_bits, 11, -24), ("bf16", f32.bf16_bits, 8, -133)):
            decode = f32.decoder(name)
            largest = max(x for x in decode(struct.pack("<65536H", *range(65536))) if math.isfinite(x))
            for word, x in enumerate(decode(struct.pack("<65536H", *range(65536)))):
                if not math.isnan(x):
                    self.assertEqual(to_bits(f32.bits(x)), word)
            for _ in range(20_000):
                x = self.number()
                if 0 < abs(x) < largest:
                    self.assertEqual(decode(struct.pack("<H", to_bits(f32.bits(x))))[0],
                                     nearest(Fraction(x), bits, least, x), (name, x))
        self.assertEqual((f32.f16_bits(0x477FEFFF), f32.f16_bits(0x477FF000)), (0x7BFF, 0x7C00))
        self.assertEqual((f32.bf16_bits(0x7F7F7FFF), f32.bf16_bits(0x7F7F8000)), (0x7F7F, 0x7F80))
        self.assertEqual((f32.f16_bits(0xFF800001), f32.bf16_bits(0xFFABCDEF)), (0xFE00, 0xFFEB))


class Pages(unittest.TestCase):
    """What the pages show is what the vectors hold."""

    def test_hex_examples(self):
        examples = 0
        for path in sorted(FORMATS.rglob("*.md")):
            named = re.search(r"^Names: (.*?) · revision", path.read_text(), re.M)
            if named and not set(re.findall(r"`(\w+)`", named[1])) <= set(stages.STAGES):
                continue
            for case, part, text in re.findall(r"^```hex (\S+) (\S+)\n(.*?)^```", path.read_text(), re.M | re.S):
                with self.subTest(page=path.name, case=case, part=part):
                    self.assertEqual(bytes.fromhex(text), self.part(case, part))
                examples += 1
        self.assertGreaterEqual(examples, 10)

    def part(self, case, part):
        file = opened(case)
        if part == "catalog":
            return file.data[file.superblock.catalog_offset:]
        if part == "superblock":
            return file.data[:4096]
        columns = next(iter(file.tables.values())).columns
        return next(segment for name, segment in columns.items() if name.endswith("." + part)).stored

    def test_refusals(self):
        rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section("container.md", "Refusals"), re.M)
        self.assertEqual({code: int(number) for number, code in rows}, refusal.NUMBERS)

    def test_expressions(self):
        rows = re.findall(r"^\| `(.+?)` \| (?:`(.+?)`|(refused).*) \|$", section("expression.md", "Examples"), re.M)
        self.assertEqual(len(rows), 7)
        for spelled, canonical, refused in rows:
            spelled, canonical = spelled.replace("\\|", "|"), canonical.replace("\\|", "|")
            entry = SimpleNamespace(name="t", expression=spelled, stages=[])
            names = [stage.name for stage in expression.parse(spelled)]
            with_direct = names if stages.STAGES[names[0]].kind == "indexer" else ["direct", *names]
            entry.stages = [(name, 1) for name in with_direct]
            if refused:
                with self.assertRaises(refusal.Refused):
                    table.canonical(table.written_stages(entry))
            else:
                self.assertEqual(table.canonical(table.written_stages(entry)).spelling, canonical)

    def test_integer_example(self):
        rows = re.findall(r"^\| `(.+?)` \| (\d+) \| ([\d −]+) \| ([\d.e-]+) \|$", page("codecs/integer.md"), re.M)
        self.assertEqual(len(rows), 5)
        for spelled, stride, codes, scale in rows:
            loaded = opened("integer-" + spelled.replace("(", "-").rstrip(")")).tables["t"]
            found_scale, _, found_codes = loaded.codec.parts(loaded.row(0))
            self.assertEqual((loaded.expression, loaded.codec.stride, found_codes, found_scale),
                             (spelled, int(stride), [int(code.replace("\u2212", "-")) for code in codes.split()],
                              float(scale)))

    def test_keyed_example(self):
        rows = re.findall(r"^\| (\d+) \| `(\w{16})` \| (\w\w) \|$", page("indexers/keyed.md"), re.M)
        self.assertEqual(len(rows), 3)
        for key, hashed, fingerprint in rows:
            found = hashing.hash_key(int(key), hashing.salt(0, 0))
            self.assertEqual((found, found % 256), (int(hashed, 16), int(fingerprint, 16)))

    def test_hashed_example(self):
        text = page("indexers/hashed.md")
        rows = re.findall(r"^\| (-?\d+) \| `(\w{16})` \| (\d+), (\d+) \| ([+−]), ([+−]) \|$", text, re.M)
        self.assertEqual(len(rows), 4)
        indexer = self.indexer("hashed(rows=1000, probes=2, seed=7, signs)")
        for id_, key, first, second, *signs in rows:
            self.assertEqual(hashing.key_of(int(id_)), int(key, 16))
            self.assertEqual(indexer.find(int(id_)).rows, [int(first), int(second)])
            self.assertEqual(indexer.find(int(id_)).weights, [1.0 if sign == "+" else -1.0 for sign in signs])
        learned = self.indexer("hashed(rows=10, probes=2, hash=learn, coefficients=3-1-101-5-2-103)")
        self.assertEqual([learned.find(id_).rows for id_ in (0, 1, 42, 1000)], [[1, 2], [4, 7], [6, 6], [2, 8]])
        keras = self.indexer("hashed(rows=3, seed=133, hash=siphash, salt=137)")
        self.assertEqual([keras.find(id_).rows for id_ in (b"A", b"B", b"C", b"D", b"E")], [[1], [2], [1], [0], [2]])

    def indexer(self, spelled, id_count=0):
        """An indexer of its canonical spelling."""
        nested = table.canonical(expression.parse(spelled))
        self.assertEqual(nested.spelling, spelled)
        made = table.made(nested)[0]
        made.bind(id_count)
        return made

    def rows_of(self, spelled, id_count=0):
        indexer = self.indexer(spelled, id_count)
        return lambda id_: getattr(indexer.find(id_), "rows", "missing")

    def table_row(self, text, first, cells=r"[^\n]*"):
        """The cells after the first of a row of a table."""
        row = re.search(r"^\| %s \| (%s) \|$" % (re.escape(first), cells), text, re.M)[1]
        return [cell.replace("\u2212", "-").strip() for cell in row.split("|")]

    def shown(self, cells):
        return [[int(number) for number in re.findall(r"-?\d+", cell)] or cell for cell in cells]

    def test_qr_example(self):
        text = section("indexers/qr.md", "Worked example")
        find = self.rows_of("qr(divisor=3) | f32", 10)
        self.assertEqual([find(int(id_)) for id_ in self.table_row(text, "id")],
                         self.shown(self.table_row(text, "rows")))

    def test_robe_example(self):
        hashed, trained = section("indexers/robe.md", "Worked examples").split("29 stored numbers")
        ids = [int(id_) for id_ in self.table_row(hashed, "id")]
        for row, spelled in (("rows", "robe(size=20, block=4, chunks=2, seed=5, signed) | f32"),
                             ("rows, `align=4`", "robe(size=20, block=4, chunks=2, seed=5, align=4, signed) | f32")):
            indexer = self.indexer(spelled)
            self.assertEqual([indexer.find(id_).rows for id_ in ids], self.shown(self.table_row(hashed, row)))
            self.assertEqual([indexer.find(id_).weights for id_ in ids], self.shown(self.table_row(hashed, "weights")))
        indexer = self.indexer("robe(size=20, block=4, chunks=2, signed, coefficients=101-17-29-13-7-11-5-3-2) | f32")
        ids = [int(id_) for id_ in self.table_row(trained, "id")]
        self.assertEqual([indexer.find(id_).rows for id_ in ids], self.shown(self.table_row(trained, "rows")))
        signs = ["`%s`" % "".join("+-"[flip] for flip in indexer.find(id_).flipped) for id_ in ids]
        self.assertEqual(signs, self.table_row(trained, "signs of the numbers"))
        self.assertEqual(len(indexer.stored(list(range(20)))), 29)

    def test_tensor_train_example(self):
        find = self.rows_of("tensorTrain(rank=2, rows=2x3x2, dims=2x1x2) | f32", 12)
        rows = re.findall(r"^\| (\d+) \| [\d, ]+ \| ([\d, ·]+) \|$",
                          section("indexers/tensorTrain.md", "Worked example"), re.M)
        self.assertEqual(len(rows), 5)
        for id_, shown in rows:
            self.assertEqual(find(int(id_)), [int(row) for row in re.findall(r"\d+", shown)])

    def test_unified_example(self):
        features = opened("unified").features
        rows = re.findall(r"^\| `(\w+)` \|.*? \| (\d+) \| ([\w, ]+) \| ([\w, ]+) \| ([\w, ]+) \|$",
                          section("indexers/unified.md", "Worked example"), re.M)
        self.assertEqual(len(rows), 4)
        for name, dim, *shown in rows:
            found = [getattr(features[name].find(id_), "rows", "missing") for id_ in (0, 1, 42)]
            self.assertEqual((features[name].dim, found), (int(dim), self.shown(shown)))
        find = self.rows_of("unified(rows=100, width=4, tables=3, probes=2, hash=siphash, seed=9) | int8", 300)
        self.assertEqual([find(id_) for id_ in (0, 1, 42)], [[41, 184], [5, 168], [38, 114]])

    def test_generated_example(self):
        rows = re.findall(r"^\| (`generated.*?`|) ?\| (\d) \| ([−\d. ]+) \| ((?:`\w{8}` ?)+) ?\|$",
                          page("codecs/generated.md"), re.M)
        self.assertEqual(len(rows), 4)
        tables, spelled = {loaded.expression: loaded for loaded in opened("generated").tables.values()
                           if loaded.dim == 4}, None
        for name, row, shown, bits in rows:
            spelled = name.strip("`") or spelled
            found = tables[spelled].codec.decode(int(row))
            self.assertEqual(["%08x" % f32.bits(x) for x in found], re.findall(r"\w{8}", bits))
            for x, text in zip(found, shown.split()):
                self.assertEqual("%.8g" % x, text.replace("\u2212", "-"))

    def test_learned_example(self):
        rows = re.findall(r"^\| (\d+) \| ([\d, ]+) \| ([−\d. ]+) \| ((?:`\w{8}` ?)+) ?\|$",
                          section("codecs/generated.md", "Worked example"), re.M)
        self.assertEqual(len(rows), 4)
        codec = opened("generated-learned").tables["example"].codec
        for row, h, shown, bits in rows:
            found = codec.decode(int(row))
            self.assertEqual(["%08x" % f32.bits(x) for x in found], re.findall(r"\w{8}", bits))
            self.assertEqual([round((x + 1) / 2 * 999) for x in found], list(map(int, h.split(","))))
            self.assertEqual([f32.rounded(float(text.replace("\u2212", "-"))) for text in shown.split()], found)

    def test_rotation_example(self):
        example = section("transforms/rotation.md", "Worked example")
        loaded = opened("rotation-dim4").tables["t"]
        signs = ["".join("-" if factor < 0 else "+" for factor in factors)
                 for _, factors in loaded.transforms[0].half_rounds(4)]
        shown = re.findall(r"half-round \d +([-+ ]+)$", example, re.M)
        self.assertEqual(signs, [text.replace(" ", "") for text in shown])
        self.assertEqual(loaded.codec.decode(loaded.row(0)), json.loads(re.search(r"stored row +(\[.*\])", example)[1]))


    def test_pq_example(self):
        shown = re.search(r"decode to `(.*?)`", section("codecs/pq.md", "Worked example"))[1]
        cold = re.search(r"gets the codes (\d) and (\d)", section("codecs/pq.md", "Worked example")).groups()
        for case in ("pq-4-bit", "pq-fastscan"):
            loaded = opened(case).tables["t"]
            self.assertEqual([loaded.codec.decode(loaded.row(row)) for row in (0, 1)], json.loads(shown))
        self.assertEqual(opened("pq-cold").tables["t"].row(1), [int(code) for code in cold])

    def test_rq_example(self):
        loaded = opened("rq-4-bit").tables["t"]
        shown = re.search(r"decode to (\S+) and (\S+):", section("codecs/rq.md", "Worked example").replace("\n", " "))
        self.assertEqual([loaded.codec.decode(loaded.row(row)) for row in (0, 1)], [[float(x)] for x in shown.groups()])

    def test_binary_examples(self):
        pattern = r"^\| `(\w+)(\(.+\))` \| (\d+) \| ([\d ]+) \| ([\d. ]+) \|$"
        rows = re.findall(pattern, page("codecs/rbe.md") + page("codecs/rabitq.md"), re.M)
        self.assertEqual(len(rows), 7)
        for name, arguments, stride, codes, factors in rows:
            case = name + "-" + arguments[1:-1].replace("=", "").replace(", scale", "-")
            loaded = opened(case).tables["t"]
            codec, row = loaded.codec, loaded.row(0)
            found = [1.0] if codec.scale == "none" else f32.decoder(codec.scale)(row[:codec.codes_at])
            self.assertEqual((loaded.expression, codec.stride, codec.codes(row), list(found)),
                             (name + arguments, int(stride), [int(code) for code in codes.split()],
                              [float(x) for x in factors.split()]))

    def test_mlp_example(self):
        rows = re.findall(r"^\| (\S+) \| \S+ \| `(\w{8})` \|$", page("transforms/mlp.md"), re.M)
        self.assertEqual(len(rows), 9)
        for a, bits in rows:
            self.assertEqual("%08x" % f32.bits(mlp.mish(float(a.replace("\u2212", "-")))), bits)
        shown = re.findall(r"y = (\[\S+\])\s+gives\s[^y]*?x = (\[\S+\])[;.]", page("transforms/mlp.md"))
        self.assertEqual(len(shown), 2)
        transform = opened("mlp").tables["t"].transforms[0]
        for y, x in shown:
            self.assertEqual(transform.apply(json.loads(y.replace("\u2212", "-")), 1.0), json.loads(x))

    def test_affine_example(self):
        rows = re.findall(r"^\| (\[.*\]) \| (\d) \| (\[.*\]) \|$", page("affine.md"), re.M)
        self.assertEqual(len(rows), 3)
        transform = opened("affine").tables["t"].transforms[0]
        for y, count, x in rows:
            self.assertEqual(transform.apply(json.loads(y.replace("\u2212", "-")), float(count)), json.loads(x))


class Cases(unittest.TestCase):
    def test_lookups(self):
        for directory in CASES:
            with self.subTest(case=directory.name):
                self.assertEqual(list(embstore_reader.check(directory)), [])

    def test_a_mismatch_is_said(self):
        with tempfile.TemporaryDirectory() as copy:
            for name in ("table.emb", "case.json"):
                (Path(copy) / name).write_bytes((VECTORS / "float-f16" / name).read_bytes())
            case = json.loads((Path(copy) / "case.json").read_text())
            case["lookups"][0]["expected"][0][0] = "12345678"
            (Path(copy) / "case.json").write_text(json.dumps(case))
            self.assertEqual(len(list(embstore_reader.check(copy))), 1)

    def test_the_writer_writes_them(self):
        """Compressed segments depend on the library's version; all else comes out the same."""
        with tempfile.TemporaryDirectory() as again:
            make_vectors.main(Path(again))
            for folder in ("vectors", "refused"):
                names = [{path.relative_to(root / folder) for path in (root / folder).rglob("*") if path.is_file()}
                         for root in (FORMATS, Path(again))]
                self.assertEqual(*names)
            for directory in CASES:
                same = ["case.json"] if "encoding" in json.loads((directory / "case.json").read_text()) \
                    else ["case.json", "table.emb"]
                for name in same:
                    self.assertEqual((directory / name).read_bytes(),
                                     (Path(again) / "vectors" / directory.name / name).read_bytes(), directory.name)

    def test_size(self):
        total = sum(path.stat().st_size for path in VECTORS.rglob("*") if path.is_file())
        self.assertLess(total, 4_000_000)

    def test_lz4_ends(self):
        """Blocks of a literal, a match and some literals: what liblz4 takes is taken."""
        for literals in range(9):
            for matched in range(4, 18):
                block = bytes([0x10 | matched - 4]) + b"a\1\0" + bytes([literals << 4]) + b"z" * literals
                wanted = b"a" * (1 + matched) + b"z" * literals
                output = ctypes.create_string_buffer(len(wanted))
                size = ctypes.CDLL("liblz4.so.1").LZ4_decompress_safe(block, output, len(block), len(wanted))
                try:
                    self.assertEqual(blocks.lz4_decoded(block, len(wanted)), wanted)
                    self.assertEqual(size, len(wanted))
                except ValueError:
                    self.assertLess(size, 0, (literals, matched))

    def test_lz4_of_all_lengths(self):
        source = random.Random(4)
        for size in (0, 1, 12, 13, 14, 15, 16, 300, 5000):
            for alphabet in (1, 3, 256):
                data = bytes(source.randrange(alphabet) for _ in range(size))
                self.assertEqual(blocks.lz4_decoded(writer.compressed("lz4", data), size), data)


class Refused(unittest.TestCase):
    def code(self, data):
        """The code that a file is refused with by open, or else by verify_deep; None if it is not."""
        try:
            embstore_reader.File(data).verify_deep()
        except refusal.Refused as refused:
            return refused.code
        return None

    def test_files(self):
        files = sorted((FORMATS / "refused").glob("*.emb"))
        self.assertEqual({path.stem.split("-")[0] for path in files}, set(refusal.NUMBERS))
        for path in files:
            with self.subTest(file=path.name):
                self.assertEqual(self.code(path.read_bytes()), path.stem.split("-")[0])

    def test_catalog_beyond_its_limit(self):
        """Such a file is too large for Formats/refused."""
        size = 67_108_864 + 1
        superblock = {"catalogBytes": size, "fileBytes": 4096 + size}
        data = writer.Draft(superblock=superblock).bytes()[:4096] + bytes(size)
        self.assertEqual(self.code(data), "LIMIT_EXCEEDED")

    def test_every_flipped_byte_is_noticed(self):
        for case in ("keyed-u64", "lz4-one-block"):
            data = (VECTORS / case / "table.emb").read_bytes()
            self.assertIsNone(self.code(data))
            for at in range(len(data)):
                flipped = bytearray(data)
                flipped[at] ^= 1 << at % 8
                self.assertIsNotNone(self.code(bytes(flipped)), "byte %d of %s" % (at, case))

    def test_every_shorter_file_is_refused(self):
        data = (VECTORS / "keyed-u64" / "table.emb").read_bytes()
        for size in [*range(0, 4096, 64), *range(4096, len(data))]:
            self.assertIn(self.code(data[:size]), ("NOT_EMBSTORE", "TRUNCATED"))


class CommandLine(unittest.TestCase):
    def run_with(self, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = embstore_reader.run(embstore_reader.parsed([str(argument) for argument in arguments]))
        return status, output.getvalue()

    def test_commands(self):
        file = VECTORS / "two-tables-shared-keys" / "table.emb"
        status, text = self.run_with("inspect", file)
        self.assertEqual(status, 0)
        self.assertIn("table right: keyed | int8", text)
        self.assertEqual(self.run_with("verify", file), (0, "good\n"))
        self.assertEqual(self.run_with("verify", "--deep", file), (0, "good\n"))
        self.assertEqual(self.run_with("lookup", VECTORS / "float-f32" / "table.emb", "t", 1, 0),
                         (0, "9.99999994e-09 65504 inf -0.5\n0 1 -2 0.100000001\n"))
        self.assertEqual(self.run_with("check", VECTORS / "float-f32", VECTORS / "composed"), (0, "2 cases agree\n"))


if __name__ == "__main__":
    unittest.main()
