"""EmbStore: compressed embedding tables in one file, read from a memory map.

    import embstore

    with embstore.open("words.emb") as store:
        words = store["words"]
        words.gather(["king", "queen"])                             # (2, dim) float32
        words.pool(["new", "york", "berlin"], lengths=[2, 1])       # (2, dim): a mean per bag
        words.nearest(words["king"], k=10, metric="cosine")         # scores, ids

`embstore.pack` writes such files, `embstore.torch` has the EmbeddingBag module, `embstore.sources` reads tables from Parquet,
Arrow and PyTorch checkpoints.
"""

from __future__ import annotations

from ._batch import Batch, BatchFeature
from ._errors import (
    ArgumentError,
    ClosedError,
    DuplicateKeyError,
    EmbStoreError,
    ExistsError,
    FormatError,
    GenerationError,
    IDKindError,
    MissingIDError,
    NameNotFoundError,
    NoSuchFileError,
    PackError,
    StorageError,
)
from ._library import core as _core
from ._packing import Packer, pack
from ._prepared import PreparedLookup
from ._store import MemoryUse, Store, StoreCounts, open
from ._table import Neighbors, Table, TableCounts

__version__: str = _core.embstore_version().decode()


def kernel_level() -> str:
    """The instruction set that lookups run on: "scalar", "avx2", "avx512", "neon". All give the same bits."""
    return str(_core.embstore_kernel_level().decode())


__all__ = [
    "ArgumentError", "Batch", "BatchFeature", "ClosedError", "DuplicateKeyError", "EmbStoreError", "ExistsError",
    "FormatError", "GenerationError", "IDKindError", "MemoryUse", "MissingIDError", "NameNotFoundError", "Neighbors", "NoSuchFileError",
    "PackError", "Packer", "PreparedLookup", "StorageError", "Store", "StoreCounts", "Table", "TableCounts",
    "kernel_level", "open", "pack",
]
