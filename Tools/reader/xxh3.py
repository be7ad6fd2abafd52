"""XXH3-64 with the default secret and seed 0, as frozen by xxHash 0.8.0 (Formats/hashing.md, "XXH3-64")."""

import struct

MASK = (1 << 64) - 1

PRIME32_1, PRIME32_2, PRIME32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
PRIME64_1, PRIME64_2, PRIME64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
PRIME64_4, PRIME64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
SECRET_BYTES = 192
STRIPE_BYTES = 64
BLOCK_STRIPES = (SECRET_BYTES - STRIPE_BYTES) // 8
BLOCK_BYTES = BLOCK_STRIPES * STRIPE_BYTES
STRIPE = struct.Struct("<8Q")


def u32(data, at):
    return int.from_bytes(data[at:at + 4], "little")


def u64(data, at):
    return int.from_bytes(data[at:at + 8], "little")


def rotated_left(x, count):
    return (x << count | x >> (64 - count)) & MASK


def byte_swapped(x):
    return int.from_bytes(x.to_bytes(8, "little"), "big")


def folded_product(a, b):
    """The two halves of the 128-bit product, exclusive-ored."""
    product = a * b
    return (product & MASK) ^ (product >> 64)


def avalanche(h):
    h ^= h >> 37
    h = h * 0x165667919E3779F9 & MASK
    return h ^ h >> 32


def avalanche_xxh64(h):
    h ^= h >> 33
    h = h * PRIME64_2 & MASK
    h ^= h >> 29
    h = h * PRIME64_3 & MASK
    return h ^ h >> 32


def hash_1_to_3(data, n):
    combined = data[0] << 16 | data[n >> 1] << 24 | data[n - 1] | n << 8
    return avalanche_xxh64(combined ^ u32(SECRET, 0) ^ u32(SECRET, 4))


def hash_4_to_8(data, n):
    h = (u32(data, n - 4) + (u32(data, 0) << 32)) ^ u64(SECRET, 8) ^ u64(SECRET, 16)
    h ^= rotated_left(h, 49) ^ rotated_left(h, 24)
    h = h * 0x9FB21C651E98DF25 & MASK
    h ^= (h >> 35) + n
    h = h * 0x9FB21C651E98DF25 & MASK
    return h ^ h >> 28


def hash_9_to_16(data, n):
    low = u64(data, 0) ^ u64(SECRET, 24) ^ u64(SECRET, 32)
    high = u64(data, n - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48)
    return avalanche((n + byte_swapped(low) + high + folded_product(low, high)) & MASK)


def mixed_16(data, at, secret_at):
    return folded_product(u64(data, at) ^ u64(SECRET, secret_at), u64(data, at + 8) ^ u64(SECRET, secret_at + 8))


def hash_17_to_128(data, n):
    acc = n * PRIME64_1
    for i in range((n - 1) // 32 + 1):
        acc += mixed_16(data, 16 * i, 32 * i) + mixed_16(data, n - 16 * (i + 1), 32 * i + 16)
    return avalanche(acc & MASK)


def hash_129_to_240(data, n):
    acc = n * PRIME64_1 + sum(mixed_16(data, 16 * i, 16 * i) for i in range(8))
    acc = avalanche(acc & MASK)
    acc += sum(mixed_16(data, 16 * i, 16 * (i - 8) + 3) for i in range(8, n // 16))
    acc += mixed_16(data, n - 16, 136 - 17)
    return avalanche(acc & MASK)


def accumulate(acc, data, at, secret_at):
    """Add one stripe of 64 bytes. The sums are left to grow; `scrambled` and `hash_long` reduce them."""
    values = STRIPE.unpack_from(data, at)
    keys = STRIPE.unpack_from(SECRET, secret_at)
    for i in range(8):
        keyed = values[i] ^ keys[i]
        acc[i ^ 1] += values[i]
        acc[i] += (keyed & 0xFFFFFFFF) * (keyed >> 32)


def scrambled(acc):
    keys = STRIPE.unpack_from(SECRET, SECRET_BYTES - STRIPE_BYTES)
    acc = [a & MASK for a in acc]
    return [((a ^ a >> 47) ^ key) * PRIME32_1 & MASK for a, key in zip(acc, keys)]


def hash_long(data, n):
    acc = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1]
    for stripe in range((n - 1) // STRIPE_BYTES):
        if stripe > 0 and stripe % BLOCK_STRIPES == 0:
            acc = scrambled(acc)
        accumulate(acc, data, stripe * STRIPE_BYTES, 8 * (stripe % BLOCK_STRIPES))
    if n > BLOCK_BYTES and (n - 1) // STRIPE_BYTES % BLOCK_STRIPES == 0:
        acc = scrambled(acc)
    accumulate(acc, data, n - STRIPE_BYTES, SECRET_BYTES - STRIPE_BYTES - 7)
    result = n * PRIME64_1
    for i in range(0, 8, 2):
        result += folded_product(acc[i] & MASK ^ u64(SECRET, 11 + 8 * i), acc[i + 1] & MASK ^ u64(SECRET, 19 + 8 * i))
    return avalanche(result & MASK)


def xxh3_64(data):
    """XXH3-64 of some bytes."""
    n = len(data)
    if n == 0:
        return avalanche_xxh64(u64(SECRET, 56) ^ u64(SECRET, 64))
    for most, function in ((3, hash_1_to_3), (8, hash_4_to_8), (16, hash_9_to_16), (128, hash_17_to_128),
                           (240, hash_129_to_240)):
        if n <= most:
            return function(data, n)
    return hash_long(data, n)
