// Scores of rbe rows, written once for all vector levels. Sixteen rows are unpacked to bytes, four of one row beside four of the
// next, so that a lane is a row: four bytes of a query meet all sixteen at once, and nothing needs folding.

#include "grid.h"

typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));

/// Eight codes of a bit string as bytes.
EMB_INLINE uint64_t spread_codes(size_t bits, const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    if (bits == 8) return word;
#if defined(__x86_64__)
    return _pdep_u64(word, 0x0101010101010101u * ((1u << bits) - 1));
#else
    uint64_t bytes = 0;
    UNROLL for (size_t k = 0; k < 8; k++) bytes |= (word >> k * bits & ((1u << bits) - 1)) << 8 * k;
    return bytes;
#endif
}

EMB_INLINE u8x16 unpack_codes(size_t bits, const uint8_t *p) {
    u8x16 codes;
    if (bits == 8) {
        memcpy(&codes, p, sizeof codes);
    } else if (bits == 4) {
        u8x16 pairs = {0};
        memcpy(&pairs, p, 8);
        const u8x16 low = pairs & 15, high = pairs >> 4;
        codes = __builtin_shufflevector(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    } else {
        const uint64_t halves[2] = {spread_codes(bits, p), spread_codes(bits, p + bits)};
        memcpy(&codes, halves, sizeof codes);
    }
    return codes;
}

/// The sum of (2k + 1 - 2^bits)^2 over the first n codes of sixteen.
EMB_INLINE uint32_t square_codes(size_t bits, u8x16 codes, size_t n) {
    uint32_t sum = 0;
    for (size_t k = 0; k < 16; k++) {
        const int32_t odd = 2 * (int32_t)codes[k] + 1 - (1 << bits);
        sum += k < n ? (uint32_t)(odd * odd) : 0;
    }
    return sum;
}

/// Codes `first` and up of sixteen rows, `count` of them; those past dim are whatever lies there, and meet zeros.
EMB_INLINE void unpack_slab(size_t bits, const uint8_t *const codes[EMB_GRID_ROWS], size_t first, size_t count,
                            bool squared, uint32_t squares[EMB_GRID_ROWS],
                            uint8_t (*block)[EMB_GRID_ROWS][4]) {
    for (size_t r = 0; r < EMB_GRID_ROWS; r += 4) {
        for (size_t j = 0; j < count; j += 16) {
            u32x4 x[4];
            UNROLL for (size_t k = 0; k < 4; k++) {
                const u8x16 sixteen = unpack_codes(bits, codes[r + k] + (first + j) * bits / 8);
                x[k] = (u32x4)sixteen;
                if (squared) squares[r + k] += square_codes(bits, sixteen, count - j);
            }
            const u32x4 a = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5), b = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
            const u32x4 c = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7), d = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
            const u32x4 y[4] = {__builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
                                __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
            UNROLL for (size_t k = 0; k < 4; k++) memcpy(block[j / 4 + k][r], &y[k], sizeof y[k]);
        }
    }
}

#ifdef ADD_BYTES
/// Products are added in pairs that saturate at 2^15; codes of 7 bits stay below, and larger ones are halved first.
EMB_INLINE void multiply_grid_query(const uint8_t (*block)[EMB_GRID_ROWS][4], size_t groups, const int8_t *query,
                                    bool eight_bits, int32_t sums[EMB_GRID_ROWS]) {
    i32v acc[WIDE];
    memcpy(acc, sums, sizeof acc);
    for (size_t g = 0; g < groups; g++) {
        int32_t four;
        memcpy(&four, query + 4 * g, sizeof four);
        const i32v bytes = four - (i32v){0};
        UNROLL for (size_t w = 0; w < WIDE; w++) {
            u32v codes;
            memcpy(&codes, block[g][w * LANES], sizeof codes);
            if (eight_bits) {
                const i32v halves = ADD_BYTES((codes >> 1) & 0x7f7f7f7f, bytes);
                acc[w] += halves + halves + ADD_BYTES(codes & 0x01010101, bytes);
            } else {
                acc[w] += ADD_BYTES(codes, bytes);
            }
        }
    }
    memcpy(sums, acc, sizeof acc);
}

static void multiply_grid(const uint8_t (*block)[EMB_GRID_ROWS][4], size_t groups, const int8_t *queries, size_t stride,
                          size_t count, bool eight_bits, int32_t (*sums)[EMB_GRID_ROWS]) {
    for (size_t q = 0; q < count; q++) {
        if (eight_bits) multiply_grid_query(block, groups, queries + q * stride, true, sums[q]);
        else multiply_grid_query(block, groups, queries + q * stride, false, sums[q]);
    }
}
#else
static void multiply_grid(const uint8_t (*block)[EMB_GRID_ROWS][4], size_t groups, const int8_t *queries, size_t stride,
                          size_t count, bool eight_bits, int32_t (*sums)[EMB_GRID_ROWS]) {
    (void)eight_bits;
    for (size_t q = 0; q < count; q++, queries += stride)
        for (size_t g = 0; g < groups; g++)
            for (size_t r = 0; r < EMB_GRID_ROWS; r++)
                for (size_t k = 0; k < 4; k++) sums[q][r] += block[g][r][k] * queries[4 * g + k];
}
#endif

