"""Packing: arrays, state dicts, files and frames become tables of one file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from ctypes import byref, sizeof
from typing import Any

import numpy as np

from . import _pack_library as lib
from . import sources
from ._ids import run_of
from ._library import MISSING, choice, refuse
from ._pack_library import PackHandle


class Packer:
    """A file in the making: tables are added, then `write` packs them.

        packer = embstore.Packer()
        packer.add(users, "users", "int8", keys=user_ids)
        packer.add(items, "items", "rotation | int4", frequencies=counts)
        packer.write("model.emb")

    Arrays are not copied: they are kept, and must stay as they are until `write` returns. It belongs to one thread at a time.
    """

    def __init__(self) -> None:
        self._handle = PackHandle()
        self._library = self._handle.library
        self._kept: list[Any] = []

    def __len__(self) -> int:
        return int(self._library.embstore_pack_table_count(self._handle))

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables so far."""
        name = self._library.embstore_pack_table_name
        return tuple(name(self._handle, number).decode() for number in range(len(self)))

    def add(
        self, source: Any, name: str = "table", expression: str = "int8", *, keys: Any = None, frequencies: Any = None,
        missing: str = "error", default_row: int | str | bytes | None = None, duplicates: str = "error",
        non_finite: str = "error", order: str = "source", compression: str | None = None, block_bytes: int = 0,
        parameters: Mapping[str, Any] | None = None, features: Mapping[str, str | None] | None = None,
        attributes: Mapping[str, str] | None = None, rows_are_stored: bool = False, id_count: int = 0, dim: int = 0,
    ) -> int:
        """Adds a table. Returns its number.

        source: (rows, dim) numbers: an array (float32, float16, bfloat16, float64 or integers; not copied if its rows are
            contiguous), a tensor, a DataFrame whose index is the keys, or chunks as `embstore.sources` make them.
        name: of the table. expression: how to store it, such as "rotation | int4" (Formats/expression.md).
        keys: an id per row: integers or strings. None: rows are found by their numbers, from 0.
        frequencies: how often each row is asked for: fits and the reported error pay attention to it.
        missing: what lookups do about ids without a row: "error", "zero", "default" (`default_row`, a key or a row number), "hashed".
        duplicates: of keys: "error", "first", "last" (which row is kept). non_finite: "error", or "clamp" to what can be stored.
        order: in which rows are stored: "source", "frequency", "norm". compression: None, "lz4", "zstd", in `block_bytes`.
        parameters: columns trained elsewhere by their names in the file, such as {"pq.codebooks": array}, (rows, width) or
            (rows,) of width 1; the rest is fitted.
        features: names under which services ask for the table, and their arguments. attributes: notes.
        rows_are_stored: the rows are what the codec stores, for `id_count` ids of `dim` numbers, and not embeddings.
        Raises: PackError, ValueError, TypeError.
        """
        piece = sources.table_of(source)
        chunks = [sources.rows_of(chunk) for chunk in piece.chunks]
        if len({(chunk.dtype, chunk.shape[1]) for chunk in chunks}) != 1:
            refuse(161, f"chunks differ: {sorted({f'{c.dtype} x {c.shape[1]}' for c in chunks})}")
        number = len(self)
        for i, chunk in enumerate(chunks):
            self._kept.append(chunk)
            place = chunk.__array_interface__["data"][0]
            if i:
                status = self._library.embstore_pack_more_rows(self._handle, number, place, len(chunk))
            else:
                status = self._library.embstore_pack_array(
                    self._handle, name.encode(), expression.encode(), lib.ELEMENTS[sources.element_of(chunk)], place,
                    len(chunk), chunk.shape[1])
            self._handle.check(status)
        self._give(
            number, piece.keys if keys is None else keys, frequencies, missing, default_row, duplicates, non_finite, order,
            compression, block_bytes, parameters, features, attributes, rows_are_stored, id_count, dim)
        return number

    def add_file(
        self, path: str | os.PathLike[str], name: str | None = None, expression: str = "int8", *, format: str | None = None,
        tensor: str | None = None, keys: str | os.PathLike[str] | None = None, key_column: str | None = None,
        integer_keys: bool = False, columns: int = 0, **options: Any,
    ) -> range:
        """Adds the tables of a .npy, .npz, .safetensors, GloVe, word2vec or CSV file, which is read while packing.

        tensor: the only one to take. keys: a file of keys, for sources without. columns: numbers per row of a text file
        without header. options: as of `add`. Returns the numbers of the tables.
        """
        given = lib.SourceOptions(
            sizeof(lib.SourceOptions), integer_keys, _bytes(format), _bytes(tensor),
            None if keys is None else os.fsencode(keys), _bytes(key_column), columns)
        first = len(self)
        self._handle.check(self._library.embstore_pack_file(
            self._handle, _bytes(name), expression.encode(), os.fsencode(path), byref(given)))
        added = range(first, len(self))
        for number in added:
            self._give(number, None, **options)
        return added

    def add_import(
        self, path: str | os.PathLike[str], method: str, name: str | None = None, expression: str = "f32", *,
        prefix: str | None = None, id_count: int = 0,
    ) -> range:
        """Adds the table that the trained state of a model in a .safetensors file is, such as method "qr" or "unified"
        (Formats/import.md). Returns the numbers of the tables."""
        given = lib.ImportOptions(sizeof(lib.ImportOptions), 0, _bytes(prefix), id_count)
        first = len(self)
        self._handle.check(self._library.embstore_pack_import(
            self._handle, _bytes(name), method.encode(), expression.encode(), os.fsencode(path), byref(given)))
        return range(first, len(self))

    def estimate(self) -> dict[str, Any]:
        """What packing will take, without reading a row: for each table its expression and bytes."""
        told: dict[str, Any] = json.loads(self._handle.json(self._library.embstore_pack_estimate))
        return told

    def write(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, threads: int = 0, generation: int = 1
    ) -> dict[str, Any]:
        """Packs the tables into the file at `path`, which appears when everything is written and synced, or not at all.

        overwrite: replace the file if it exists; who has it open keeps the old one. threads: 0: as many as there are cores; the
        bytes do not depend on it. generation: to be raised with each repacking of the same tables.
        Returns: what it came to, as `embstore pack --json` tells it: bytes and errors of each table.
        Raises: ExistsError, PackError, StorageError.
        """
        options = lib.WriteOptions(sizeof(lib.WriteOptions), threads, overwrite, 0, generation)
        self._handle.check(self._library.embstore_pack_write(self._handle, os.fsencode(path), byref(options)))
        self._kept.clear()
        report: dict[str, Any] = json.loads(self._handle.json(self._library.embstore_pack_report))
        return report

    def _give(
        self, table: int, keys: Any = None, frequencies: Any = None, missing: str = "error",
        default_row: int | str | bytes | None = None, duplicates: str = "error", non_finite: str = "error",
        order: str = "source", compression: str | None = None, block_bytes: int = 0,
        parameters: Mapping[str, Any] | None = None, features: Mapping[str, str | None] | None = None,
        attributes: Mapping[str, str] | None = None, rows_are_stored: bool = False, id_count: int = 0, dim: int = 0,
    ) -> None:
        library, handle = self._library, self._handle
        if keys is not None:
            run = run_of(keys)  # kept until the call is over: the struct points into it
            handle.check(library.embstore_pack_keys(handle, table, run.struct))
        if frequencies is not None:
            factors = np.ascontiguousarray(frequencies, np.float32).ravel()
            handle.check(library.embstore_pack_frequencies(
                handle, table, factors.__array_interface__["data"][0], len(factors)))
        for column, values in (parameters or {}).items():
            array = sources.rows_of(values if getattr(values, "ndim", 2) == 2 else np.asarray(values).reshape(-1, 1))
            handle.check(library.embstore_pack_parameter(
                handle, table, column.encode(), lib.ELEMENTS[sources.element_of(array)],
                array.__array_interface__["data"][0], *array.shape))
        for feature, arguments in (features or {}).items():
            handle.check(library.embstore_pack_feature(handle, table, feature.encode(), _bytes(arguments)))
        for key, value in (attributes or {}).items():
            handle.check(library.embstore_pack_attribute(handle, table, key.encode(), value.encode()))
        options = lib.TableOptions(
            sizeof(lib.TableOptions), choice(MISSING, missing, "missing"), choice(lib.DUPLICATES, duplicates, "duplicates"),
            choice(lib.NON_FINITE, non_finite, "non_finite"), choice(lib.ORDERS, order, "order"),
            choice(lib.COMPRESSIONS, compression, "compression"), block_bytes, _bytes(default_row), rows_are_stored, 0,
            id_count, dim)
        handle.check(library.embstore_pack_set(handle, table, byref(options)))


