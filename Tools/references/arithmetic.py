"""Arithmetic that the references share: binary32 with one rounding, unsigned 64-bit hashes (Formats/lookup.md,
Formats/hashing.md), vectorised over ids."""

import numpy as np

F32, U64 = np.float32, np.uint64
G = U64(0x9E3779B97F4A7C15)
np.seterr(over="ignore")


def fma(a, b, c):
    """a * b + c of binary32 numbers, rounded once: in binary64, rounded to odd, then to binary32."""
    a, b, c = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (a, b, c)))
    product = a * b                     # exact: 48 bits
    total = product + c
    part = total - product
    error = (product - (total - part)) + (c - part)
    bits = total.copy().view(np.int64)
    even = (bits & 1) == 0
    towards = np.where((error > 0) == (total > 0), 1, -1)
    bits += np.where((error != 0) & even & np.isfinite(total), towards, 0)
    return bits.view(np.float64).astype(F32)


def mix(z):
    z = np.asarray(z, U64)
    z = (z ^ (z >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> U64(27))) * U64(0x94D049BB133111EB)
    return z ^ (z >> U64(31))


def murmur(z):
    z = np.asarray(z, U64)
    z = (z ^ (z >> U64(33))) * U64(0xFF51AFD7ED558CCD)
    z = (z ^ (z >> U64(33))) * U64(0xC4CEB9FE1A85EC53)
    return z ^ (z >> U64(33))


def salt(u, v):
    return mix(U64(u) + (U64(v) + U64(1)) * G)


def reduce(h, n):
    """The upper half of the product of 128 bits, n below 2^32."""
    low, high, n = h & U64(0xFFFFFFFF), h >> U64(32), U64(n)
    return (high * n + (low * n >> U64(32))) >> U64(32)


def siphash(k0, k1, text):
    """SipHash-2-4 of bytes, with Python's integers."""
    mask = 2**64 - 1
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn(a, b, r, s):
        v[a] = (v[a] + v[b]) & mask
        v[b] = ((v[b] << r | v[b] >> (64 - r)) & mask) ^ v[a]
        if s:
            v[a] = (v[a] << 32 | v[a] >> 32) & mask

    def rounds(count):
        for _ in range(count):
            turn(0, 1, 13, True)
            turn(2, 3, 16, False)
            turn(0, 3, 21, False)
            turn(2, 1, 17, True)

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) % 256])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at:at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def bucket(name, u, v, ids, n, coefficients=None):
    """The bucket of each id below n."""
    keys = np.asarray(ids, np.int64).view(U64)
    if name == "mix":
        found = reduce(mix(keys + salt(u, v)), n)
    elif name == "murmur":
        found = murmur(keys ^ (U64(u) + U64(v) * G)) % U64(n)
    elif name == "siphash":
        found = np.array([siphash(u, v, str(int(i)).encode()) % n for i in ids])
    elif name == "modulo":
        found = keys % U64(n)
    else:
        a, b, p = (U64(int(c)) for c in coefficients)
        found = (keys * a + b) % p % U64(n)
    return found.astype(np.int64)


def sign(u, v, ids):
    keys = np.asarray(ids, np.int64).view(U64)
    return np.where(mix(keys + salt(u, 2**32 + v)) >> U64(63) == 1, F32(-1), F32(1))


def relu(a):
    return np.where(a > 0, a, F32(0))


def mish(a):
    """a · tanh(log(1 + e^a)) as Formats/transforms/mlp.md works it out."""
    t = np.maximum(a, F32(-80))
    n = np.rint(t * F32(float.fromhex("0x1.715476p+0")))
    r = fma(-n, F32(float.fromhex("0x1.62e4p-1")), t)
    r = fma(-n, F32(float.fromhex("0x1.7f7d1cp-20")), r)
    p = F32(float.fromhex("0x1.a01a02p-13"))
    for c in ("0x1.6c16c2p-10", "0x1.111112p-7", "0x1.555556p-5", "0x1.555556p-3", "0x1p-1", "0x1p+0", "0x1p+0"):
        p = fma(p, r, F32(float.fromhex(c)))
    u = np.ldexp(p, n.astype(np.int32))
    w = u * (u + F32(2))
    return np.where(a > 20, a, t * (w / (w + F32(2))))
