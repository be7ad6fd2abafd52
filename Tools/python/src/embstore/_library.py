"""The C library: found, loaded, and its functions with their types.

Calls release the interpreter's lock. A handle is passed as the object that owns it, so a call under way keeps it open however
many threads close it meanwhile.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.machinery
import importlib.util
import os
import pathlib
import struct
from ctypes import byref, c_char_p, c_int32, c_int64, c_uint32, c_uint64, c_void_p
from typing import Any, NoReturn

from ._errors import ClosedError, error_class

ABI_VERSION = 1

INT32, INT64, UINT64, BYTE_STRINGS = 1, 2, 3, 4
OFFSETS32, OFFSETS64, LENGTHS32, LENGTHS64 = 1, 2, 3, 4
INTEGERS, STRINGS = 1, 2
NO_ROW = 0xFFFFFFFF

MODES = {"sum": 0, "mean": 1, "max": 2}
METRICS = {"dot": 0, "cosine": 1, "l2": 2}
MISSING = {None: 0, "error": 1, "zero": 2, "default": 3, "hashed": 4}
RESIDENCIES = {"mapped": 0, "populated": 1, "huge_pages": 2, "locked": 3, "bounded": 4}

# embstore_ids: type, reserved, count, values, offsets. embstore_bags: the same without the last.
pack_ids = struct.Struct("@iiqQQ").pack
pack_bags = struct.Struct("@iiqQ").pack
pack_lookup_options = struct.Struct("@Iiii").pack


def load(stem: str, variable: str) -> ctypes.CDLL:
    """Loads the library that environment `variable` names, else the one in this package, else a checkout's own."""
    package = pathlib.Path(__file__).resolve().parent
    folders = [package / "lib", *(folder / ".build/c/release" for folder in package.parents[3:4])]
    present = [folder for folder in folders if (folder / f"{stem}.so").exists()]
    path = os.environ.get(variable) or str((present or folders)[0] / f"{stem}.so")
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{stem} cannot be loaded: {error}. {variable} may name another file") from error


core = load("libembstore", "EMBSTORE_LIBRARY")
if core.embstore_abi_version() != ABI_VERSION:
    raise ImportError(f"libembstore has ABI version {core.embstore_abi_version()}, this package needs {ABI_VERSION}")


class Handle(ctypes.c_void_p):
    """A pointer that the library gave, closed with the last reference to this object: a caller's, or a call's under way."""


class StoreHandle(Handle):
    def __del__(self, close: Any = core.embstore_close) -> None:
        if self:
            close(self)


class TableHandle(Handle):
    def __del__(self, close: Any = core.embstore_table_close) -> None:
        if self:
            close(self)


class BatchHandle(Handle):
    def __del__(self, close: Any = core.embstore_batch_close) -> None:
        if self:
            close(self)


class OpenOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("residency", c_int32), ("block_cache_bytes", c_int64)]


class BatchFeature(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("mode", c_int32), ("missing", c_int32), ("dims", c_int32), ("table", c_void_p)]


class BatchOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("threads", c_int32), ("output", c_int32), ("reserved", c_int32)]


class SearchOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("metric", c_int32), ("missing", c_int32), ("threads", c_int32),
        ("rerank_by", c_void_p), ("rerank_among", c_int64)]


class TableCounts(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("reserved", c_int32), ("ids", c_uint64), ("bags", c_uint64), ("missing", c_uint64),
        ("rows", c_uint64), ("out_of_range", c_uint64)]


class StoreCounts(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("reserved", c_int32), ("decoded_blocks", c_uint64), ("block_hits", c_uint64),
        ("ids", c_uint64), ("rows", c_uint64), ("bags", c_uint64), ("missing", c_uint64), ("out_of_range", c_uint64),
        ("minor_page_faults", c_uint64), ("major_page_faults", c_uint64)]


class Memory(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("reserved", c_int32), ("file_bytes", c_uint64), ("resident_bytes", c_uint64),
        ("cache_bytes", c_uint64), ("most_page_table_bytes", c_uint64), ("page_table_bytes", c_uint64)]


