// Scans of blocks of 4-bit codes: the tables of a few codebooks are a vector of bytes, and a shuffle looks all their codes up.

/// A vector of bytes, the tables or codes of SCAN_BOOKS codebooks, and the same as sums of 16 bits.
#define SCAN_BOOKS (LANES / 4)
typedef uint8_t scan_bytes __attribute__((vector_size(16 * SCAN_BOOKS)));
typedef uint16_t scan_sums __attribute__((vector_size(16 * SCAN_BOOKS)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));

/// Byte i of each 16 is that of the table's 16 that the index names, which is below 16.
EMB_INLINE scan_bytes look_up_bytes(scan_bytes table, scan_bytes index) {
#if LANES == 16
    return (scan_bytes)_mm512_shuffle_epi8((__m512i)table, (__m512i)index);
#elif defined(__x86_64__)
    return (scan_bytes)_mm256_shuffle_epi8((__m256i)table, (__m256i)index);
#else
    uint8x16_t tables[2], indices[2];
    memcpy(tables, &table, sizeof table);
    memcpy(indices, &index, sizeof index);
    for (size_t i = 0; i < 2; i++) tables[i] = vqtbl1q_u8(tables[i], indices[i]);
    memcpy(&table, tables, sizeof table);
    return table;
#endif
}

/// Sums of rows 0 ... 15, from the sums over all codebooks of whole 16-bit pairs, and of their upper rows alone.
EMB_INLINE void fold_scan(scan_sums pairs, scan_sums odd, uint16_t rows[16]) {
    const scan_sums even = pairs - (odd << 8); // the carries of the upper rows fall off at the top
    u16x8 parts[2][SCAN_BOOKS];
    memcpy(parts[0], &even, sizeof even);
    memcpy(parts[1], &odd, sizeof odd);
    UNROLL for (size_t p = 1; p < SCAN_BOOKS; p++) parts[0][0] += parts[0][p], parts[1][0] += parts[1][p];
    const u16x8 e = parts[0][0], o = parts[1][0];
    const u16x8 low = __builtin_shufflevector(e, o, 0, 8, 1, 9, 2, 10, 3, 11);
    const u16x8 high = __builtin_shufflevector(e, o, 4, 12, 5, 13, 6, 14, 7, 15);
    memcpy(rows, &low, sizeof low);
    memcpy(rows + 8, &high, sizeof high);
}

EMB_INLINE void scan_blocks(const bool floored, const uint8_t *blocks, size_t count, size_t books, const uint8_t *bytes,
                            float scale, float base, float *out) {
    for (size_t b = 0; b < count; b++, blocks += 16 * books, out += 32) {
        scan_sums low = {0}, low_odd = {0}, high = {0}, high_odd = {0};
        for (size_t m = 0; m < books; m += SCAN_BOOKS) { // codes past the last codebook meet zeros
            scan_bytes codes, table;
            memcpy(&codes, blocks + 16 * m, sizeof codes);
            memcpy(&table, bytes + 16 * m, sizeof table);
            const scan_sums l = (scan_sums)look_up_bytes(table, codes & 15);
            const scan_sums h = (scan_sums)look_up_bytes(table, (scan_bytes)((scan_sums)codes >> 4) & 15);
            low += l, low_odd += l >> 8, high += h, high_odd += h >> 8;
        }
        uint16_t rows[32];
        fold_scan(low, low_odd, rows);
        fold_scan(high, high_odd, rows + 16);
        UNROLL for (size_t r = 0; r < 32; r += LANES) {
            u16v sums;
            memcpy(&sums, rows + r, sizeof sums);
            const f32v x = fma_v(splat(scale), __builtin_convertvector(__builtin_convertvector(sums, i32v), f32v), splat(base));
            store_f32(out + r, floored ? select_v(x < splat(0), splat(0), x) : x);
        }
    }
}
