"""Lookups that are made again and again: what each call would convert is converted once."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _library as lib
from ._arrays import F32, new_output, output_code
from ._ids import run_of
from ._library import TableHandle

if TYPE_CHECKING:
    from ._table import Table

_CLOSED = 160


class PreparedLookup:
    """A gather of one id, or of a fixed number of them, that costs little more than the C call. `Table.prepare` makes it.

        row = table.prepare()
        row(42)                     # row.out, now with the embedding of 42
        rows = table.prepare(128)
        rows.ids[:] = ...
        rows()                      # rows.out, 128 x dim

    Every call writes the same memory, so copy what must outlive the next. It belongs to one thread at a time: threads prepare
    one each. Closing the store closes it.
    """

    __slots__ = ("__weakref__", "_arguments", "_gather", "_ids", "_out", "_place", "_run", "_table")

    def __init__(
        self, table: Table, count: int | None, id_dtype: Any, dtype: Any, missing: str | None, dims: int | None
    ) -> None:
        width = table.dim if dims is None else table._width(dims)
        code = F32 if dtype is None else output_code(dtype)
        if np.dtype(id_dtype) not in (np.int32, np.int64, np.uint64):
            raise TypeError(f"id_dtype is {id_dtype}, expected int32, int64 or uint64")
        self._table = table
        self._ids = np.zeros(1 if count is None else count, id_dtype)
        self._out: np.ndarray
        self._out, memory = new_output((width,) if count is None else (count, width), code, False)
        self._place = 0 if count is None else slice(None)
        self._run = run_of(self._ids)
        options = table._lookup_options(code, missing, dims)
        self._gather: Any
        self._arguments: tuple[Any, ...]
        if lib.calls is not None and options is None and self._ids.size:
            ids = self._ids.reshape(self._out.shape[:-1])
            self._gather, self._arguments = lib.calls.gather, (table._open(), width, ids, self._out)
        else:
            self._gather = lib.gather_unchecked
            self._arguments = table._open(), self._run.struct, byref(memory), c_int64(self._out.size), options
        table._store._adopt(self)

    @property
    def ids(self) -> np.ndarray:
        """What is looked up: write into it, or give ids to the call. (count,) integers of `id_dtype`."""
        return self._ids

    @property
    def out(self) -> np.ndarray:
        """What each call writes and returns: (dims,) numbers, or (count, dims)."""
        return self._out

    def __call__(self, ids: Any = None) -> np.ndarray:
        """Looks `ids` up, or what is in `self.ids`. Returns self.out. Raises what Table.gather raises."""
        if ids is not None:
            self._ids[self._place] = ids
        if status := self._gather(*self._arguments):
            lib.fail(status if status > 0 else _CLOSED, self._arguments[0])
        return self._out

    def _drop(self) -> None:
        self._arguments = (TableHandle(), *self._arguments[1:])
