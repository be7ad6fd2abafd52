"""torch's ways to say bags, as offsets that Formats/lookup.md has. Needs no torch."""

from __future__ import annotations

import numpy as np

from ._library import refuse

_BAD_OFFSETS = 145


def completed(starts: np.ndarray, count: int) -> np.ndarray:
    """Where bags begin, and, last, where they end."""
    complete = np.empty(len(starts) + 1, starts.dtype)
    complete[:-1], complete[-1] = starts, count
    return complete


def without(
    padding: int, ids: np.ndarray, offsets: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The bags without the ids that are padding: copies if there are any."""
    kept = ids != padding
    if kept.all():
        return ids, offsets, weights
    # Checked here, as offsets that descend among padding would not any more.
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(ids) or (np.diff(offsets) < 0).any():
        refuse(_BAD_OFFSETS, f"offsets do not ascend from 0 to {len(ids)}, the number of ids")
    before = np.zeros(len(ids) + 1, np.int64)
    np.cumsum(kept, out=before[1:])
    return ids[kept], before[offsets], None if weights is None else weights[kept]
