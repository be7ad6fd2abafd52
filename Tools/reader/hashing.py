"""Hashes and range reduction (Formats/hashing.md)."""

from xxh3 import xxh3_64

MASK = (1 << 64) - 1
G = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def salt(seed, probe):
    return mix(seed + (probe + 1) * G & MASK)


def hash_key(key, salt_):
    return mix(key + salt_ & MASK)


def reduce(h, n):
    return h * n >> 64


def key_of(id_):
    """The 64-bit key of an id: a Python integer, signed or not, or the bytes of a string."""
    return xxh3_64(id_) if isinstance(id_, bytes) else id_ & MASK


# Functions by name

def murmur(z):
    z = (z ^ z >> 33) * 0xFF51AFD7ED558CCD & MASK
    z = (z ^ z >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return z ^ z >> 33


def text_of(id_):
    """What `siphash` hashes: a string's bytes, or the decimal digits of a key as a signed integer."""
    return id_ if isinstance(id_, bytes) else b"%d" % ((key_of(id_) ^ 1 << 63) - (1 << 63))


def bucket(name, u, v, id_, n, coefficients=()):
    """A number below n for an id, by the function of a name; `coefficients` are a, b, p of each v of `learn`."""
    if name == "mix":
        return reduce(hash_key(key_of(id_), salt(u, v)), n)
    if name == "murmur":
        return murmur(key_of(id_) ^ u + v * G & MASK) % n
    if name == "siphash":
        return siphash(u, v, text_of(id_)) % n
    if name == "modulo":
        return key_of(id_) % n
    a, b, p = coefficients[3 * v:3 * v + 3]
    return (key_of(id_) * a + b & MASK) % p % n


def sign(u, v, key):
    """-1 or 1."""
    return -1.0 if hash_key(key, salt(u, 2**32 + v)) >> 63 else 1.0


def rotl(x, count):
    return (x << count | x >> 64 - count) & MASK


def siphash(k0, k1, data):
    """SipHash-2-4."""
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def round_(v0, v1, v2, v3):
        v0 = v0 + v1 & MASK
        v1, v0 = rotl(v1, 13) ^ v0, rotl(v0, 32)
        v2 = v2 + v3 & MASK
        v3 = rotl(v3, 16) ^ v2
        v0 = v0 + v3 & MASK
        v3 = rotl(v3, 21) ^ v0
        v2 = v2 + v1 & MASK
        v1, v2 = rotl(v1, 17) ^ v2, rotl(v2, 32)
        return v0, v1, v2, v3

    padded = data + bytes((7 - len(data)) % 8) + bytes([len(data) % 256])
    for at in range(0, len(padded), 8):
        m = int.from_bytes(padded[at:at + 8], "little")
        v0, v1, v2, v3 = round_(*round_(v0, v1, v2, v3 ^ m))
        v0 ^= m
    v2 ^= 0xFF
    for _ in range(4):
        v0, v1, v2, v3 = round_(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3
