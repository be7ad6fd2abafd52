"""The rivals, as a server (servers.py). Each is used as its own pages advise for reading many rows at once; keys and tensors are made
before the clock starts.

    load KEY RIVAL NPY ROWS FOLDER            a table of the first ROWS rows
    drop KEY
    time KEY OP BATCHES BAG THREADS IDS OUT   nanoseconds of each batch but the first; OP: gather, pool
    versions
"""

import importlib.metadata
import os
import shutil
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


class Torch:
    """EmbeddingBag and index_select."""

    def __init__(self, values, folder):
        import torch
        self.torch = torch
        self.weight = torch.empty(values.shape, dtype=torch.float32)
        self.weight.numpy()[:] = values
        self.dim = values.shape[1]

    def threads(self, count):
        self.torch.set_num_threads(count)

    def prepare(self, op, ids, bag):
        ids = self.torch.from_numpy(ids.copy())
        if op == "gather":
            out = self.torch.zeros((len(ids), self.dim))
            return lambda: self.torch.index_select(self.weight, 0, ids, out=out).numpy()
        offsets = self.torch.arange(0, len(ids) + 1, bag, dtype=ids.dtype)
        return lambda: self.torch.nn.functional.embedding_bag(
            ids, self.weight, offsets, mode="sum", include_last_offset=True).numpy()


class FBGEMM:
    """Table-batched inference on the CPU: of one table, or of several of equal size."""

    kind, tables = "INT8", 1

    def __init__(self, values, folder):
        import torch
        import fbgemm_gpu  # noqa: F401, the operators
        from fbgemm_gpu.split_embedding_configs import SparseType
        from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
        from fbgemm_gpu.split_table_batched_embeddings_ops_inference import IntNBitTableBatchedEmbeddingBagsCodegen
        from fbgemm_gpu.tbe.utils.quantize import quantize_embs
        self.torch = torch
        kind = getattr(SparseType, self.kind)
        rows, self.dim = values.shape[0] // self.tables, values.shape[1]
        self.module = IntNBitTableBatchedEmbeddingBagsCodegen(
            [("%d" % t, rows, self.dim, kind, EmbeddingLocation.HOST) for t in range(self.tables)],
            device="cpu", output_dtype=SparseType.FP32, pooling_mode=PoolingMode.SUM)
        self.module.initialize_weights()
        for t, (weights, scales) in enumerate(self.module.split_embedding_weights()):
            for start in range(0, rows, 1 << 16):
                stop = min(start + (1 << 16), rows)
                part = torch.from_numpy(np.array(values[t * rows + start:t * rows + stop]))
                codes, heads = quantize_embs(part, kind)
                weights[start:stop] = codes
                if heads is not None:
                    scales[start:stop] = heads

    def threads(self, count):
        self.torch.set_num_threads(count)

    def prepare(self, op, ids, bag):
        if op != "pool":
            raise ValueError("pools only")
        ids = self.torch.from_numpy(ids.copy())
        offsets = self.torch.arange(0, len(ids) + 1, bag, dtype=ids.dtype)
        return lambda: self.module(ids, offsets).numpy()


class Faiss:
    """`sa_decode` of codes that are gathered first."""

    factory = "SQ8"

    def __init__(self, values, folder):
        import faiss
        self.faiss = faiss
        faiss.omp_set_num_threads(os.cpu_count())
        self.index = faiss.index_factory(values.shape[1], self.factory)
        self.index.train(np.array(values[:65536]))
        self.codes = np.empty((len(values), self.index.sa_code_size()), np.uint8)
        for start in range(0, len(values), 1 << 16):
            part = np.array(values[start:start + (1 << 16)])
            self.codes[start:start + len(part)] = self.index.sa_encode(part)

    def threads(self, count):
        self.faiss.omp_set_num_threads(count)

    def prepare(self, op, ids, bag):
        return lambda: self.index.sa_decode(self.codes[ids])


class Memmap:
    """`take` from an array that is a mapped file."""

    def __init__(self, values, folder):
        np.save(folder / "memmap.npy", values)
        self.array = np.load(folder / "memmap.npy", mmap_mode="r")
        self.array.sum()

    def prepare(self, op, ids, bag):
        out = np.zeros((len(ids), self.array.shape[1]), np.float32)
        return lambda: np.take(self.array, ids, axis=0, out=out, mode="clip")


class Safetensors:
    """A slice per row: it has no other way to read some of the rows."""

    def __init__(self, values, folder):
        from safetensors import safe_open
        from safetensors.numpy import save_file
        save_file({"table": np.array(values)}, folder / "table.safetensors")
        self.file = safe_open(folder / "table.safetensors", "numpy")
        self.slice = self.file.get_slice("table")

    def prepare(self, op, ids, bag):
        rows = ids.tolist()
        return lambda: np.concatenate([self.slice[row:row + 1] for row in rows])


