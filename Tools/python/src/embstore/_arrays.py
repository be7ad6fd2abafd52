"""Arrays in and out: addresses of what the caller has, and memory for results."""

from __future__ import annotations

import ctypes
import importlib
import math
import sys
from typing import Any

import numpy as np

from ._ids import from_torch
from ._library import LENGTHS32, LENGTHS64, OFFSETS32, OFFSETS64, pack_bags, refuse

_WRONG_COUNT = 144
F32, F16, BF16 = 0, 1, 2
_OUTPUTS = {"float32": F32, "float16": F16, "bfloat16": BF16}
_SPELLINGS: dict[Any, int] = {None: F32, np.float32: F32, np.float16: F16, "f4": F32, "f2": F16, "f32": F32, "f16": F16, "bf16": BF16}
_NUMBERS = (np.float32, np.float16)
_BAGS = {
    (np.dtype(np.int32), False): OFFSETS32, (np.dtype(np.int64), False): OFFSETS64,
    (np.dtype(np.int32), True): LENGTHS32, (np.dtype(np.int64), True): LENGTHS64}
_float32 = np.dtype(np.float32)
_byte = ctypes.c_byte


def output_code(dtype: Any) -> int:
    """What a dtype is to the library. numpy's, torch's and ml_dtypes' are known, and their names."""
    try:
        known = _SPELLINGS.get(dtype)
    except TypeError:
        known = None
    if known is None:
        name = str(getattr(dtype, "__name__", dtype)).removeprefix("torch.").removeprefix("<")
        known = _OUTPUTS.get(name, _SPELLINGS.get(name) if name else None)
    if known is None:
        refuse(161, f"dtype is {dtype!r}, expected float32, float16 or bfloat16")
    return known


def exported(array: np.ndarray) -> Any:
    """The first byte of a contiguous array, which the caller keeps."""
    try:
        return _byte.from_buffer(array)  # type: ignore[arg-type]
    except (TypeError, ValueError):  # read-only or empty
        return _byte.from_address(array.__array_interface__["data"][0])


def new_output(shape: tuple[int, ...], code: int, as_torch: bool) -> tuple[Any, Any]:
    """A result without its numbers, and its memory."""
    if code != BF16:
        array = np.empty(shape, _NUMBERS[code])
        return (sys.modules["torch"].from_numpy(array) if as_torch else array), exported(array)
    if as_torch:
        torch = sys.modules["torch"]
        tensor = torch.empty(shape, dtype=torch.bfloat16)
        return tensor, exported(from_torch(tensor, "out"))
    array = np.empty(shape, bfloat16())
    return array, exported(array.view(np.uint16))


def bfloat16() -> Any:
    """The dtype, of a package that is asked for only now: numbers are never widened silently."""
    try:
        return importlib.import_module("ml_dtypes").bfloat16
    except ImportError as missing:
        raise ImportError(
            "numpy has no bfloat16: install ml_dtypes, or give ids or out as torch tensors, or ask for float32"
        ) from missing


def given_output(out: Any, shape: tuple[int, ...], dtype: Any) -> tuple[int, Any]:
    """The code and the memory of the caller's output, which has the shape and dtype that it must have."""
    array = out
    code = None
    if type(out) is np.ndarray and out.dtype == _float32 and out.shape == shape and dtype is None:  # most of them
        try:
            memory = _byte.from_buffer(out)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            pass
        else:
            if not ctypes.addressof(memory) & 3:
                return F32, memory
    if type(out) is not np.ndarray:
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(out, torch.Tensor):
            if not out.is_contiguous():
                refuse(_WRONG_COUNT, "out is not contiguous")
            code, array = output_code(out.dtype), from_torch(out, "out")
        else:
            array = np.asarray(out) if hasattr(out, "__array_interface__") else np.from_dlpack(out)
    if array.shape != shape:
        refuse(_WRONG_COUNT, f"out has shape {tuple(array.shape)}, expected {shape}")
    if code is None:
        code = output_code(array.dtype.type if array.dtype.isnative else array.dtype)
    if dtype is not None and output_code(dtype) != code:
        refuse(161, f"dtype is {dtype!r} and out is {out.dtype}")
    if not array.flags.c_contiguous or not array.flags.writeable or not array.flags.aligned:
        refuse(_WRONG_COUNT, "out is not contiguous, aligned and writable")
    return code, exported(array.view(np.uint16) if code == BF16 else array)


def bags_of(offsets: Any, lengths: Any, shape: tuple[int, ...]) -> tuple[bytes, int, Any]:
    """The struct of the bags, how many there are, and what the struct points into."""
    if offsets is not None and lengths is not None:
        raise ValueError("give offsets or lengths, not both")
    if offsets is None and lengths is None:
        if len(shape) != 2:
            raise ValueError(f"ids of shape {shape} fall into bags by offsets or lengths; only rows of two dimensions are bags")
        lengths = np.full(shape[0], shape[1], np.int64)
    elif len(shape) != 1:
        raise ValueError(f"ids have shape {shape}, expected one dimension, as offsets or lengths are given")
    given = lengths if offsets is None else offsets
    code = _BAGS.get((given.dtype, offsets is None)) if type(given) is np.ndarray and given.ndim == 1 else None
    if code is not None:
        try:
            memory = _byte.from_buffer(given)
        except (TypeError, ValueError):  # strided, read-only or empty
            pass
        else:
            address, count = ctypes.addressof(memory), len(given)
            if not address & 7:
                return pack_bags(code, 0, count, address), count - (offsets is not None), memory
    array = whole_numbers(given, "lengths" if offsets is None else "offsets")
    narrow = array.dtype == np.int32
    kind = (OFFSETS32 if narrow else OFFSETS64) if offsets is not None else (LENGTHS32 if narrow else LENGTHS64)
    bags = len(array) if offsets is None else max(len(array) - 1, 0)
    return pack_bags(kind, 0, len(array), array.__array_interface__["data"][0]), bags, array


def whole_numbers(given: Any, argument: str) -> np.ndarray:
    """A run of int32 or int64, contiguous; without a copy if it was."""
    torch = sys.modules.get("torch")
    array = from_torch(given, argument) if torch is not None and isinstance(given, torch.Tensor) else np.asarray(given)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(f"{argument} are {array.dtype} of {array.ndim} dimensions, expected integers of one")
    if array.dtype == np.uint64 and array.max() > np.iinfo(np.int64).max:
        refuse(145, f"{argument} has {array.max()}, which is larger than any count")
    return np.ascontiguousarray(array, np.int32 if array.dtype == np.int32 else np.int64)


def numbers(given: Any, argument: str) -> np.ndarray:
    """float32 numbers, contiguous; without a copy if they were."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(given, torch.Tensor):
        given = from_torch(given.float(), argument)
    array = np.asarray(given)
    if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
        raise TypeError(f"{argument} are {array.dtype}, expected floating-point numbers")
    return np.ascontiguousarray(array, np.float32)


def weights_of(weights: Any, shape: tuple[int, ...]) -> np.ndarray:
    """A factor per id."""
    array = numbers(weights, "weights")
    if array.shape != shape and not (array.ndim == 1 and array.size == math.prod(shape)):
        refuse(_WRONG_COUNT, f"weights have shape {array.shape}, expected that of ids, {shape}")
    return array
