"""Ids of any kind, as the C library takes them: without a copy where they are contiguous integers of 32 or 64 bits."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ._library import BYTE_STRINGS, INT32, INT64, UINT64, pack_ids, refuse

_WRONG_KIND = 141
ID_TYPES = {np.dtype(np.int32): INT32, np.dtype(np.int64): INT64, np.dtype(np.uint64): UINT64}

_byte = ctypes.c_byte
_addressof = ctypes.addressof


class Run(NamedTuple):
    """A run of ids. The struct points into `kept`, which lives as long."""

    struct: bytes
    shape: tuple[int, ...]
    size: int
    kept: Any
    is_torch: bool


# What a named tuple's constructor does, at a third of the time.
_new = tuple.__new__


def run_of(ids: Any, strings: bool = False) -> Run:
    """The ids. strings: what nothing at all stands for."""
    if type(ids) is np.ndarray:
        code = ID_TYPES.get(ids.dtype)
        if code is not None:
            try:
                exported = _byte.from_buffer(ids)  # type: ignore[arg-type]
            except (TypeError, ValueError):  # read-only, strided or empty
                return _integers(ids)
            count, address = ids.size, _addressof(exported)
            if address & 7:  # may be misaligned
                return _integers(ids)
            return _new(Run, (pack_ids(code, 0, count, address, 0), ids.shape, count, exported, False))
        return _array(ids, strings)
    if type(ids) is str:
        return _encoded((ids.encode("utf-8", "surrogateescape"),), ())
    if type(ids) is bytes:
        return _encoded((ids,), ())
    if isinstance(ids, (int, np.integer)) and not isinstance(ids, bool):
        return _integers(_small_array(int(ids)))
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(ids, torch.Tensor):
        return _array(from_torch(ids, "ids"), strings)._replace(is_torch=True)
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(ids, (arrow.Array, arrow.ChunkedArray)):
        return _arrow(arrow, ids, strings)
    return _list(ids, strings)


def from_torch(tensor: Any, argument: str) -> np.ndarray:
    """The tensor's memory as an array; of bfloat16 its bits."""
    if tensor.device.type != "cpu":
        raise ValueError(f"{argument} is on device {tensor.device}, and lookups run on the CPU")
    tensor = tensor.detach()
    if str(tensor.dtype) == "torch.bfloat16":
        tensor = tensor.view(sys.modules["torch"].int16)
    array: np.ndarray = tensor.numpy()
    return array


def _small_array(value: int) -> np.ndarray:
    return np.array(value, np.uint64 if value >= 1 << 63 else np.int64)


def _integers(array: np.ndarray) -> Run:
    array = np.require(array, requirements=["C", "A"]).reshape(array.shape)  # require makes one dimension of none
    struct = pack_ids(ID_TYPES[array.dtype], 0, array.size, array.__array_interface__["data"][0], 0)
    return Run(struct, array.shape, array.size, array, False)


def _array(array: np.ndarray, strings: bool) -> Run:
    kind = array.dtype.kind
    if array.size == 0 and (strings or kind not in "iu"):
        run = _encoded((), array.shape) if strings else _integers(np.empty(array.shape, np.int64))
        return run
    if kind in "iu":
        known = array.dtype.newbyteorder("=") if array.dtype.itemsize == 8 or array.dtype == np.int32 else np.dtype(np.int64)
        return _integers(array.astype(known, copy=False))
    if kind in "SUOT":
        return _strings(array.ravel().tolist(), array.shape)
    refuse(_WRONG_KIND, f"ids are {array.dtype}, expected integers, str or bytes")


def _list(ids: Any, strings: bool) -> Run:
    if isinstance(ids, (list, tuple)) and ids and isinstance(ids[0], (str, bytes)):
        return _strings(ids, (len(ids),))
    if isinstance(ids, (set, frozenset, dict)):
        raise TypeError(f"ids are a {type(ids).__name__}, which has no order")
    if not hasattr(ids, "__array__") and hasattr(ids, "__dlpack__"):
        return _array(np.from_dlpack(ids), strings)
    array = np.asarray(ids)
    if array.dtype.kind in "SU":  # as objects: arrays of strings drop zero bytes at the end
        array = np.asarray(ids, dtype=object)
    return _array(array, strings)


def _strings(items: Sequence[Any], shape: tuple[int, ...]) -> Run:
    try:
        joined = "".join(items)
        if joined.isascii():
            return _encoded_lengths(joined.encode(), np.fromiter(map(len, items), np.uint64, len(items)), shape)
        return _encoded([item.encode("utf-8", "surrogateescape") for item in items], shape)
    except TypeError:
        pass
    if all(isinstance(item, (int, np.integer)) and not isinstance(item, bool) for item in items):  # an array of objects
        kind = np.uint64 if max(items, default=0) >= 1 << 63 else np.int64
        return _integers(np.array(items, kind).reshape(shape))
    parts = [item.encode("utf-8", "surrogateescape") if isinstance(item, str) else item for item in items]
    for position, part in enumerate(parts):
        if not isinstance(part, bytes):
            refuse(_WRONG_KIND, f"id {position} is a {type(part).__name__}, expected str or bytes")
    return _encoded(parts, shape)


def _encoded(parts: Sequence[bytes], shape: tuple[int, ...]) -> Run:
    return _encoded_lengths(b"".join(parts), np.fromiter(map(len, parts), np.uint64, len(parts)), shape)


def _encoded_lengths(joined: bytes, lengths: np.ndarray, shape: tuple[int, ...]) -> Run:
    offsets = np.zeros(len(lengths) + 1, np.uint64)
    np.cumsum(lengths, out=offsets[1:])
    return _bytes(np.frombuffer(joined or b"\0", np.uint8), offsets, shape)


def _bytes(data: np.ndarray, offsets: np.ndarray, shape: tuple[int, ...]) -> Run:
    places = data.__array_interface__["data"][0], offsets.__array_interface__["data"][0]
    return Run(pack_ids(BYTE_STRINGS, 0, len(offsets) - 1, *places), shape, len(offsets) - 1, (data, offsets), False)


def _arrow(arrow: Any, ids: Any, strings: bool) -> Run:
    if isinstance(ids, arrow.ChunkedArray):
        ids = ids.combine_chunks() if ids.num_chunks != 1 else ids.chunk(0)
        if isinstance(ids, arrow.ChunkedArray):  # older ones may give one back
            ids = arrow.concat_arrays(ids.chunks)
    if ids.null_count:
        refuse(_WRONG_KIND, f"{ids.null_count} ids are null")
    kinds = arrow.types
    if kinds.is_dictionary(ids.type):
        ids = ids.dictionary_decode()
    if kinds.is_integer(ids.type):
        return _array(ids.to_numpy(zero_copy_only=False), strings)
    wide = kinds.is_large_string(ids.type) or kinds.is_large_binary(ids.type)
    if not (wide or kinds.is_string(ids.type) or kinds.is_binary(ids.type)):
        refuse(_WRONG_KIND, f"ids are {ids.type}, expected integers, strings or bytes")
    _, places, data = ids.buffers()
    if len(ids) == 0 or places is None:
        return _encoded((), (0,))
    offsets = np.frombuffer(places, np.int64 if wide else np.int32)[ids.offset : ids.offset + len(ids) + 1]
    offsets = offsets.view(np.uint64) if wide else offsets.astype(np.uint64)
    array = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    return _bytes(array, offsets, (len(ids),))
