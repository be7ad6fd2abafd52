"""Tables from Parquet and Arrow files and tables, and from PyTorch checkpoints, for `embstore.pack` and `Packer.add`.

pyarrow and torch are needed only for what is theirs. Numbers are not copied: lists of one length are taken as the matrix that
they lie as in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ._ids import from_torch

_ELEMENTS = ("float32", "float16", "bfloat16", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
             "uint64")


class TableSource(NamedTuple):
    """Rows in chunks, each (rows, dim), and a key for each row, or None."""

    chunks: list[Any]
    keys: Any = None


def parquet(path: str | os.PathLike[str], column: str | None = None, keys: str | None = None) -> TableSource:
    """A table of a Parquet file, read into memory.

    column: the lists of numbers; None: the only such column. keys: the column of keys; None: the only column of integers or
    strings there is beside, or none.
    """
    import pyarrow.parquet

    names = _columns(pyarrow.parquet.read_schema(path), column, keys)
    return arrow(pyarrow.parquet.read_table(path, columns=[n for n in names if n is not None]), *names)


def arrow(source: Any, column: str | None = None, keys: str | None = None) -> TableSource:
    """A table of a pyarrow Table, RecordBatch, Array or ChunkedArray, or of an Arrow IPC (Feather) file, which is mapped.

    Lists may be fixed_size_list, list or large_list, of one length and without nulls. column, keys: as of `parquet`.
    """
    import pyarrow
    import pyarrow.ipc

    if isinstance(source, (str, os.PathLike)):
        mapped = pyarrow.memory_map(os.fspath(source))
        try:
            source = pyarrow.ipc.open_file(mapped).read_all()
        except pyarrow.ArrowInvalid:  # a stream
            mapped.seek(0)
            source = pyarrow.ipc.open_stream(mapped).read_all()
    if isinstance(source, pyarrow.RecordBatch):
        source = pyarrow.Table.from_batches([source])
    if isinstance(source, pyarrow.Table):
        column, keys = _columns(source.schema, column, keys)
        return TableSource(_matrices(source.column(column)), None if keys is None else source.column(keys))
    return TableSource(_matrices(source))


def checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The tensors of a PyTorch checkpoint by name: only weights are read, nothing in the file is run, and files are mapped.

    Checkpoints that keep their state under "state_dict" or "model" are understood.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError:  # of before the zip format, which cannot be mapped
        state = torch.load(path, map_location="cpu", weights_only=True)
    for inner in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, Mapping) and isinstance(state.get(inner), Mapping):
            state = state[inner]
    if isinstance(state, torch.Tensor):
        state = {"table": state}
    if not isinstance(state, Mapping):
        raise ValueError(f"{os.fspath(path)} holds a {type(state).__name__}, expected tensors by name")
    return {str(name): value for name, value in state.items() if isinstance(value, torch.Tensor)}


def open_path(path: str | os.PathLike[str]) -> Any:
    """The source that a path is by its extension; None: one that the library reads."""
    ending = os.path.splitext(os.fspath(path))[1].lower()
    if ending in (".parquet", ".pq"):
        return parquet(path)
    if ending in (".arrow", ".feather", ".ipc"):
        return arrow(path)
    return checkpoint(path) if ending in (".pt", ".pth", ".ckpt") else None


def matrices(state: Mapping[str, Any], names: Mapping[str, str] | None) -> dict[str, Any]:
    """The tensors of a state dict that become tables: those called, or all matrices of floating-point numbers."""
    if names is not None:
        absent = [name for name in names if name not in state]
        if absent:
            raise KeyError(f"the state has no {', '.join(absent)}; it has {', '.join(map(str, state))}")
        return {name: state[name] for name in names}
    found = {str(name): value for name, value in state.items()
             if getattr(value, "ndim", 0) == 2 and "float" in str(value.dtype)}
    if not found:
        raise ValueError(f"the state has no matrix of floating-point numbers; it has {', '.join(map(str, state))}")
    return found


def table_of(source: Any) -> TableSource:
    """Any source of one table."""
    if isinstance(source, TableSource):
        return source
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None and isinstance(
            source, (pyarrow.Table, pyarrow.RecordBatch, pyarrow.Array, pyarrow.ChunkedArray)):
        return arrow(source)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(source, pandas.DataFrame):
        keys = None if isinstance(source.index, pandas.RangeIndex) else source.index
        return TableSource([source.to_numpy()], keys)
    return TableSource([source])


def rows_of(source: Any) -> np.ndarray:
    """(rows, dim) numbers, contiguous; bfloat16 of torch as its bits."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(source, torch.Tensor):
        array = from_torch(source, "source")
        if str(source.dtype) == "torch.bfloat16":
            array = array.view(_BITS)
    elif hasattr(source, "__array__") or not hasattr(source, "__dlpack__"):
        array = np.asarray(source)
    else:
        array = np.from_dlpack(source)
    if array.ndim != 2:
        raise ValueError(f"a table has 2 dimensions, rows and dim, and this has shape {array.shape}")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    element_of(array)
    return np.ascontiguousarray(array)