class LMDB:
    """`getmulti` of a cursor; a key is the row number, big endian, and rows were appended in that order."""

    def __init__(self, values, folder):
        import lmdb
        self.width = values.shape[1]
        self.environment = lmdb.open(str(folder / "lmdb"), map_size=1 << 36, lock=False)
        for start in range(0, len(values), 1 << 16):
            part = np.array(values[start:start + (1 << 16)])
            with self.environment.begin(write=True) as transaction:
                transaction.cursor().putmulti(
                    (((start + i).to_bytes(4, "big"), row.tobytes()) for i, row in enumerate(part)), append=True)
        self.reader = self.environment.begin(buffers=True)

    def prepare(self, op, ids, bag):
        keys = [row.to_bytes(4, "big") for row in ids.tolist()]
        cursor = self.reader.cursor()
        return lambda: np.frombuffer(b"".join([row for _, row in cursor.getmulti(keys)]), np.float32).reshape(-1, self.width)


class RocksDB:
    """A list of keys at once, through rocksdict."""

    def __init__(self, values, folder):
        from rocksdict import Options, Rdict, WriteBatch
        self.width = values.shape[1]
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.optimize_for_point_lookup(2048)
        self.database = Rdict(str(folder / "rocksdb"), options)
        for start in range(0, len(values), 1 << 14):
            batch = WriteBatch(raw_mode=True)
            for i, row in enumerate(np.array(values[start:start + (1 << 14)])):
                batch.put((start + i).to_bytes(4, "big"), row.tobytes())
            self.database.write(batch)
        self.database.flush()
        self.database.compact_range(None, None)

    def prepare(self, op, ids, bag):
        keys = [row.to_bytes(4, "big") for row in ids.tolist()]
        return lambda: np.frombuffer(b"".join(self.database.get(keys)), np.float32).reshape(-1, self.width)


class USearch:
    """`get` of an index, whose graph is as thin as it can be: only the vectors are asked for."""

    def __init__(self, values, folder):
        from usearch.index import Index
        self.index = Index(ndim=values.shape[1], metric="ip", dtype="f32", connectivity=2, expansion_add=1)
        for start in range(0, len(values), 1 << 14):
            part = np.array(values[start:start + (1 << 14)])
            self.index.add(np.arange(start, start + len(part), dtype=np.uint64), part)

    def prepare(self, op, ids, bag):
        keys = ids.astype(np.uint64)
        return lambda: np.array(self.index.get(keys))


def fbgemm(kind_, tables_=1):
    class Of(FBGEMM):
        kind, tables = kind_, tables_
    return Of


def faiss_of(factory_):
    class Of(Faiss):
        factory = factory_
    return Of


RIVALS = {
    "torch": Torch, "memmap": Memmap, "safetensors": Safetensors, "lmdb": LMDB, "rocksdb": RocksDB, "usearch": USearch,
    "faiss-sq8": faiss_of("SQ8"), "faiss-pq": faiss_of("PQ16x8"), "fbgemm-batch": fbgemm("INT8", 26),
    **{"fbgemm-" + kind.lower(): fbgemm(kind) for kind in ("FP32", "FP16", "INT8", "INT4", "INT2")},
}
PACKAGES = ["numpy", "torch", "fbgemm-gpu-cpu", "faiss-cpu", "safetensors", "lmdb", "rocksdict", "usearch"]


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def time_batches(rival, op, batches, bag, threads, ids_path, out_path):
    if hasattr(rival, "threads"):
        rival.threads(threads)
    ids = np.fromfile(ids_path, np.int32).reshape(batches, -1)
    calls = [rival.prepare(op, part, bag) for part in ids]
    kept, times = None, []
    for number, call in enumerate(calls):
        start = time.perf_counter_ns()
        answer = call()
        times.append(time.perf_counter_ns() - start)
        if kept is None:
            kept = np.zeros((batches, answer.size), np.float32)
        kept[number] = answer.reshape(-1)
    if out_path != "-":
        kept.tofile(out_path)
    return " ".join(map(str, times[1:]))


def answer(words, tables, folders):
    from pathlib import Path
    if words[0] == "load":
        _, key, name, path, rows, folder = words
        folders[key] = Path(folder)
        folders[key].mkdir(parents=True, exist_ok=True)
        tables[key] = RIVALS[name](np.load(path, mmap_mode="r")[:int(rows)], folders[key])
        return "ok"
    if words[0] == "drop":
        tables.pop(words[1], None)
        shutil.rmtree(folders.pop(words[1], "/nonexistent"), ignore_errors=True)
        return "ok"
    if words[0] == "time":
        _, key, op, batches, bag, threads, ids, out = words
        return time_batches(tables[key], op, int(batches), int(bag), int(threads), ids, out)
    if words[0] == "versions":
        return " ".join("%s=%s" % (package, version(package)) for package in PACKAGES)
    raise ValueError("what?")


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries print what they like
    tables, folders = {}, {}
    for line in sys.stdin:
        try:
            told = answer(line.split(), tables, folders)
        except Exception as error:
            told = "error %s: %s" % (type(error).__name__, " ".join(str(error).split())[:300])
        print(told, file=answers, flush=True)


if __name__ == "__main__":
    main()
