"""Each method as its paper's formula: from a trained state, a dictionary of arrays named as in Formats/import.md, and ids
to embeddings. Nothing here knows of files, rows or codecs."""

import numpy as np

from arithmetic import F32, U64, bucket, fma, sign


def summed(parts, weights=None):
    """Rows of several probes, added in order."""
    total = np.zeros_like(parts[0])
    for p, rows in enumerate(parts):
        total = fma(1 if weights is None else weights[p][:, None], rows, total)
    return total


def hashed(state, ids, probes=1, combine="sum", function="mix", seed=0, first=0, signs=False):
    """The hashing trick; hash embeddings and MEmCom where the state has weights."""
    table = state["embedding.weight"]
    coefficients = state.get("hash.coefficients", [None] * probes)
    parts = [table[bucket(function, seed, first + p, ids, len(table), coefficients[p])] for p in range(probes)]
    weights = None
    if "weights.weight" in state:
        own = state["weights.weight"].reshape(len(state["weights.weight"]), -1)[ids]
        weights = [own[:, p if own.shape[1] > 1 else 0] for p in range(probes)]
    if signs:
        flips = [sign(seed, first + p, ids) for p in range(probes)]
        weights = flips if weights is None else [w * s for w, s in zip(weights, flips)]
    if combine == "mean":
        share = F32(1) / F32(probes)
        weights = [(np.ones(len(ids), F32) if weights is None else weights[p]) * share for p in range(probes)]
    if combine == "concat":
        parts = parts if weights is None else [w[:, None] * rows for w, rows in zip(weights, parts)]
        return np.concatenate(parts, axis=1)
    return parts[0] if probes == 1 and weights is None else summed(parts, weights)


def qr(state, ids, combine="multiply"):
    """Quotient and remainder."""
    divisor = len(state["remainder.weight"])
    q, r = state["quotient.weight"][ids // divisor], state["remainder.weight"][ids % divisor]
    if combine == "concat":
        return np.concatenate([q, r], axis=1)
    return q * r if combine == "multiply" else summed([q, r])


def robe(state, ids, block, chunks, seed=0, align=1, signed=False, slot=0):
    """Element by element: number j of an embedding is one number of the array."""
    array = state["array"].reshape(-1)
    j = np.arange(block * chunks)
    if "coefficients" not in state:
        starts = np.stack([align * bucket("mix", seed, c, ids, len(array) // align) for c in range(chunks)], axis=1)
        values = array[(starts[:, j // block] + j % block) % len(array)]
        flips = np.stack([sign(seed, c, ids) for c in range(chunks)], axis=1)[:, j // block] if signed else F32(1)
        return values * flips
    p, dh, ch, bh, ah, dg, cg, bg, ag = (int(c) for c in state["coefficients"][:9])
    x = ids[:, None]
    values = array[(bh * x + dh + j % block + ch * (j // block) + ah * slot) % p % len(array)]
    flips = (2 * ((bg * x + dg + cg * j + ag * slot) % p % 2) - 1).astype(F32)
    return values * flips if signed else values


def tensor_train(state, ids, rank):
    """Digits of an id, least significant first, choose slices; their product is the embedding."""
    cores = [state["cores.%d" % k] for k in range(sum(name.startswith("cores.") for name in state))]
    left, product = ids.copy(), None
    for k, core in enumerate(cores):
        digit = left if k == len(cores) - 1 else left % len(core)
        left = left // len(core)
        before, after = 1 if k == 0 else rank, 1 if k == len(cores) - 1 else rank
        slices = core.reshape(len(core), before, -1)[digit]                 # ids, rank in, dim · rank out
        if product is None:
            product = slices.reshape(len(ids), -1, after)
            continue
        total = np.zeros((len(ids), product.shape[1], slices.shape[2]), F32)
        for r in range(rank):
            total = fma(product[:, :, r, None], slices[:, None, r, :], total)
        product = total.reshape(len(ids), -1, after)
    return product.reshape(len(ids), -1)


def unified(state, ids, probes=1, combine="concat", salt=0, chunks=None, tables=None, function="mix", seed=0):
    """A feature of a unified table."""
    parts_of = [state["tables.%d.weight" % t] for t in range(sum(name.startswith("tables.") for name in state))]
    chunks = list(range(probes)) if chunks is None else chunks
    tables = [c % len(parts_of) for c in chunks] if tables is None else tables
    parts = [parts_of[t][bucket(function, seed + salt, c, ids, len(parts_of[t]))] for c, t in zip(chunks, tables)]
    if combine == "concat":
        return np.concatenate(parts, axis=1)
    share = F32(1) / F32(probes) if combine == "mean" else F32(1)
    return summed(parts, [np.full(len(ids), share, F32)] * probes)


def owned(state, name, ids):
    """A feature with rows of its own."""
    return state["owned.%s.weight" % name][ids]


def adaptemb(state, ids):
    """Frequent ids have rows, rare ids share some."""
    remap = state["remap"][ids]
    frequent, rare = state["frequent.weight"], state["rare.weight"]
    return np.where((remap >= 0)[:, None], frequent[np.maximum(remap, 0)], rare[-(remap + 1) % len(rare)])


def optembed(state, ids):
    """Pruned ids are zeros."""
    remap = state["remap"][ids]
    return np.where((remap >= 0)[:, None], state["embedding.weight"][np.maximum(remap, 0)], F32(0))


def mde(state, ids):
    """Narrow rows and a projection: the bias, and what it adds to it, input by input."""
    rows, weight = state["embedding.weight"][ids], state["projection.weight"]
    total = np.broadcast_to(state.get("projection.bias", np.zeros(len(weight), F32)), (len(ids), len(weight)))
    for i in range(rows.shape[1]):
        total = fma(rows[:, i, None], weight[None, :, i], total)
    return total


def product_codes(state, ids):
    """DPQ and MGQE: of each part the codeword that the code names."""
    books, codes = state["codebooks"], state["codes"][ids]
    return np.concatenate([books[m][codes[:, m]] for m in range(len(books))], axis=1)


def dhe(state, ids, buckets, activation, epsilon=1e-5):
    """Hashes scaled to -1 … 1, then Linear, BatchNorm and activation, the last Linear without."""
    a, b, p = (state["hash.coefficients"][:, c].astype(U64) for c in range(3))
    hashes = (ids[:, None].astype(U64) * a + b) % p % U64(buckets)
    z = F32(2) * (hashes.astype(F32) / F32(buckets - 1)) - F32(1)
    modules = sorted({int(name.split(".")[1]) for name in state if name.startswith("mlp.")})
    layers = []
    for n in modules:
        weight, bias = (state["mlp.%d.%s" % (n, part)].astype(np.float64) for part in ("weight", "bias"))
        if "mlp.%d.running_mean" % n not in state:
            layers.append((weight.astype(F32), bias.astype(F32)))
            continue
        mean, variance = (state["mlp.%d.running_%s" % (n, part)].astype(np.float64) for part in ("mean", "var"))
        factor = weight / np.sqrt(variance + epsilon)
        inner, constant = (x.astype(np.float64) for x in layers.pop())
        layers.append(((inner * factor[:, None]).astype(F32), ((constant - mean) * factor + bias).astype(F32)))
    for number, (weight, bias) in enumerate(layers):
        total = np.broadcast_to(bias, (len(ids), len(bias)))
        for i in range(z.shape[1]):
            total = fma(z[:, i, None], weight[None, :, i], total)
        z = total if number == len(layers) - 1 else activation(total)
    return z
