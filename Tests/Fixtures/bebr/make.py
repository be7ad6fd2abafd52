"""Makes model.safetensors: a small model of recurrent binary embeddings, its vectors, and what it should come to.

The layers before the last of each network are random, their BatchNorm has the statistics of the vectors, and the last layer is
fitted: a model trained as well as one without gradients can be. Needs numpy. The file is kept in the repository.
"""
import json
import struct

import numpy as np

ROWS, DIM, CODE, HIDDEN, LOOPS = 48, 6, 8, 10, 2
random = np.random.default_rng(11)
tensors = {}


def network(name, inputs, targets):
    """Linear, BatchNorm, ReLU, Linear from inputs to targets; returns what it makes of the inputs."""
    weight = random.standard_normal((HIDDEN, inputs.shape[1])) * 0.7
    bias = random.standard_normal(HIDDEN) * 0.1
    hidden = inputs @ weight.T + bias
    mean, variance = hidden.mean(0), hidden.var(0)
    gamma, beta = random.uniform(0.5, 1.5, HIDDEN), random.standard_normal(HIDDEN) * 0.3
    normal = (hidden - mean) / np.sqrt(variance + 1e-5) * gamma + beta
    active = np.concatenate([np.maximum(normal, 0), np.ones((len(inputs), 1))], 1)
    last = np.linalg.lstsq(active, targets, rcond=None)[0]
    tensors.update({
        f"{name}.0.weight": weight, f"{name}.0.bias": bias, f"{name}.1.weight": gamma, f"{name}.1.bias": beta,
        f"{name}.1.running_mean": mean, f"{name}.1.running_var": variance,
        f"{name}.1.num_batches_tracked": np.array(7, np.int64), f"{name}.3.weight": last[:-1].T, f"{name}.3.bias": last[-1],
    })
    return active @ last


def signs(x):
    assert np.abs(x).min() > 1e-4, "too near to 0 to be told apart in binary32: take another seed"
    return np.where(x >= 0, 1.0, -1.0)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


vectors = unit(random.standard_normal((ROWS, DIM))).astype(np.float32).astype(np.float64)
codes = signs(network("W", vectors, vectors @ random.standard_normal((DIM, CODE))))
for loop in range(LOOPS):
    left = vectors - unit(network(f"B.{loop}", codes, vectors))
    codes = codes + 0.5 ** (loop + 1) * signs(network(f"R.{loop}", left, left @ random.standard_normal((DIM, CODE))))
decoded = unit(network("decoder", codes, vectors))
tensors["embedding.weight"] = vectors

with open("model.safetensors", "wb") as file:
    header, data = {}, b""
    for name, tensor in sorted(tensors.items()):
        integers = tensor.dtype == np.int64
        raw = tensor.astype("<i8" if integers else "<f4").tobytes()
        header[name] = {"dtype": "I64" if integers else "F32", "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text + data)

with open("expected.json", "w") as file:
    levels = ((codes * 2**LOOPS + 2 ** (LOOPS + 1) - 1) / 2).astype(int)  # k of v = (2k + 1 - 2^B) / 2^(B-1)
    json.dump({"codes": levels.tolist(), "decoded": np.round(decoded, 7).tolist()}, file, separators=(",", ":"))
    file.write("\n")
print("squared error of the decoded vectors:", ((decoded - vectors) ** 2).sum() / (vectors**2).sum())
