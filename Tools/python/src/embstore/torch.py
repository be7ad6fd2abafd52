"""Modules for PyTorch models that read packed tables: inference on the CPU.

    bag = embstore.torch.EmbeddingBag.from_file("model.emb", "items", mode="sum")
    model.items = bag                       # in the place of a torch.nn.EmbeddingBag
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch

from ._arrays import whole_numbers
from ._bags import completed, without
from ._ids import from_torch
from ._store import Store
from ._table import Table


class EmbeddingBag(torch.nn.Module):
    """torch.nn.EmbeddingBag over a packed table, for inference: the same arguments, inputs and shapes.

    Results agree with torch's on the embeddings that the table stores, but for rounding, wherever torch's documentation says what
    they are; Formats/lookup.md lists where not. It has no parameters: a state dict does not hold the table, and nothing is trained.

    table: what is looked up; `from_file` opens it, `from_pretrained` has torch's arguments.
    mode: "mean", "sum", "max". include_last_offset: offsets end with the number of ids. padding_idx: an id that is left out of
    bags, and not counted. dtype: of the output: torch.float32, torch.float16, torch.bfloat16.
    """

    def __init__(
        self, table: Table, *, mode: str = "mean", include_last_offset: bool = False, padding_idx: int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if mode not in ("sum", "mean", "max"):
            raise ValueError(f"mode is {mode!r}, expected 'sum', 'mean' or 'max'")
        self.table = table
        self.num_embeddings, self.embedding_dim = table.shape
        if padding_idx is not None and padding_idx < 0:
            padding_idx += self.num_embeddings
        self.mode, self.include_last_offset, self.padding_idx, self.dtype = mode, include_last_offset, padding_idx, dtype

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], table: str | None = None, **arguments: Any) -> EmbeddingBag:
        """Opens a file for a module of its own. table: its name, or a feature's; None: the only one."""
        store = Store(path)
        return cls(store.table() if table is None else store[table], **arguments)

    @classmethod
    def from_pretrained(
        cls, embeddings: Table | str | os.PathLike[str], freeze: bool = True, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
        include_last_offset: bool = False, padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """torch's, with a table or a file of one table where torch has a tensor. What only training needs is accepted and means
        nothing, but freeze=False and max_norm, which would change the rows, are refused."""
        if not freeze or max_norm is not None:
            raise ValueError("packed tables do not change: freeze must be True and max_norm None")
        arguments: dict[str, Any] = dict(mode=mode, include_last_offset=include_last_offset, padding_idx=padding_idx)
        if isinstance(embeddings, Table):
            return cls(embeddings, **arguments)
        return cls.from_file(embeddings, **arguments)

    def forward(
        self, input: torch.Tensor, offsets: torch.Tensor | None = None, per_sample_weights: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Bags of ids, pooled.

        input: (n,) int32 or int64 ids with offsets, or (bags, length) without. Not copied, but where ids are left out.
        offsets: (bags,) where bags begin, from 0, or (bags + 1,) with include_last_offset.
        per_sample_weights: of the shape of `input`; torch takes them for "sum" only, this for every mode.
        Returns: (bags, dim) of `dtype`.
        """
        ids = from_torch(input, "input")
        weights = None if per_sample_weights is None else from_torch(per_sample_weights.float(), "per_sample_weights")
        if weights is not None and weights.shape != ids.shape:
            raise ValueError(f"per_sample_weights have shape {weights.shape}, expected that of input, {ids.shape}")
        if ids.ndim == 2:
            if offsets is not None:
                raise ValueError("input of two dimensions is bags of one length: offsets must be None")
            bounds = np.arange(len(ids) + 1, dtype=np.int64) * ids.shape[1]
            ids, weights = ids.reshape(-1), None if weights is None else weights.reshape(-1)
        elif ids.ndim == 1:
            if offsets is None:
                raise ValueError("input of one dimension falls into bags by offsets")
            bounds = whole_numbers(offsets, "offsets")
            if not self.include_last_offset:
                bounds = completed(bounds, len(ids))
        else:
            raise ValueError(f"input has {ids.ndim} dimensions, expected 1 or 2")
        if self.padding_idx is not None:
            ids, bounds, weights = without(self.padding_idx, ids, bounds, weights)
        out = torch.empty((len(bounds) - 1, self.embedding_dim), dtype=self.dtype or torch.float32)
        self.table.pool(ids, bounds, weights, self.mode, out=out)
        return out

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}, mode={self.mode!r}, {self.table.expression}"