#ifndef CHOOSE_MULTIPLY_GRID
#define CHOOSE_MULTIPLY_GRID multiply_grid
#endif

/// Sixteen rows, of which `kept` are asked for, and at most EMB_GRID_QUERIES queries.
EMB_INLINE void score_grid_rows(size_t bits, const emb_scored_rows *table, size_t first_row, size_t kept,
                                const emb_grid_queries *queries, size_t first_query, size_t query_count, emb_metric metric,
                                float *out, size_t out_stride) {
    const size_t head_bytes = emb_header_bytes(table->header);
    uint8_t block[EMB_GRID_SLAB / 4][EMB_GRID_ROWS][4];
    int32_t sums[EMB_GRID_QUERIES][EMB_GRID_ROWS];
    memset(sums, 0, query_count * sizeof *sums);
    uint32_t squares[EMB_GRID_ROWS] = {0};
    const uint8_t *rows[EMB_GRID_ROWS], *codes[EMB_GRID_ROWS];
    for (size_t r = 0; r < EMB_GRID_ROWS; r++) {
        rows[r] = emb_scored_row(table, first_row + (r < kept ? r : kept - 1));
        codes[r] = rows[r] + head_bytes;
    }
    const bool squared = metric != EMB_DOT && table->header != EMB_ESTIMATOR_F16 && table->header != EMB_ESTIMATOR_F32;
    emb_multiply_grid *const multiply = CHOOSE_MULTIPLY_GRID;
    for (size_t first = 0; first < table->dim; first += EMB_GRID_SLAB) {
        const size_t left = table->dim - first, count = left < EMB_GRID_SLAB ? left : EMB_GRID_SLAB;
        unpack_slab(bits, codes, first, count, squared, squares, block);
        multiply((const uint8_t(*)[EMB_GRID_ROWS][4])block, (count + 15) / 16 * 4,
                 queries->codes + first_query * queries->stride + first, queries->stride, query_count, bits == 8, sums);
    }
    emb_grid_heads heads;
    for (size_t r = 0; r < EMB_GRID_ROWS; r++) emb_note_grid_row(&heads, r, bits, table->header, metric, rows[r], squares[r]);
    for (size_t q = 0; q < query_count; q++) {
        // I = 2 K + (1 - 2^bits) * (sum of the query's codes); it fits, what it is made of may wrap.
        const uint32_t offset = (1u - (1u << bits)) * (uint32_t)queries->sums[first_query + q];
        float scores[EMB_GRID_ROWS], *to = out + (first_query + q) * out_stride + first_row;
        for (size_t r = 0; r < EMB_GRID_ROWS; r++) sums[q][r] = (int32_t)(2 * (uint32_t)sums[q][r] + offset);
        emb_finish_grid(&heads, sums[q], EMB_GRID_ROWS, queries, first_query + q, metric, kept == EMB_GRID_ROWS ? to : scores);
        if (kept < EMB_GRID_ROWS) memcpy(to, scores, kept * sizeof *to);
    }
}

EMB_INLINE void score_grid_bits(size_t bits, const emb_scored_rows *table, const emb_grid_queries *queries, emb_metric metric,
                                float *out, size_t out_stride) {
    for (size_t q = 0; q < queries->count; q += EMB_GRID_QUERIES) {
        const size_t left = queries->count - q, count = left < EMB_GRID_QUERIES ? left : EMB_GRID_QUERIES;
        for (size_t r = 0; r < table->count; r += EMB_GRID_ROWS) {
            const size_t rest = table->count - r, kept = rest < EMB_GRID_ROWS ? rest : EMB_GRID_ROWS;
            score_grid_rows(bits, table, r, kept, queries, q, count, metric, out, out_stride);
        }
    }
}

static void score_grid(size_t bits, const emb_scored_rows *table, const emb_grid_queries *queries, emb_metric metric,
                       float *out, size_t out_stride) {
    switch (bits) {
    case 1: score_grid_bits(1, table, queries, metric, out, out_stride); break;
    case 2: score_grid_bits(2, table, queries, metric, out, out_stride); break;
    case 3: score_grid_bits(3, table, queries, metric, out, out_stride); break;
    case 4: score_grid_bits(4, table, queries, metric, out, out_stride); break;
    case 5: score_grid_bits(5, table, queries, metric, out, out_stride); break;
    case 6: score_grid_bits(6, table, queries, metric, out, out_stride); break;
    case 7: score_grid_bits(7, table, queries, metric, out, out_stride); break;
    default: score_grid_bits(8, table, queries, metric, out, out_stride);
    }
}

static void score_sign(const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric, float *out,
                       size_t out_stride) {
    emb_score_sign(rows, queries, metric, out, out_stride);
}