def pack(
    source: Any, path: str | os.PathLike[str], expression: str | Mapping[str, str] = "int8", keys: Any = None,
    frequencies: Any = None, *, name: str = "table", overwrite: bool = False, threads: int = 0, generation: int = 1,
    **options: Any,
) -> dict[str, Any]:
    """Packs a source into the file at `path`.

    source: what `Packer.add` takes, which becomes table `name`; a state dict, of which every matrix of floating-point numbers
        becomes a table of its name (or those that `expression` names, a dict); an Arrow table; or a path: .parquet, .arrow, .feather,
        .pt, .pth, and what `Packer.add_file` reads.
    expression, keys, frequencies, options: as of `Packer.add`; of sources with several tables they go for each.
    overwrite, threads, generation: as of `Packer.write`, whose report is returned.
    """
    packer = Packer()
    if isinstance(source, (str, os.PathLike)):
        opened = sources.open_path(source)
        if opened is None:
            if not isinstance(expression, str):
                raise TypeError("a dict of expressions goes with a state dict")
            if frequencies is not None:
                options["frequencies"] = frequencies
            packer.add_file(source, None if name == "table" else name, expression, keys=keys, **options)
            return packer.write(path, overwrite=overwrite, threads=threads, generation=generation)
        source = opened
    if isinstance(source, Mapping):
        for table, tensor in sources.matrices(source, None if isinstance(expression, str) else expression).items():
            packer.add(tensor, table, expression if isinstance(expression, str) else expression[table], keys=keys,
                       frequencies=frequencies, **options)
    elif isinstance(expression, str):
        packer.add(source, name, expression, keys=keys, frequencies=frequencies, **options)
    else:
        raise TypeError("a dict of expressions goes with a state dict")
    return packer.write(path, overwrite=overwrite, threads=threads, generation=generation)


def _bytes(text: Any) -> bytes | None:
    return text if text is None or isinstance(text, bytes) else str(text).encode()
