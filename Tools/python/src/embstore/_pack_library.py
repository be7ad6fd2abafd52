"""The C library that packs, loaded when something is packed: services do without it, and without LAPACK."""

from __future__ import annotations

import ctypes
import functools
from ctypes import byref, c_char_p, c_int32, c_int64, c_uint32, c_uint64, c_void_p
from typing import Any

from ._errors import error_class
from ._library import ABI_VERSION, load, text

ELEMENTS = {
    "float32": 1, "float16": 2, "bfloat16": 3, "float64": 4, "int8": 5, "uint8": 6, "int16": 7, "uint16": 8, "int32": 9,
    "uint32": 10, "int64": 11, "uint64": 12}
DUPLICATES = {"error": 0, "first": 1, "last": 2}
NON_FINITE = {"error": 0, "clamp": 1}
ORDERS = {"source": 0, "frequency": 1, "norm": 2}
COMPRESSIONS = {None: 0, "lz4": 1, "zstd": 2}


class SourceOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("integer_keys", c_int32), ("format", c_char_p), ("tensor", c_char_p),
        ("keys", c_char_p), ("key_column", c_char_p), ("dim", c_int64)]


class ImportOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_int32), ("prefix", c_char_p), ("id_count", c_uint64)]


class TableOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("missing", c_int32), ("duplicates", c_int32), ("non_finite", c_int32),
        ("order", c_int32), ("compression", c_int32), ("block_bytes", c_int64), ("default_row", c_char_p),
        ("rows_are_stored", c_int32), ("reserved", c_int32), ("id_count", c_uint64), ("dim", c_int64)]


class WriteOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_int32), ("replacing", c_int32), ("reserved", c_int32),
        ("generation", c_uint64)]


_P, _I, _L, _S = c_void_p, c_int32, c_int64, c_char_p
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "embstore_pack_status_name": (_S, [_I]),
    "embstore_pack_last_error": (_S, []),
    "embstore_pack_open": (_I, [_P]),
    "embstore_pack_close": (None, [_P]),
    "embstore_pack_array": (_I, [_P, _S, _S, _I, _P, _L, _L]),
    "embstore_pack_more_rows": (_I, [_P, _L, _P, _L]),
    "embstore_pack_file": (_I, [_P, _S, _S, _S, _P]),
    "embstore_pack_import": (_I, [_P, _S, _S, _S, _S, _P]),
    "embstore_pack_table_count": (_L, [_P]),
    "embstore_pack_table_name": (_S, [_P, _L]),
    "embstore_pack_keys": (_I, [_P, _L, _P]),
    "embstore_pack_frequencies": (_I, [_P, _L, _P, _L]),
    "embstore_pack_parameter": (_I, [_P, _L, _S, _I, _P, _L, _L]),
    "embstore_pack_feature": (_I, [_P, _L, _S, _S]),
    "embstore_pack_attribute": (_I, [_P, _L, _S, _S]),
    "embstore_pack_set": (_I, [_P, _L, _P]),
    "embstore_pack_estimate": (_I, [_P, _P, _L, _P]),
    "embstore_pack_write": (_I, [_P, _S, _P]),
    "embstore_pack_report": (_I, [_P, _P, _L, _P]),
}


@functools.lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """The library, with the types of its functions."""
    packing = load("libembstore-pack", "EMBSTORE_PACK_LIBRARY")
    if packing.embstore_pack_abi_version() != ABI_VERSION:
        raise ImportError("libembstore-pack has another ABI version than this package needs")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(packing, name)
        function.restype, function.argtypes = result, arguments
    return packing


class PackHandle(ctypes.c_void_p):
    """What becomes a file, freed with the last reference."""

    def __init__(self) -> None:
        super().__init__()
        self.library = library()
        self.check(self.library.embstore_pack_open(byref(self)))

    def __del__(self) -> None:
        if self:
            self.library.embstore_pack_close(self)

    def check(self, status: int) -> None:
        """Raises unless `status` is EMBSTORE_OK."""
        if status:
            name = self.library.embstore_pack_status_name(status).decode()
            raise error_class(status)(self.library.embstore_pack_last_error().decode(errors="replace"), status, name)

    def json(self, function: Any) -> str:
        """A text that the library writes."""
        status, told = text(function, self)
        self.check(status)
        return told
