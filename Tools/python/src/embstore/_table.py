"""Tables: what lookups are made on."""

from __future__ import annotations

import ctypes
import math
from ctypes import byref, c_int64, c_uint64, c_void_p
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _library as lib
from ._arrays import F32, bags_of, exported, given_output, new_output, numbers, output_code, weights_of
from ._errors import MissingIDError
from ._ids import ID_TYPES, run_of
from ._library import TableHandle, check, core, pack_ids

if TYPE_CHECKING:
    from ._prepared import PreparedLookup
    from ._store import Store

_float32 = np.dtype(np.float32)
_empty = np.empty
_id_types = ID_TYPES.get
_from_buffer: Any = ctypes.c_byte.from_buffer
_addressof = ctypes.addressof
_gather = core.embstore_gather
_gather_unchecked = lib.gather_unchecked
_pool = core.embstore_pool
_ndarray = np.ndarray
_modes = lib.MODES.get
_quick_gather = None if lib.calls is None else lib.calls.gather
_quick_pool = None if lib.calls is None else lib.calls.pool


class Neighbors(NamedTuple):
    """The nearest rows, best first: what `Table.nearest` returns."""

    scores: np.ndarray
    ids: np.ndarray


class TableCounts(NamedTuple):
    """What has been looked up since the store was opened. Counts only grow.

    ids: looked up. bags: pooled. missing: ids without a row, whatever was done about them. rows: stored rows that the ids stand
    for, one per id and probe. out_of_range: of the missing those beyond a table whose ids are numbers in a range.
    """

    ids: int
    bags: int
    missing: int
    rows: int
    out_of_range: int


