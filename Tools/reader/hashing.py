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
