"""Stored rows where they lie: the one thing that looks into the file after a call has returned."""

from __future__ import annotations

import builtins
import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _library as lib
from ._arrays import bfloat16
from ._library import core

if TYPE_CHECKING:
    from ._store import Store
    from ._table import Table

_ELEMENTS: dict[str, Any] = {"f32": np.dtype("<f4"), "f16": np.dtype("<f2"), "bf16": None}
_CATALOG_CHECKSUM = slice(56, 64)  # Formats/container.md


def rows_of(store: Store, table: Table) -> np.ndarray:
    """The rows as an array over a mapping of this process's own, which shares the page cache's pages with the store's."""
    described = store.describe()
    entry = next(e for e in described["tables"] if e["name"] == core.embstore_table_name(table._open()).decode())
    codec = entry["stages"][-1]["name"]
    column = next((c for c in entry["columns"] if c["name"] == codec + ".rows"), None)
    plain = [stage["name"] for stage in entry["stages"][:-1]] in (["direct"], ["keyed"])
    segment = {} if column is None else described["segments"][column["segment"]]
    if codec not in _ELEMENTS or not plain or segment.get("encoding") != "raw":
        raise TypeError(f"table {table.name!r} is stored as {table.expression}: only plain numbers can be viewed; gather decodes")
    element = _ELEMENTS[codec] or np.dtype(bfloat16())
    count = segment["rowCount"] * segment["width"]
    if count == 0:
        return np.empty((segment["rowCount"], segment["width"]), element)
    with store._lock:
        if store.closed:
            lib.fail(160, store._handle)
        if store._views is None:
            store._views = _mapping(store.path, described["superblock"])
        data = np.frombuffer(store._views, np.uint8, count * element.itemsize, segment["offset"])
    rows: np.ndarray = data.view(element).reshape(segment["rowCount"], segment["width"])
    return rows


def _mapping(path: str, superblock: dict[str, Any]) -> mmap.mmap:
    """The file, if it is the one that was opened: another may stand at the path by now."""
    with builtins.open(path, "rb") as file:
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    checksum = "%016x" % int.from_bytes(mapping[_CATALOG_CHECKSUM], "little")  # which covers those of all segments
    if len(mapping) != superblock["fileBytes"] or checksum != superblock["catalogChecksum"]:
        mapping.close()
        raise FileNotFoundError(f"{path} has been replaced since it was opened: open it again to view its rows")
    return mapping