class Table:
    """A table of embeddings, or a table as a feature reads it. `Store.table` and `Store.feature` make them.

    Lookups may run in any number of threads at once. They write into memory of the caller's or into arrays of their own, so
    nothing that they return looks into the file, and they let other threads run meanwhile.

    Ids are integers (an int, arrays or lists of them, of any integer type; int32, int64 and uint64 that are contiguous are
    not copied) or strings (str, bytes, lists and arrays of them), whichever the table was packed with; numpy arrays, torch
    tensors on the CPU, pandas Series and Arrow arrays. str stands for its UTF-8. If ids are a torch tensor, so is what comes out,
    over the same memory as numpy would have.

    Ids without a row are treated as `missing` says: "error" (MissingIDError), "zero" (a row of zeros), "default" (the table's
    default row), "hashed" (a stored row that the key is hashed to); None is what the file says, `Table.missing`.
    """

    __iter__ = None  # rows are found by ids, which are not positions

    def __init__(self, store: Store, handle: TableHandle, name: str, is_feature: bool) -> None:
        self._store = store
        self._handle = handle
        self._name = name
        self._is_feature = is_feature
        self._dim = int(core.embstore_table_dim(handle))
        self._strings = core.embstore_table_id_kinds(handle) == lib.STRINGS
        self._options: dict[tuple[int, int, int], bytes | None] = {(0, 0, 0): None}
        self._plain_shape = (self._dim,)
        store._adopt(self)

    # ---- what it is -------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name it was asked for by: of a feature the feature's."""
        return self._name

    @property
    def expression(self) -> str:
        """How it is stored, such as "keyed(string) | rotation | int4" (Formats/expression.md)."""
        return str(core.embstore_table_expression(self._open()).decode())

    @property
    def dim(self) -> int:
        """Numbers in an embedding."""
        return self._dim

    @property
    def row_count(self) -> int:
        """Rows stored."""
        return int(core.embstore_table_row_count(self._open()))

    @property
    def shape(self) -> tuple[int, int]:
        """(ids, dim): how many ids it was packed from, and numbers in the embedding of each."""
        return len(self), self._dim

    def __len__(self) -> int:
        return int(core.embstore_table_id_count(self._open()))

    @property
    def missing(self) -> str:
        """What is done about ids without a row unless a call says otherwise."""
        code = core.embstore_table_missing(self._open())
        return next(str(word) for word, number in lib.MISSING.items() if number == code)

    @property
    def id_kinds(self) -> tuple[str, ...]:
        """The kinds of ids it takes, of "integers" and "strings"."""
        kinds = core.embstore_table_id_kinds(self._open())
        return tuple(word for word, bit in (("integers", lib.INTEGERS), ("strings", lib.STRINGS)) if kinds & bit)

    @property
    def is_searchable(self) -> bool:
        """Whether `nearest` can search it: not where ids share rows."""
        return bool(core.embstore_table_is_searchable(self._open()))

    @property
    def counts(self) -> TableCounts:
        """What has been looked up through this table and all features on it."""
        counts = lib.TableCounts(ctypes.sizeof(lib.TableCounts))
        check(core.embstore_count_table(self._handle, byref(counts)), self._handle)
        return TableCounts(counts.ids, counts.bags, counts.missing, counts.rows, counts.out_of_range)

    def __repr__(self) -> str:
        if not self._handle:
            return f"<embstore.Table {self._name!r}, closed>"
        return f"<embstore.Table {self._name!r}: {len(self)} x {self._dim}, {self.expression}>"

    # ---- lookups ----------------------------------------------------------------------------------------------------

    def gather(
        self, ids: Any, out: Any = None, *, dtype: Any = None, missing: str | None = None, dims: int | None = None
    ) -> Any:
        """The embedding of each id. O(ids x dims).

        ids: of any shape; one id has none.
        out: an array or tensor to write into, contiguous, of shape ids.shape + (dims,); it is returned. None: a new one.
        dtype: "float32", "float16" or "bfloat16": computed in float32 and rounded once. bfloat16 takes ml_dtypes, or torch ids or
            out. None: that of `out`, or float32.
        dims: the first so many numbers of each embedding; None: all.
        Returns: ids.shape + (dims,) numbers.
        Raises: MissingIDError, IDKindError, ArgumentError.
        """
        if dtype is None and missing is None and dims is None and type(ids) is _ndarray:
            if _quick_gather is None:
                result = self._gather_arrays(ids, out)
                if result is not None:
                    return result
            else:
                result = _empty(ids.shape + self._plain_shape, _float32) if out is None else out
                status = _quick_gather(self._handle, self._dim, ids, result)
                if status == 0:
                    return result
                if status > 0:
                    lib.fail(status, self._handle)
        run = run_of(ids, self._strings)
        shape = run.shape + (self._plain_shape if dims is None else (self._width(dims),))
        if out is None:
            code = F32 if dtype is None else output_code(dtype)
            out, memory = new_output(shape, code, run.is_torch)
        else:
            code, memory = given_output(out, shape, dtype)
        options = None if code == 0 and missing is None and dims is None else self._lookup_options(code, missing, dims)
        status = _gather(self._handle, run.struct, byref(memory), run.size * shape[-1], options)
        if status:
            lib.fail(status, self._handle)
        return out

    def _gather_arrays(self, ids: np.ndarray, out: Any) -> np.ndarray | None:
        """What most calls are, with as little around the C call as can be: contiguous ids to float32. None: it is not that."""
        code = _id_types(ids.dtype)
        if code is None:
            return None
        shape = ids.shape + self._plain_shape
        if out is None:
            out = _empty(shape, _float32)
        elif type(out) is not np.ndarray or out.dtype != _float32 or out.shape != shape:
            return None
        try:
            source, target = _from_buffer(ids), _from_buffer(out)  # which refuse what is strided, read-only or empty
        except (TypeError, ValueError):
            return None
        address = _addressof(source)
        if (address | _addressof(target)) & 7:  # may be misaligned
            return None
        size = ids.size
        status = _gather_unchecked(
            self._handle, pack_ids(code, 0, size, address, 0), byref(target), c_int64(size * self._dim), None)
        if status:
            lib.fail(status, self._handle)
        return out  # type: ignore[no-any-return]

    def __getitem__(self, ids: Any) -> np.ndarray:
        """`gather(ids)`. Ids are not positions: slices and negative numbers have no meaning of their own."""
        if isinstance(ids, (slice, tuple)) and not (isinstance(ids, tuple) and ids and isinstance(ids[0], (str, bytes))):
            raise TypeError(f"ids are a {type(ids).__name__}; rows are found by ids, one or an array of them")
        rows: np.ndarray = self.gather(ids)
        return rows

    def __contains__(self, id: Any) -> bool:
        """Whether one id has a row. Counted as a lookup, and as a missing id if it is."""
        try:
            self.gather(id, missing="error", dims=1)
        except MissingIDError:
            return False
        return True

    def pool(
        self, ids: Any, offsets: Any = None, weights: Any = None, mode: str = "mean", *, lengths: Any = None,
        out: Any = None, dtype: Any = None, missing: str | None = None, dims: int | None = None,
    ) -> Any:
        """The embeddings of each bag of ids, summed, averaged or their largest numbers. O(ids x dims).

        ids: n of them, which offsets or lengths divide into bags; or of two dimensions, each row a bag.
        offsets: bags + 1 integers, from 0 to n: bag j is ids[offsets[j]:offsets[j + 1]].
        lengths: instead of offsets, how many ids each bag has, in all n.
        weights: a factor per id, float32. A weighted mean divides by their sum.
        mode: "sum", "mean", "max". An empty bag is zeros in every mode.
        out, dtype, missing, dims: as of `gather`; out has shape (bags, dims).
        Returns: (bags, dims) numbers, to the bit as Formats/lookup.md has them.
        Raises: MissingIDError, IDKindError, ArgumentError.
        """
        reduction = _modes(mode)
        if (weights is None and dtype is None and missing is None and dims is None and reduction is not None
                and type(ids) is _ndarray and _quick_pool is not None):
            result = self._new_pools(offsets, lengths) if out is None else out
            status = _quick_pool(self._handle, self._dim, ids, offsets, lengths, reduction, result)
            if status == 0:
                return result
            if status > 0:
                lib.fail(status, self._handle)
        if reduction is None:
            reduction = lib.choice(lib.MODES, mode, "mode")
        struct, shape, _, kept_ids, is_torch = run_of(ids, self._strings)
        bags, bag_count, kept_bags = bags_of(offsets, lengths, shape)
        factors = None if weights is None else weights_of(weights, shape)
        shape = (bag_count, self._dim if dims is None else self._width(dims))
        if out is None:
            code = F32 if dtype is None else output_code(dtype)
            out, memory = new_output(shape, code, is_torch)
        else:
            code, memory = given_output(out, shape, dtype)
        options = None if code == 0 and missing is None and dims is None else self._lookup_options(code, missing, dims)
        status = _pool(
            self._handle, struct, bags, None if factors is None else byref(exported(factors)), reduction,
            byref(memory), bag_count * shape[1], options)
        if status:
            lib.fail(status, self._handle)
        return out

    def _new_pools(self, offsets: Any, lengths: Any) -> np.ndarray | None:
        """What pools are written into, if bags are said by an array."""
        bounds = lengths if offsets is None else offsets
        if type(bounds) is not _ndarray or not bounds.size:
            return None
        return _empty((bounds.size - (offsets is not None), self._dim), _float32)

    def prepare(
        self, count: int | None = None, *, id_dtype: Any = np.int64, dtype: Any = None, missing: str | None = None,
        dims: int | None = None,
    ) -> PreparedLookup:
        """A gather of one integer id, or of `count`, to be made again and again, its arrays kept: see PreparedLookup."""
        from ._prepared import PreparedLookup

        return PreparedLookup(self, count, id_dtype, dtype, missing, dims)

    def prefetch(self, ids: Any) -> int:
        """Has the system begin to read what a lookup of these ids needs, and does not wait: for files that are not in memory.

        Ids without a row are passed over, nothing is counted. Returns: how many bytes were asked for. O(ids x log ids).
        """
        run, asked = run_of(ids, self._strings), c_uint64()
        check(core.embstore_prefetch(self._handle, run.struct, byref(asked)), self._handle)
        return asked.value

    # ---- search -----------------------------------------------------------------------------------------------------

    def score(self, queries: Any, ids: Any, metric: str = "dot", *, out: Any = None, missing: str | None = None) -> Any:
        """Scores of ids with queries, on codes where the codec can (Formats/search.md). O(queries x ids x dim).

        queries: (n, dim) numbers, or (dim,). ids: of one dimension.
        metric: "dot", "cosine", of which the largest is the best, or "l2", the squared distance.
        Returns: (n, ids) float32, or (ids,) of one query.
        """
        run = run_of(ids, self._strings)
        points, single = self._queries(queries)
        shape = run.shape if single else (len(points), *run.shape)
        if out is None:
            out, memory = new_output(shape, F32, run.is_torch)
        else:
            _, memory = given_output(out, shape, "float32")
        options = self._search_options(metric, missing, 1, None, 0)
        check(core.embstore_score(
            self._handle, exported_address(points), len(points), run.struct, byref(memory), math.prod(shape),
            byref(options)), self._handle)
        return out

    def nearest(
        self, queries: Any, k: int = 10, metric: str = "dot", *, threads: int = 1, rerank_by: Table | None = None,
        rerank_among: int | None = None,
    ) -> Neighbors:
        """The k best rows for each query among all rows, best first, on codes. O(queries x rows x dim).

        queries: (n, dim) numbers, or (dim,). k: at least 1.
        threads: how many work on the call; results do not depend on it.
        rerank_by: a table of the same ids and dim that stores rows more exactly: the `rerank_among` best (None: 4 k) are ordered
            by its scores.
        Returns: scores, ids, each (n, k), or (k,) of one query. ids are int64 (of keys of 2^63 and more their bits; -1
            where there are fewer than k rows), or objects: str, None where there are fewer. Names and order are faiss's.
        """
        points, single = self._queries(queries)
        k = int(k)
        rows = np.empty((len(points), max(k, 0)), np.uint32)
        scores = np.empty(rows.shape, np.float32)
        among = 0 if rerank_by is None else 4 * k if rerank_among is None else rerank_among
        options = self._search_options(metric, None, threads, rerank_by, among)
        check(core.embstore_nearest(
            self._handle, exported_address(points), len(points), k, exported_address(rows), exported_address(scores),
            byref(options)), self._handle)
        ids = self.ids_of_rows(rows)
        return Neighbors(scores[0], ids[0]) if single else Neighbors(scores, ids)

    def ids_of_rows(self, rows: Any) -> np.ndarray:
        """The ids of rows by their numbers, 0 to row_count - 1: of a table without keys the numbers themselves.

        Returns: int64, or objects (str; what is not UTF-8 as os.fsdecode has it), of the shape of `rows`.
        """
        rows = np.ascontiguousarray(rows, np.uint32)
        present = rows != lib.NO_ROW
        asked = rows[present]
        if not self._strings:
            found = np.empty(len(asked), np.uint64)
            if len(asked):
                check(core.embstore_ids_of_rows(
                    self._handle, exported_address(asked), len(asked), exported_address(found)), self._handle)
            ids = np.full(rows.shape, -1, np.int64)
            ids[present] = found.view(np.int64)
            return ids
        texts = np.full(rows.shape, None, object)
        texts[present] = _texts(self._handle, asked)
        return texts

    def view(self) -> np.ndarray:
        """The stored rows of a table of plain numbers, as they lie in the file: read-only, nothing copied or decoded.

        Only where the file has such rows: codec f32, f16 or bf16 (which takes ml_dtypes), no transforms or row maps, not compressed;
        TypeError otherwise. Row i is the embedding of id i, or of ids_of_rows([i]) where there are keys.
        Returns: (row_count, dim). While it lives, the store cannot be closed.
        """
        from ._view import rows_of

        return rows_of(self._store, self)

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _open(self) -> TableHandle:
        handle = self._handle
        if not handle:
            lib.fail(160, handle)
        return handle

    def _drop(self) -> None:
        self._handle = TableHandle()

    def _width(self, dims: int) -> int:
        if not 1 <= dims <= self._dim:
            lib.refuse(143, f"dims is {dims}, expected 1 to {self._dim}")
        return dims

    def _lookup_options(self, code: int, missing: str | None, dims: int | None) -> bytes | None:
        key = (code, lib.choice(lib.MISSING, missing, "missing"), dims or 0)
        if key not in self._options:
            self._options[key] = lib.pack_lookup_options(16, *key)
        return self._options[key]

    def _search_options(
        self, metric: str, missing: str | None, threads: int, rerank_by: Table | None, among: int
    ) -> lib.SearchOptions:
        options = lib.SearchOptions(
            ctypes.sizeof(lib.SearchOptions), lib.choice(lib.METRICS, metric, "metric"),
            lib.choice(lib.MISSING, missing, "missing"), threads, None, among)
        if rerank_by is not None:
            options.kept = rerank_by._open()
            options.rerank_by = options.kept.value
        return options

    def _queries(self, queries: Any) -> tuple[np.ndarray, bool]:
        points = numbers(queries, "queries")
        if points.ndim not in (1, 2) or points.shape[-1] != self._dim:
            lib.refuse(144, f"queries have shape {points.shape}, expected (n, {self._dim}) or ({self._dim},)")
        return points.reshape(-1, self._dim), points.ndim == 1

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._store, self._name, self._is_feature)


def _again(store: Store, name: str, is_feature: bool) -> Table:
    return store.feature(name) if is_feature else store.table(name)


def exported_address(array: np.ndarray) -> c_void_p:
    """Where an array begins; the caller keeps it."""
    return c_void_p(array.__array_interface__["data"][0])


def _texts(handle: TableHandle, rows: np.ndarray) -> np.ndarray:
    """The string ids of rows."""
    offsets = np.zeros(len(rows) + 1, np.uint64)
    capacity, data = 0, np.empty(0, np.uint8)
    while len(rows):
        status = core.embstore_strings_of_rows(
            handle, exported_address(rows), len(rows), exported_address(data) if capacity else None, capacity,
            exported_address(offsets))
        if status == 0:
            break
        if status != 163 or int(offsets[-1]) <= capacity:
            lib.fail(status, handle)
        capacity = int(offsets[-1])
        data = np.empty(capacity, np.uint8)
    joined, ends = data.tobytes(), offsets.tolist()
    texts = np.empty(len(rows), object)
    texts[:] = [joined[a:b].decode("utf-8", "surrogateescape") for a, b in zip(ends, ends[1:])]
    return texts
