"""Many features in one call."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _library as lib
from ._arrays import bags_of, given_output, new_output, output_code, weights_of
from ._ids import Run, run_of
from ._library import BatchHandle, check, core
from ._table import Table

if TYPE_CHECKING:
    from ._store import Store


@dataclass(frozen=True)
class BatchFeature:
    """A feature of a batch: the name of a table or feature, how its bags are pooled, and dims and missing as of lookups."""

    name: str
    mode: str = "mean"
    missing: str | None = None
    dims: int | None = None


class Batch:
    """Several features looked up at once: a row of output per sample, in which the features stand one after the other.

        batch = store.batch({"user": "sum", "item": "mean"})
        batch.pool(ids, lengths=lengths)             # (samples, batch.dim)

    What comes out is what a lookup per feature gives, to the bit. `Store.batch` makes it; any number of threads may use it.
    """

    def __init__(self, store: Store, features: Iterable[Any] | Mapping[str, str], mode: str = "mean") -> None:
        listed = [BatchFeature(*pair) for pair in features.items()] if isinstance(features, Mapping) else [
            item if isinstance(item, BatchFeature) else BatchFeature(item.name if isinstance(item, Table) else item, mode)
            for item in features]
        tables = [store[feature.name] for feature in listed]
        handles = [table._open() for table in tables]  # kept, as the store may be closed meanwhile
        structs = (lib.BatchFeature * len(listed))(*(
            lib.BatchFeature(
                ctypes.sizeof(lib.BatchFeature), lib.choice(lib.MODES, feature.mode, "mode"),
                lib.choice(lib.MISSING, feature.missing, "missing"),
                0 if feature.dims is None else table._width(feature.dims), handle.value)
            for feature, table, handle in zip(listed, tables, handles)))
        self._store, self._features = store, listed
        self._strings = bool(tables) and tables[0]._strings
        self._handle = BatchHandle()
        check(core.embstore_batch_open(structs, len(listed), ctypes.byref(self._handle)))
        self._dim = int(core.embstore_batch_dim(self._handle))
        store._adopt(self)

    @property
    def features(self) -> tuple[BatchFeature, ...]:
        """What is looked up, in the order of the ids."""
        return tuple(self._features)

    @property
    def dim(self) -> int:
        """Numbers in a row of output: the sum of the features' dims."""
        return self._dim

    def __len__(self) -> int:
        return len(self._features)

    def gather(self, ids: Any, out: Any = None, *, dtype: Any = None, threads: int = 1) -> Any:
        """One embedding per feature and sample.

        ids: (features, samples); or by name, (samples,) of each feature, which copies them.
        out: (samples, dim) to write into. dtype: "float32", "float16" or "bfloat16", as of Table.gather.
        threads: how many work on the call; results do not depend on it. They are started once and wait for calls.
        Returns: (samples, dim) numbers.
        """
        run, samples = self._samples(ids)
        out, memory, options = self._output(out, samples, dtype, run.is_torch, threads)
        check(core.embstore_batch_gather(
            self._handle, run.struct, samples, ctypes.byref(memory), samples * self._dim, options),
            self._handle)
        return out

    def pool(
        self, ids: Any, offsets: Any = None, weights: Any = None, *, lengths: Any = None, out: Any = None, dtype: Any = None,
        threads: int = 1,
    ) -> Any:
        """Every feature's bags of every sample, each pooled as its feature says.

        ids: those of the first feature, sample after sample, then those of the next: the values of a KeyedJaggedTensor.
        offsets, lengths: of features x samples bags, in that order. weights: a factor per id.
        out, dtype, threads: as of `gather`. Returns: (samples, dim) numbers.
        """
        run = run_of(ids, self._strings)
        bags, samples, kept_bags = self._bags(offsets, lengths, run.shape)
        factors = None if weights is None else weights_of(weights, run.shape)
        out, memory, options = self._output(out, samples, dtype, run.is_torch, threads)
        check(core.embstore_batch_pool(
            self._handle, run.struct, bags, None if factors is None else factors.__array_interface__["data"][0], samples,
            ctypes.byref(memory), samples * self._dim, options), self._handle)
        return out

    def prefetch(self, ids: Any, offsets: Any = None, *, lengths: Any = None) -> int:
        """Has the system begin to read what `pool` of these needs, or `gather` without offsets and lengths; as Table.prefetch."""
        asked, bags = ctypes.c_uint64(), None
        if offsets is None and lengths is None:
            run, samples = self._samples(ids)
        else:
            run = run_of(ids, self._strings)
            bags, samples, kept_bags = self._bags(offsets, lengths, run.shape)
        check(core.embstore_batch_prefetch(self._handle, run.struct, bags, samples, ctypes.byref(asked)), self._handle)
        return asked.value

    def _samples(self, ids: Any) -> tuple[Run, int]:
        if isinstance(ids, Mapping):
            ids = np.stack([np.asarray(ids[f.name], object if self._strings else None) for f in self._features])
        run = run_of(ids, self._strings)
        if len(run.shape) != 2 or run.shape[0] != len(self._features):
            lib.refuse(144, f"ids have shape {run.shape}, expected ({len(self._features)}, samples)")
        return run, run.shape[1]

    def _bags(self, offsets: Any, lengths: Any, shape: tuple[int, ...]) -> tuple[bytes, int, Any]:
        bags, count, kept = bags_of(offsets, lengths, shape)
        samples, rest = divmod(count, len(self._features))
        if rest:
            lib.refuse(145, f"there are {count} bags, expected a multiple of {len(self._features)}, the features")
        return bags, samples, kept

    def _output(self, out: Any, samples: int, dtype: Any, is_torch: bool, threads: int) -> tuple[Any, Any, Any]:
        shape = (samples, self._dim)
        if out is None:
            code = output_code(dtype)
            out, memory = new_output(shape, code, is_torch)
        else:
            code, memory = given_output(out, shape, dtype)
        return out, memory, ctypes.byref(lib.BatchOptions(ctypes.sizeof(lib.BatchOptions), threads, code, 0))

    def _drop(self) -> None:
        self._handle = BatchHandle()

    def __reduce__(self) -> tuple[Any, ...]:
        return Batch, (self._store, self._features)