# bfloat16 where numpy has no such type: two bytes that nothing else is taken for.
_BITS = np.dtype([("bfloat16", "<u2")])


def element_of(array: np.ndarray) -> str:
    """What the numbers are, by name."""
    name = "bfloat16" if array.dtype == _BITS else array.dtype.name
    if name not in _ELEMENTS:
        raise TypeError(f"numbers are {name}, expected one of {', '.join(_ELEMENTS)}")
    return name


def _columns(schema: Any, column: str | None, keys: str | None) -> tuple[str, str | None]:
    import pyarrow.types as types

    def is_list(kind: Any) -> bool:
        return bool(types.is_fixed_size_list(kind) or types.is_list(kind) or types.is_large_list(kind))

    def is_key(kind: Any) -> bool:
        if types.is_dictionary(kind):
            kind = kind.value_type
        return bool(types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)
                    or types.is_binary(kind) or types.is_large_binary(kind))

    lists = [field.name for field in schema if is_list(field.type)]
    others = [field.name for field in schema if is_key(field.type)]
    if column is None:
        if len(lists) != 1:
            raise ValueError(f"name the column of rows, one of {lists}: there are {len(lists)} columns of lists")
        column = lists[0]
    if keys is None and len(others) > 1:
        raise ValueError(f"name the column of keys, one of {others}")
    return column, keys if keys is not None or not others else others[0]


def _matrices(column: Any) -> list[np.ndarray]:
    chunks = column.chunks if hasattr(column, "chunks") else [column]
    if len(chunks) > 1:
        chunks = [chunk for chunk in chunks if len(chunk)] or chunks[:1]
    if not chunks:
        raise ValueError("the column has no rows, so nobody knows their dim")
    return [_matrix(chunk) for chunk in chunks]


def _matrix(lists: Any) -> np.ndarray:
    """A list array as the matrix that its values are in memory."""
    import pyarrow.types as types

    if lists.null_count:
        raise ValueError(f"{lists.null_count} of {len(lists)} rows are null")
    if types.is_fixed_size_list(lists.type):
        dim = lists.type.list_size
    elif types.is_list(lists.type) or types.is_large_list(lists.type):
        ends = lists.offsets.to_numpy()
        dims = np.diff(ends)
        dim = int(dims[0]) if len(dims) else 0
        if (dims != dim).any():
            row = int(np.flatnonzero(dims != dim)[0])
            raise ValueError(f"row {row} has {int(dims[row])} numbers, the first has {dim}")
    else:
        raise TypeError(f"the column is of {lists.type}, expected lists of numbers")
    values = lists.flatten()
    if values.null_count:
        raise ValueError(f"{values.null_count} numbers are null")
    if not (types.is_floating(values.type) or types.is_integer(values.type)):
        raise TypeError(f"rows are lists of {values.type}, expected numbers")
    matrix: np.ndarray = values.to_numpy(zero_copy_only=True).reshape(len(lists), dim)
    return matrix
