// Hashes for many probes, written once for all vector levels: lanes run over keys, two probes at a time.

typedef uint64_t u64v __attribute__((vector_size(4 * LANES)));
#define HASH_LANES (LANES / 2)

EMB_INLINE u64v splat_u64(uint64_t x) { return x - (u64v){0}; }

EMB_INLINE u64v load_u64(const uint64_t *p) {
    u64v v;
    memcpy(&v, p, sizeof v);
    return v;
}

/// The bucket in the high half, as in `emb_hash_row`.
EMB_INLINE u64v hash_wide(u64v keys, u64v salt, u64v buckets) {
    u64v z = keys + salt;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (z >> 32) * buckets + ((z & UINT32_MAX) * buckets >> 32);
}

/// Rows of probes x and y, which stand side by side, in `bytes` bytes: 8, or 4 for x alone. count >= HASH_LANES.
EMB_INLINE void hash_pair(size_t bytes, const uint64_t *keys, size_t stride, size_t count, const emb_probe *x,
                          const emb_probe *y, uint32_t *rows, size_t row_stride) {
    const uint64_t *x_keys = keys + x->feature * stride, *y_keys = keys + y->feature * stride;
    const u64v x_salt = splat_u64(x->salt), y_salt = splat_u64(y->salt);
    const u64v x_buckets = splat_u64(x->buckets), y_buckets = splat_u64(y->buckets);
    const u64v first = splat_u64((uint64_t)y->first << 32 | x->first);
    rows += x->place;
    for (size_t i = 0; i < count; i += HASH_LANES) {
        // The last keys make a whole vector with some of those before them, which are hashed twice.
        const size_t start = i + HASH_LANES > count ? count - HASH_LANES : i;
        const u64v low = hash_wide(load_u64(x_keys + start), x_salt, x_buckets) >> 32;
        const u64v high = bytes == 8 ? hash_wide(load_u64(y_keys + start), y_salt, y_buckets) >> 32 << 32 : splat_u64(0);
        u64v both = (low | high) + first;
        // Through memory: taking a vector apart in registers keeps the units busy that hash.
        __asm__("" : "+m"(both));
        uint32_t *to = rows + start * row_stride;
        UNROLL for (size_t k = 0; k < HASH_LANES; k++, to += row_stride) memcpy(to, (const char *)&both + 8 * k, bytes);
    }
}

EMB_INLINE void hash_probes(const uint64_t *keys, size_t stride, size_t count, const emb_probe *probes,
                            size_t probe_count, uint32_t *rows, size_t row_stride) {
    if (count < HASH_LANES) {
        emb_hash_probes(keys, stride, count, probes, probe_count, rows, row_stride);
        return;
    }
    for (size_t p = 0; p < probe_count; p++) {
        const emb_probe *probe = probes + p;
        if (p + 1 < probe_count && probe[1].place == probe->place + 1) {
            hash_pair(8, keys, stride, count, probe, probe + 1, rows, row_stride);
            p++;
        } else {
            hash_pair(4, keys, stride, count, probe, probe, rows, row_stride);
        }
    }
}
