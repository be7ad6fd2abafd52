// Hashes of keys, of one probe and of many.
#include "parity.h"

#include <stdlib.h>
#include <string.h>

/// With a product of 128 bits.
static uint32_t hash_of(uint64_t key, uint64_t salt, uint32_t buckets) {
    uint64_t z = key + salt;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (uint32_t)((unsigned __int128)z * buckets >> 64);
}

/// Against the definition.
static void check_hash(emb_test *t, uint32_t buckets, size_t count) {
    name_cell("hash %zu keys into %u buckets", count, buckets);
    uint64_t *keys = exact(count * sizeof *keys);
    const uint64_t salt = random_bits(t);
    const uint32_t first = (uint32_t)random_below(t, UINT32_MAX - buckets);
    for (size_t i = 0; i < count; i++) keys[i] = random_bits(t) >> random_below(t, 64);
    guarded expected = make_guarded(count * sizeof(uint32_t), 0);
    for (size_t i = 0; i < count; i++) {
        const uint32_t row = first + hash_of(keys[i], salt, buckets);
        memcpy(expected.bytes + 4 * i, &row, sizeof row);
    }
    for (size_t l = 0; l < t->level_count; l++) {
        guarded rows = make_guarded(expected.size, 4 * random_below(t, 16));
        t->levels[l]->hash_rows(keys, count, salt, buckets, first, (uint32_t *)rows.bytes);
        check_bytes(t->levels[l]->name, &expected, &rows);
        free_guarded(&rows);
    }
    free_guarded(&expected);
    free(keys);
}

/// Probes of several features, some of them with a place beside that of the one before. What is between stays.
static void check_probes(emb_test *t, size_t features, size_t probe_count, size_t count) {
    name_cell("hash %zu keys of %zu features for %zu probes", count, features, probe_count);
    const size_t stride = count + random_below(t, 3);
    uint64_t *keys = exact(((features - 1) * stride + count) * sizeof *keys);
    for (size_t i = 0; i < (features - 1) * stride + count; i++) keys[i] = random_bits(t) >> random_below(t, 64);
    emb_probe *probes = exact(probe_count * sizeof *probes);
    uint32_t place = 0;
    for (size_t p = 0; p < probe_count; p++) {
        place += (uint32_t)(p > 0) + (uint32_t)(random_below(t, 3) == 0);
        const uint32_t buckets = (uint32_t)(1 + (random_bits(t) >> (32 + random_below(t, 31)) & (UINT32_MAX - 2)));
        probes[p] = (emb_probe){random_bits(t), buckets, (uint32_t)random_below(t, UINT32_MAX - buckets),
                                (uint32_t)random_below(t, features), place};
    }
    const size_t row_stride = place + 1 + random_below(t, 3), size = ((count - 1) * row_stride + place + 1) * sizeof(uint32_t);
    guarded expected = make_guarded(size, 0);
    for (size_t p = 0; p < probe_count; p++) {
        const emb_probe q = probes[p];
        for (size_t i = 0; i < count; i++) {
            const uint32_t row = q.first + hash_of(keys[q.feature * stride + i], q.salt, q.buckets);
            memcpy(expected.bytes + 4 * (i * row_stride + q.place), &row, sizeof row);
        }
    }
    for (size_t l = 0; l < t->level_count; l++) {
        guarded rows = make_guarded(size, 4 * random_below(t, 16));
        t->levels[l]->hash_probes(keys, stride, count, probes, probe_count, (uint32_t *)rows.bytes, row_stride);
        check_bytes(t->levels[l]->name, &expected, &rows);
        free_guarded(&rows);
    }
    free_guarded(&expected);
    free(probes);
    free(keys);
}

void test_hashes(emb_test *t) {
    const uint32_t buckets[] = {1, 2, 1000, 1u << 31, UINT32_MAX - 1};
    for (size_t b = 0; b < 5; b++)
        for (size_t count = 1; count < 150; count += 1 + random_below(t, 9)) check_hash(t, buckets[b], count);
    for (size_t count = 1; count < 90; count += 1 + random_below(t, 3))
        for (size_t probes = 1; probes < 9; probes++) check_probes(t, 1 + random_below(t, 4), probes, count);
}
