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

/// Codes `first` and up of sixteen rows, `count` of them; those past dim are whatever lies there, and meet zeros.
EMB_INLINE void unpack_slab(size_t bits, const uint8_t *const codes[EMB_GRID_ROWS], size_t first, size_t count,
                            uint8_t (*block)[EMB_GRID_ROWS][4]) {
    for (size_t r = 0; r < EMB_GRID_ROWS; r += 4) {
        for (size_t j = 0; j < count; j += 16) {
            u32x4 x[4];
            UNROLL for (size_t k = 0; k < 4; k++)
                x[k] = (u32x4)unpack_codes(bits, codes[r + k] + (first + j) * bits / 8);
            const u32x4 a = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5), b = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
            const u32x4 c = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7), d = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
            const u32x4 y[4] = {__builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
                                __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
            UNROLL for (size_t k = 0; k < 4; k++) memcpy(block[j / 4 + k][r], &y[k], sizeof y[k]);
        }
    }
}

/// Adds (2k + 1 - 2^bits)^2 over `count` codes of each row; a square fits 16 bits.
EMB_INLINE void square_slab(size_t bits, const uint8_t (*block)[EMB_GRID_ROWS][4], size_t count,
                            uint32_t squares[EMB_GRID_ROWS]) {
    typedef uint16_t u16w __attribute__((vector_size(4 * LANES)));
    const size_t groups = (count + 3) / 4, beyond = 4 * groups - count;
    const uint16_t least = (uint16_t)(1u - (1u << bits));
    u32v sums[WIDE] = {0};
    for (size_t g = 0; g < groups; g++) {
        const uint32_t kept = g + 1 < groups ? UINT32_MAX : UINT32_MAX >> 8 * beyond;
        UNROLL for (size_t w = 0; w < WIDE; w++) {
            u32v codes;
            memcpy(&codes, block[g][w * LANES], sizeof codes);
            codes &= kept;
            u16w a = (u16w)(codes & 0x00ff00ff), b = (u16w)(codes >> 8 & 0x00ff00ff);
            a += a + least, b += b + least;
            a *= a, b *= b;
            sums[w] += ((u32v)a & 0xffff) + ((u32v)a >> 16) + ((u32v)b & 0xffff) + ((u32v)b >> 16);
        }
    }
    uint32_t added[EMB_GRID_ROWS];
    memcpy(added, sums, sizeof added);
    // Codes of 0 stand in the places beyond.
    for (size_t r = 0; r < EMB_GRID_ROWS; r++) squares[r] += added[r] - (uint32_t)beyond * ((1u << bits) - 1) * ((1u << bits) - 1);
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
#ifndef CHOOSE_MULTIPLY_RUN
#define CHOOSE_MULTIPLY_RUN NULL
#endif
/// A factor of each row.
EMB_INLINE void load_factors(bool half, const emb_sixteen *rows, size_t offset, f32v factors[WIDE]) {
    u32v words[WIDE];
    load_words(rows, offset, words); // as the slack allows
    UNROLL for (size_t w = 0; w < WIDE; w++)
        factors[w] = half ? widen_f16(__builtin_convertvector(words[w], u16v)) : (f32v)words[w];
}

/// emb_note_grid_row for sixteen rows.
EMB_INLINE void note_grid_rows(emb_grid_heads *heads, size_t bits, emb_header header, emb_metric metric,
                               const emb_sixteen *rows, const uint32_t squares[EMB_GRID_ROWS]) {
    const bool half = header == EMB_SYMMETRIC_F16 || header == EMB_ESTIMATOR_F16;
    const bool estimator = header == EMB_ESTIMATOR_F16 || header == EMB_ESTIMATOR_F32;
    f32v factors[WIDE] = {0}, roots[WIDE] = {0};
    if (header != EMB_NO_HEADER) load_factors(half, rows, 0, factors);
    if (estimator && metric != EMB_DOT) load_factors(half, rows, half ? 2 : 4, roots);
    UNROLL for (size_t w = 0; w < WIDE; w++) {
        const f32v unit = (header == EMB_NO_HEADER ? splat(1) : factors[w]) * splat(1 / (float)(1u << (bits - 1)));
        store_f32(heads->unit + w * LANES, unit);
        if (metric == EMB_DOT) continue;
        u32v square = {0};
        if (!estimator) memcpy(&square, squares + w * LANES, sizeof square);
        const f32v own = estimator ? roots[w] * roots[w] : unit * unit * __builtin_convertvector(square, f32v);
        store_f32(heads->square + w * LANES, own);
        if (metric == EMB_COSINE) store_f32(heads->root + w * LANES, estimator ? roots[w] : sqrt_v(own));
    }
}

/// emb_finish_grid for sixteen rows, from sums of codes as they are stored: I = 2 K + (1 - 2^bits) * (sum of the query's codes). It
/// fits, what it is made of may wrap.
EMB_INLINE void finish_grid_rows(const emb_grid_heads *heads, const int32_t *sums, size_t bits, const emb_grid_queries *queries,
                                 size_t q, emb_metric metric, float *out) {
    const f32v unit = splat(queries->units[q]), square = splat(queries->squares[q]);
    const uint32_t offset = (1u - (1u << bits)) * (uint32_t)queries->sums[q];
    UNROLL for (size_t w = 0; w < EMB_GRID_ROWS; w += LANES) {
        u32v sum;
        memcpy(&sum, sums + w, sizeof sum);
        f32v x = load_f32(heads->unit + w) * unit * __builtin_convertvector((i32v)(sum + sum + offset), f32v);
        if (metric == EMB_COSINE) {
            const f32v root = load_f32(heads->root + w);
            x = select_v(root == splat(0), splat(0), x / root);
        } else if (metric == EMB_L2) {
            x = (load_f32(heads->square + w) + square) - (x + x);
            x = select_v(x < splat(0), splat(0), x);
        }
        store_f32(out + w, x);
    }
}

/// The same for any number of queries: rows are unpacked side by side.
EMB_INLINE void multiply_slabs(size_t bits, const emb_sixteen *rows, size_t dim, const int8_t *queries, size_t stride,
                               size_t count, int32_t (*sums)[EMB_GRID_ROWS], uint32_t squares[EMB_GRID_ROWS]) {
    const uint8_t *codes[EMB_GRID_ROWS];
    for (size_t r = 0; r < EMB_GRID_ROWS; r++) codes[r] = rows->rows[r] + rows->head_bytes;
    uint8_t block[EMB_GRID_SLAB / 4][EMB_GRID_ROWS][4];
    emb_multiply_grid *const multiply = CHOOSE_MULTIPLY_GRID;
    memset(sums, 0, count * sizeof *sums);
    if (squares) memset(squares, 0, EMB_GRID_ROWS * sizeof *squares);
    for (size_t first = 0; first < dim; first += EMB_GRID_SLAB) {
        const size_t left = dim - first, here = left < EMB_GRID_SLAB ? left : EMB_GRID_SLAB;
        unpack_slab(bits, codes, first, here, block);
        multiply((const uint8_t(*)[EMB_GRID_ROWS][4])block, (here + 15) / 16 * 4, queries + first, stride, count, bits == 8, sums);
        if (squares) square_slab(bits, (const uint8_t(*)[EMB_GRID_ROWS][4])block, here, squares);
    }
}

/// Sixteen rows, of which `kept` are asked for, and at most EMB_GRID_QUERIES queries. `multiply_run`, if there is one, does a
/// single query.
EMB_INLINE void score_grid_rows(size_t bits, emb_multiply_run *multiply_run, const emb_scored_rows *table, size_t first_row,
                                size_t kept, const emb_grid_queries *queries, size_t first_query, size_t query_count,
                                emb_metric metric, float *out, size_t out_stride) {
    int32_t sums[EMB_GRID_QUERIES][EMB_GRID_ROWS];
    uint32_t squares[EMB_GRID_ROWS];
    emb_sixteen rows;
    emb_find_sixteen(table, first_row, kept, &rows);
    const bool squared = metric != EMB_DOT && table->header != EMB_ESTIMATOR_F16 && table->header != EMB_ESTIMATOR_F32;
    const int8_t *query = queries->codes + first_query * queries->stride;
    if (multiply_run && query_count == 1 && rows.run)
        multiply_run(bits, rows.run + rows.head_bytes, rows.stride, table->dim, query, sums[0], squared ? squares : NULL);
    else
        multiply_slabs(bits, &rows, table->dim, query, queries->stride, query_count, sums, squared ? squares : NULL);
    emb_grid_heads heads = {0}; // what the metric asks for is filled in
    note_grid_rows(&heads, bits, table->header, metric, &rows, squares);
    for (size_t q = 0; q < query_count; q++) {
        float scores[EMB_GRID_ROWS], *to = out + (first_query + q) * out_stride + first_row;
        finish_grid_rows(&heads, sums[q], bits, queries, first_query + q, metric, kept == EMB_GRID_ROWS ? to : scores);
        if (kept < EMB_GRID_ROWS) memcpy(to, scores, kept * sizeof *to);
    }
}

EMB_INLINE void score_grid_bits(size_t bits, const emb_scored_rows *table, const emb_grid_queries *queries, emb_metric metric,
                                float *out, size_t out_stride) {
    emb_multiply_run *const multiply_run = CHOOSE_MULTIPLY_RUN;
    for (size_t q = 0; q < queries->count; q += EMB_GRID_QUERIES) {
        const size_t left = queries->count - q, count = left < EMB_GRID_QUERIES ? left : EMB_GRID_QUERIES;
        for (size_t r = 0; r < table->count; r += EMB_GRID_ROWS) {
            const size_t rest = table->count - r, kept = rest < EMB_GRID_ROWS ? rest : EMB_GRID_ROWS;
            score_grid_rows(bits, multiply_run, table, r, kept, queries, q, count, metric, out, out_stride);
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
