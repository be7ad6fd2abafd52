"""Cases of torch.nn.EmbeddingBag on which torch's documentation and Formats/lookup.md agree, as plain values.

    python bag_cases.py         records what torch makes of them in embedding_bag.json; needs torch
"""

import itertools
import json
import pathlib

import numpy as np

RECORDED = pathlib.Path(__file__).parent / "embedding_bag.json"
ROWS, DIM = 40, 5


def rows():
    """The table: numbers that JSON keeps exactly."""
    return np.random.default_rng(11).normal(size=(ROWS, DIM)).astype(np.float32)


def cases():
    """Dicts of input, offsets (or None), weights (or None), and the module's arguments."""
    random = np.random.default_rng(12)
    shapes = [[], [0], [1], [3], [0, 0], [4, 0, 1], [0, 7, 0, 2, 0], list(random.integers(0, 9, 12))]
    kinds = itertools.cycle(("int64", "int64", "int32"))
    for lengths, mode, last, padding, weighted in itertools.product(
            shapes, ("sum", "mean", "max"), (False, True), (None, 3, -1), (False, True)):
        if weighted and mode != "sum":  # torch refuses
            continue
        ids = random.integers(0, ROWS, sum(lengths))
        if padding is not None:
            ids[random.random(len(ids)) < 0.3] = padding % ROWS
        ends = [0, *np.cumsum(lengths, dtype=int)]
        yield dict(
            input=ids.tolist(), offsets=[int(e) for e in (ends if last else ends[:-1])], kind=next(kinds),
            weights=random.normal(size=len(ids)).astype(np.float32).tolist() if weighted else None,
            mode=mode, include_last_offset=last, padding_idx=padding)
    for shape, mode, padding, weighted in itertools.product(
            ((1, 1), (3, 4), (5, 1)), ("sum", "mean", "max"), (None, 0), (False, True)):
        if weighted and mode != "sum":
            continue
        ids = random.integers(0, 6, shape)
        yield dict(
            input=ids.tolist(), offsets=None, kind="int64",
            weights=random.normal(size=shape).astype(np.float32).tolist() if weighted else None,
            mode=mode, include_last_offset=False, padding_idx=padding)


def torch_of(case):
    """What torch makes of a case."""
    import torch

    kind = getattr(torch, case["kind"])
    module = torch.nn.EmbeddingBag.from_pretrained(
        torch.from_numpy(rows()), mode=case["mode"], include_last_offset=case["include_last_offset"],
        padding_idx=case["padding_idx"])
    return module(*tensors(case, kind)).numpy()


def tensors(case, kind):
    """Input, offsets and weights as torch takes them."""
    import torch

    offsets = None if case["offsets"] is None else torch.tensor(case["offsets"], dtype=kind)
    weights = None if case["weights"] is None else torch.tensor(case["weights"], dtype=torch.float32)
    return torch.tensor(case["input"], dtype=kind), offsets, weights


def allowed(case, table):
    """How far sums may lie apart: rounding, n 2^-23 times the sum of magnitudes added. Maxima may not."""
    if case["mode"] == "max":
        return 0.0
    factor = max((abs(w) for w in np.ravel(case["weights"])), default=1.0) if case["weights"] else 1.0
    longest = max(len(np.ravel(case["input"])), 1)
    return longest**2 * 2.0**-23 * float(np.abs(table).max()) * factor


def main():
    import torch

    outputs = [torch_of(case).tolist() for case in cases()]
    text = json.dumps({"torch": torch.__version__.split("+")[0], "outputs": outputs}, separators=(",", ":"))
    RECORDED.write_text(text.replace("]],[[", "]],\n[[") + "\n")
    print(len(outputs), "outputs recorded")


if __name__ == "__main__":
    main()
