"""Open files."""

from __future__ import annotations

import ctypes
import json
import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from ctypes import byref
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _library as lib
from ._errors import GenerationError, NameNotFoundError
from ._library import StoreHandle, TableHandle, check, core
from ._table import Table

if TYPE_CHECKING:
    from ._batch import Batch


class StoreCounts(NamedTuple):
    """What has been counted since the store was opened: counts only grow.

    decoded_blocks: of compressed columns, and of residency "bounded" pages read. block_hits: times that a row was in one that was kept.
    ids, rows, bags, missing, out_of_range: of all tables, as in TableCounts. minor_page_faults, major_page_faults: of the whole
    process since it began: from memory, from a device.
    """

    decoded_blocks: int
    block_hits: int
    ids: int
    rows: int
    bags: int
    missing: int
    out_of_range: int
    minor_page_faults: int
    major_page_faults: int


class MemoryUse(NamedTuple):
    """What a store takes of memory at one moment, in bytes.

    file_bytes: of the file. resident_bytes: of it in memory, whoever brought them there. cache_bytes: of decoded blocks and pages
    that are kept. most_page_table_bytes: once all of the file has been touched in pages of 4 KiB. page_table_bytes: of the whole
    process now, 0 where the system does not tell.
    """

    file_bytes: int
    resident_bytes: int
    cache_bytes: int
    most_page_table_bytes: int
    page_table_bytes: int