# Pointers to structs are c_void_p too: they come as bytes or by reference.
_P, _I, _L, _U, _S = c_void_p, c_int32, c_int64, c_uint64, c_char_p
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "embstore_status_name": (_S, [_I]),
    "embstore_last_error": (_S, []),
    "embstore_last_error_position": (_L, []),
    "embstore_version": (_S, []),
    "embstore_kernel_level": (_S, []),
    "embstore_open": (_I, [_S, _P, _P]),
    "embstore_close": (None, [_P]),
    "embstore_file_bytes": (_U, [_P]),
    "embstore_generation": (_U, [_P]),
    "embstore_warm": (_I, [_P]),
    "embstore_verify": (_I, [_P]),
    "embstore_describe": (_I, [_P, _P, _L, _P]),
    "embstore_table_count": (_L, [_P]),
    "embstore_table_name_at": (_S, [_P, _L]),
    "embstore_feature_count": (_L, [_P]),
    "embstore_feature_name_at": (_S, [_P, _L]),
    "embstore_table_open": (_I, [_P, _S, _P]),
    "embstore_feature_open": (_I, [_P, _S, _P]),
    "embstore_table_close": (None, [_P]),
    "embstore_table_name": (_S, [_P]),
    "embstore_table_expression": (_S, [_P]),
    "embstore_table_dim": (_L, [_P]),
    "embstore_table_id_count": (_U, [_P]),
    "embstore_table_row_count": (_U, [_P]),
    "embstore_table_id_kinds": (_I, [_P]),
    "embstore_table_missing": (_I, [_P]),
    "embstore_table_is_searchable": (_I, [_P]),
    "embstore_gather": (_I, [_P, _P, _P, _L, _P]),
    "embstore_pool": (_I, [_P, _P, _P, _P, _I, _P, _L, _P]),
    "embstore_prefetch": (_I, [_P, _P, _P]),
    "embstore_batch_prefetch": (_I, [_P, _P, _P, _L, _P]),
    "embstore_batch_open": (_I, [_P, _L, _P]),
    "embstore_batch_close": (None, [_P]),
    "embstore_batch_dim": (_L, [_P]),
    "embstore_batch_gather": (_I, [_P, _P, _L, _P, _L, _P]),
    "embstore_batch_pool": (_I, [_P, _P, _P, _P, _L, _P, _L, _P]),
    "embstore_score": (_I, [_P, _P, _L, _P, _P, _L, _P]),
    "embstore_nearest": (_I, [_P, _P, _L, _L, _P, _P, _P]),
    "embstore_ids_of_rows": (_I, [_P, _P, _L, _P]),
    "embstore_strings_of_rows": (_I, [_P, _P, _L, _P, _L, _P]),
    "embstore_count_table": (_I, [_P, _P]),
    "embstore_count_store": (_I, [_P, _P]),
    "embstore_memory_use": (_I, [_P, _P]),
}
for _name, (_result, _arguments) in _FUNCTIONS.items():
    _function = getattr(core, _name)
    _function.restype, _function.argtypes = _result, _arguments

# The same function without conversions, for callers that keep their arguments as C has them.
gather_unchecked = core["embstore_gather"]


def load_calls() -> Any:
    """The lookups that are made most, compiled (calls.c), or None: then ctypes makes them. They are in the package, unless
    EMBSTORE_CALLS names another file, or "" none."""
    named = os.environ.get("EMBSTORE_CALLS")
    if named == "":
        return None
    if named is None:
        try:
            module = importlib.import_module("._calls", __package__)
        except ImportError:  # not built, or a free-threaded interpreter, which it is not for
            return None
    else:
        loader = importlib.machinery.ExtensionFileLoader("embstore._calls", named)
        module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec("embstore._calls", loader, origin=named))
        loader.exec_module(module)
    module.bind(*(ctypes.cast(function, c_void_p).value for function in (core.embstore_gather, core.embstore_pool)))
    return module


calls = load_calls()

_TOO_SMALL = 163
_NULL_ARGUMENT = 160


def fail(status: int, handle: Handle | None = None) -> NoReturn:
    """Raises what the calling thread's last failure was."""
    name = core.embstore_status_name(status).decode()
    if status == _NULL_ARGUMENT and handle is not None and not handle:
        raise ClosedError("the store is closed", status, name)
    message = core.embstore_last_error().decode(errors="replace")
    raise error_class(status)(message, status, name, core.embstore_last_error_position())


def check(status: int, handle: Handle | None = None) -> None:
    """Raises unless `status` is EMBSTORE_OK."""
    if status:
        fail(status, handle)


def refuse(code: int, message: str) -> NoReturn:
    """Raises what the library would, where it cannot see it."""
    raise error_class(code)(message, code, core.embstore_status_name(code).decode())


def choice(choices: dict[Any, int], given: Any, argument: str) -> int:
    """The number of a word."""
    try:
        return choices[given]
    except (KeyError, TypeError):
        words = ", ".join(repr(word) for word in choices if word is not None)
        refuse(161, f"{argument} is {given!r}, expected one of {words}")


def text(function: Any, *arguments: Any, too_small: int = _TOO_SMALL) -> tuple[int, str]:
    """The status of a function that writes texts, and the text."""
    capacity, length = 4096, c_int64()
    while True:
        buffer = ctypes.create_string_buffer(capacity)
        status: int = function(*arguments, buffer, capacity, byref(length))
        if status != too_small:
            return status, buffer.value.decode(errors="replace")
        capacity = length.value + 1