class Store:
    """An open file of embedding tables: `embstore.open` makes it.

        with embstore.open("words.emb") as store:
            rows = store["words"].gather(["king", "queen"])

    It may be shared by any number of threads. Closing it (or leaving the `with`) closes its tables, prepared lookups and
    batches too: calls under way finish, later ones raise ClosedError, and the memory goes with the last call. There is nothing
    that close would pull away from under anybody but row views (`Table.view`), and while one of those lives it refuses with
    BufferError, as mmap does.

    It is pickled as path and generation: who unpickles it, such as a worker of a DataLoader or of Ray, opens the file again, and
    shares its pages. A file of another generation is refused by then (GenerationError).
    """

    def __init__(
        self, path: str | os.PathLike[str], *, residency: str = "mapped", block_cache_bytes: int | None = None
    ) -> None:
        self._path = os.path.abspath(os.fspath(path))
        self._residency, self._block_cache_bytes = residency, block_cache_bytes
        options = lib.OpenOptions(
            ctypes.sizeof(lib.OpenOptions), lib.choice(lib.RESIDENCIES, residency, "residency"),
            0 if block_cache_bytes is None else block_cache_bytes or -1)
        self._lock = threading.Lock()
        self._children: weakref.WeakSet[Any] = weakref.WeakSet()
        self._views: Any = None
        self._handle = StoreHandle()
        check(core.embstore_open(os.fsencode(self._path), byref(options), byref(self._handle)))

    # ---- what it is -------------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Where it was opened, absolute."""
        return self._path

    @property
    def generation(self) -> int:
        """Raised by whoever packs the same tables again."""
        return int(core.embstore_generation(self._open()))

    @property
    def nbytes(self) -> int:
        """How long the file is."""
        return int(core.embstore_file_bytes(self._open()))

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables, in the order of the file."""
        return self._names(core.embstore_table_count, core.embstore_table_name_at)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features."""
        return self._names(core.embstore_feature_count, core.embstore_feature_name_at)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._handle

    @property
    def counts(self) -> StoreCounts:
        """What has been counted since the store was opened."""
        counts = lib.StoreCounts(ctypes.sizeof(lib.StoreCounts))
        check(core.embstore_count_store(self._handle, byref(counts)), self._handle)
        return StoreCounts(*(getattr(counts, name) for name in StoreCounts._fields))

    def memory_use(self) -> MemoryUse:
        """What the store takes of memory now. O(pages)."""
        memory = lib.Memory(ctypes.sizeof(lib.Memory))
        check(core.embstore_memory_use(self._handle, byref(memory)), self._handle)
        return MemoryUse(*(getattr(memory, name) for name in MemoryUse._fields))

    def warm(self) -> None:
        """Reads the whole file into memory now, as residency "populated" does; with "bounded" nothing. O(bytes)."""
        check(core.embstore_warm(self._handle), self._handle)

    def describe(self) -> dict[str, Any]:
        """Everything the file says of itself, in the words of `embstore inspect --json`."""
        status, text = lib.text(core.embstore_describe, self._handle)
        check(status, self._handle)
        described: dict[str, Any] = json.loads(text)
        return described

    def verify(self) -> None:
        """Reads the whole file and compares every checksum, block and key index. Raises FormatError. O(bytes)."""
        check(core.embstore_verify(self._handle), self._handle)

    def __repr__(self) -> str:
        if self.closed:
            return f"<embstore.Store {self._path!r}, closed>"
        return f"<embstore.Store {self._path!r}, generation {self.generation}: {', '.join(self.tables)}>"

    # ---- tables -----------------------------------------------------------------------------------------------------

    def table(self, name: str | None = None) -> Table:
        """The table called `name`; None: the only one. Raises NameNotFoundError."""
        if name is None:
            if len(self.tables) != 1:
                raise ValueError(f"name one of the tables: {', '.join(self.tables)}")
            name = self.tables[0]
        handle = TableHandle()
        check(core.embstore_table_open(self._handle, name.encode(), byref(handle)), self._handle)
        return Table(self, handle, name, False)

    def feature(self, name: str) -> Table:
        """The table that feature `name` reads, seen through the feature's arguments. Raises NameNotFoundError."""
        handle = TableHandle()
        check(core.embstore_feature_open(self._handle, name.encode(), byref(handle)), self._handle)
        return Table(self, handle, name, True)

    def __getitem__(self, name: str) -> Table:
        """The table of that name, else the feature."""
        try:
            return self.table(name)
        except NameNotFoundError:
            if name not in self.features:
                raise
            return self.feature(name)

    def __contains__(self, name: object) -> bool:
        return name in self.tables or name in self.features

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def batch(self, features: Iterable[Any] | Mapping[str, str], mode: str = "mean") -> Batch:
        """Several features looked up in one call: see Batch. features: names, tables or BatchFeatures; or modes by name."""
        from ._batch import Batch

        return Batch(self, features, mode)

    # ---- closing ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Closes the file, its tables, prepared lookups and batches. Closing again does nothing.

        Raises: BufferError while a view of `Table.view` lives; nothing is closed then.
        """
        with self._lock:
            if self._views is not None:
                self._views.close()  # refuses while arrays look into it
                self._views = None
            self._handle = StoreHandle()
            children = list(self._children)
            self._children.clear()
        for child in children:
            child._drop()

    def __enter__(self) -> Store:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _open(self) -> StoreHandle:
        handle = self._handle
        if not handle:
            lib.fail(160, handle)
        return handle

    def _adopt(self, child: Any) -> None:
        """Remembers what closes with the store."""
        with self._lock:
            if self._handle:
                self._children.add(child)
                return
        child._drop()

    def _names(self, count: Any, name_at: Any) -> tuple[str, ...]:
        handle = self._open()
        return tuple(name_at(handle, number).decode() for number in range(count(handle)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._path, self.generation, self._residency, self._block_cache_bytes)


def _again(path: str, generation: int, residency: str, block_cache_bytes: int | None) -> Store:
    store = Store(path, residency=residency, block_cache_bytes=block_cache_bytes)
    found = store.generation
    if found != generation:
        store.close()
        raise GenerationError(
            f"{path} is of generation {found}, and generation {generation} of it was pickled", 300, "GENERATION_CHANGED")
    return store


def open(
    path: str | os.PathLike[str], *, residency: str = "mapped", block_cache_bytes: int | None = None
) -> Store:
    """Opens a file and checks everything that lookups rely on, in time that does not depend on the number of rows.

    residency: "mapped" (pages come as they are touched), "populated" (all are read now), "huge_pages" (a copy in this
        process's memory), "locked" (populated and pinned), "bounded" (not mapped: read piece by piece, for
        files larger than memory).
    block_cache_bytes: memory for decoded blocks of compressed columns, and of "bounded" for pages of the file; None: 64 MiB; 0: as
        little as works.
    Raises: FormatError, NoSuchFileError, StorageError.
    """
    return Store(path, residency=residency, block_cache_bytes=block_cache_bytes)
