// Scores of rows, written once for all vector levels: four rows at a time share the loads of a query, and their sums are
// folded together. Sixteen lanes make a sum at every level.

#include "scores.h"

/// Rows, and vectors in a sum of sixteen.
#define GROUP 4
#define WIDE (16 / LANES)
/// Queries that share the loads of a row, as far as there are registers.
#define BATCH (LANES == 16 ? 4 : 1)

typedef float f32x4 __attribute__((vector_size(16)));
typedef float f32x8 __attribute__((vector_size(32)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef int32_t i32x8 __attribute__((vector_size(32)));

/// The sums of lanes of four vectors: l + 4, then l + 2, then l + 1.
#define FOLD_FOUR(v4, v8, a, b, c, d)                                                                                  \
    const v4 a4 = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);               \
    const v4 b4 = __builtin_shufflevector(b, b, 0, 1, 2, 3) + __builtin_shufflevector(b, b, 4, 5, 6, 7);               \
    const v4 c4 = __builtin_shufflevector(c, c, 0, 1, 2, 3) + __builtin_shufflevector(c, c, 4, 5, 6, 7);               \
    const v4 d4 = __builtin_shufflevector(d, d, 0, 1, 2, 3) + __builtin_shufflevector(d, d, 4, 5, 6, 7);               \
    const v4 ab = __builtin_shufflevector(a4, b4, 0, 1, 4, 5) + __builtin_shufflevector(a4, b4, 2, 3, 6, 7);           \
    const v4 cd = __builtin_shufflevector(c4, d4, 0, 1, 4, 5) + __builtin_shufflevector(c4, d4, 2, 3, 6, 7);           \
    return __builtin_shufflevector(ab, cd, 0, 2, 4, 6) + __builtin_shufflevector(ab, cd, 1, 3, 5, 7);

EMB_INLINE f32x8 fold_eight(const f32v v[WIDE]) {
#if LANES == 16
    return __builtin_shufflevector(v[0], v[0], 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(v[0], v[0], 8, 9, 10, 11, 12, 13, 14, 15);
#else
    return v[0] + v[1];
#endif
}

EMB_INLINE f32x4 fold_sums(f32v sums[GROUP][WIDE]) {
    const f32x8 a = fold_eight(sums[0]), b = fold_eight(sums[1]), c = fold_eight(sums[2]), d = fold_eight(sums[3]);
    FOLD_FOUR(f32x4, f32x8, a, b, c, d)
}

EMB_INLINE f32v add_product(emb_metric metric, f32v x, f32v q, f32v sum) {
    if (metric == EMB_L2) x = q = x - q;
    return fma_v(x, q, sum);
}

/// Number `j` and up of a row: a vector, of which `n` lanes count.
EMB_INLINE f32v load_numbers(const uint8_t *row, size_t j, size_t n) {
    const f32v v = load_f32(row + 4 * j);
    return n < LANES ? keep_first(v, n) : v;
}

/// One block of sixteen numbers of four rows and some queries; `n` of the numbers count.
EMB_INLINE void add_block(emb_metric metric, size_t batch, const uint8_t *const rows[GROUP], const float *query,
                          size_t stride, size_t j, size_t n, f32v sums[BATCH][GROUP][WIDE]) {
    UNROLL for (size_t w = 0; w < WIDE; w++) {
        if (n <= w * LANES) { // numbers of 0, which make a sum of -0 one of +0
            UNROLL for (size_t b = 0; b < batch; b++)
                UNROLL for (size_t r = 0; r < GROUP; r++) sums[b][r][w] += splat(0);
            continue;
        }
        f32v x[GROUP];
        UNROLL for (size_t r = 0; r < GROUP; r++) x[r] = load_numbers(rows[r], j + w * LANES, n - w * LANES);
        UNROLL for (size_t b = 0; b < batch; b++) {
            const f32v q = load_f32(query + b * stride + j + w * LANES);
            UNROLL for (size_t r = 0; r < GROUP; r++) sums[b][r][w] = add_product(metric, x[r], q, sums[b][r][w]);
        }
    }
}

/// Of four rows and `batch` queries.
EMB_INLINE void score_group(emb_metric metric, size_t batch, const uint8_t *const rows[GROUP], const float *query,
                            size_t stride, size_t dim, f32x4 scores[BATCH]) {
    f32v sums[BATCH][GROUP][WIDE] = {0};
    const size_t full = dim / 16 * 16;
    for (size_t j = 0; j < full; j += 16) add_block(metric, batch, rows, query, stride, j, 16, sums);
    if (full < dim) add_block(metric, batch, rows, query, stride, full, dim - full, sums);
    UNROLL for (size_t b = 0; b < batch; b++) scores[b] = fold_sums(sums[b]);
}

/// The rows' own squares.
EMB_INLINE f32x4 square_group(const uint8_t *const rows[GROUP], size_t dim) {
    f32v sums[GROUP][WIDE] = {0};
    for (size_t j = 0; j < dim; j += LANES) {
        UNROLL for (size_t r = 0; r < GROUP; r++) {
            const f32v x = load_numbers(rows[r], j, dim - j < LANES ? dim - j : LANES);
            f32v *sum = &sums[r][j / LANES % WIDE];
            *sum = fma_v(x, x, *sum);
        }
    }
    return fold_sums(sums); // squares are never -0
}

EMB_INLINE void store_scores(emb_metric metric, f32x4 scores, f32x4 squares, size_t count, float *out) {
    for (size_t r = 0; metric == EMB_COSINE && r < GROUP; r++)
        scores[r] = emb_cosine(scores[r], squares[r], sqrtf(squares[r]));
    if (count == GROUP) memcpy(out, &scores, sizeof scores);
    else memcpy(out, &scores, count * sizeof *out);
}

EMB_INLINE void score_floats(emb_metric metric, const emb_scored_rows *table, const emb_queries *queries, float *out,
                             size_t out_stride) {
    const size_t stride = queries->stride;
    for (size_t first = 0; first < table->count; first += GROUP) {
        const size_t count = table->count - first < GROUP ? table->count - first : GROUP;
        const uint8_t *rows[GROUP];
        for (size_t r = 0; r < GROUP; r++) rows[r] = emb_scored_row(table, first + (r < count ? r : count - 1));
        const f32x4 squares = metric == EMB_COSINE ? square_group(rows, table->dim) : (f32x4){0};
        size_t q = 0;
        f32x4 scores[BATCH];
        for (; q + BATCH <= queries->count; q += BATCH) {
            score_group(metric, BATCH, rows, queries->values + q * stride, stride, table->dim, scores);
            UNROLL for (size_t b = 0; b < BATCH; b++)
                store_scores(metric, scores[b], squares, count, out + (q + b) * out_stride + first);
        }
        for (; q < queries->count; q++) {
            score_group(metric, 1, rows, queries->values + q * stride, stride, table->dim, scores);
            store_scores(metric, scores[0], squares, count, out + q * out_stride + first);
        }
    }
}

static void score_f32(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out,
                      size_t out_stride) {
    switch (metric) {
    case EMB_DOT: score_floats(EMB_DOT, rows, queries, out, out_stride); break;
    case EMB_COSINE: score_floats(EMB_COSINE, rows, queries, out, out_stride); break;
    case EMB_L2: score_floats(EMB_L2, rows, queries, out, out_stride); break;
    }
}

/// Sums of products of four rows' codes with one query's. Codes past dim meet zeros.
EMB_INLINE i32x4 multiply_group(const uint8_t *const codes[GROUP], const int16_t *query, size_t dim) {
    i32v sums[GROUP] = {0};
    for (size_t j = 0; j < dim; j += 2 * LANES)
        UNROLL for (size_t r = 0; r < GROUP; r++) sums[r] = add_code_products(sums[r], codes[r] + j, query + j);
#if LANES == 16
#define HALVES(v)                                                                                                      \
    (__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15))
#else
#define HALVES(v) (v)
#endif
    const i32x8 a = HALVES(sums[0]), b = HALVES(sums[1]), c = HALVES(sums[2]), d = HALVES(sums[3]);
    FOLD_FOUR(i32x4, i32x8, a, b, c, d)
}

static void multiply_by_groups(const emb_sixteen *rows, const emb_queries *queries, size_t first, size_t count, size_t dim,
                               int32_t (*sums)[EMB_SCORE_ROWS], emb_row_sums *own) {
    const uint8_t *codes[EMB_SCORE_ROWS];
    for (size_t r = 0; r < EMB_SCORE_ROWS; r++) codes[r] = rows->rows[r] + rows->head_bytes;
    for (size_t q = 0; q < count; q++)
        for (size_t r = 0; r < EMB_SCORE_ROWS; r += GROUP) {
            const i32x4 four = multiply_group(codes + r, queries->codes + (first + q) * queries->stride, dim);
            memcpy(sums[q] + r, &four, sizeof four);
        }
    for (size_t r = 0; own && r < EMB_SCORE_ROWS; r++) emb_sum_row(codes[r], dim, own->plain + r, own->squares + r);
}

#ifndef LOAD_WORDS
/// Four bytes of each of sixteen rows.
EMB_INLINE void load_words(const emb_sixteen *rows, size_t offset, u32v words[WIDE]) {
    uint32_t all[EMB_SCORE_ROWS];
    for (size_t r = 0; r < EMB_SCORE_ROWS; r++) memcpy(all + r, rows->rows[r] + offset, sizeof *all);
    memcpy(words, all, sizeof all);
}
#endif

/// Scales and biases of sixteen rows of EMB_INT8.
EMB_INLINE void load_heads(emb_header header, const emb_sixteen *rows, f32v scales[WIDE], f32v biases[WIDE]) {
    u32v words[WIDE], others[WIDE];
    load_words(rows, 0, words);
    if (header == EMB_AFFINE_F32) load_words(rows, 4, others);
    UNROLL for (size_t w = 0; w < WIDE; w++) {
        biases[w] = splat(0);
        scales[w] = (f32v)words[w];
        if (header == EMB_AFFINE_F16 || header == EMB_SYMMETRIC_F16) scales[w] = widen_f16(__builtin_convertvector(words[w], u16v));
        if (header == EMB_AFFINE_F16) biases[w] = widen_f16(__builtin_convertvector(words[w] >> 16, u16v));
        if (header == EMB_AFFINE_F32) biases[w] = (f32v)others[w];
    }
}

/// What scores need of sixteen rows beside products; of their sums nothing is needed for `dot`.
EMB_INLINE void note_rows(emb_metric metric, emb_header header, const emb_sixteen *rows, size_t dim, const emb_row_sums *sums,
                          emb_affine_rows *heads) {
    f32v scales[WIDE], biases[WIDE];
    load_heads(header, rows, scales, biases);
    UNROLL for (size_t w = 0; w < WIDE; w++) {
        const f32v s = scales[w], b = biases[w];
        store_f32(heads->scale + w * LANES, s);
        store_f32(heads->bias + w * LANES, b);
        if (metric == EMB_DOT) continue;
        i32v plain, squares;
        memcpy(&plain, sums->plain + w * LANES, sizeof plain);
        memcpy(&squares, sums->squares + w * LANES, sizeof squares);
        const f32v inner = fma_v(s + s, __builtin_convertvector(plain, f32v), splat((float)dim) * b);
        const f32v square = fma_v(s * s, __builtin_convertvector(squares, f32v), b * inner);
        store_f32(heads->square + w * LANES, square);
        if (metric == EMB_COSINE) store_f32(heads->root + w * LANES, sqrt_v(square));
    }
}

/// emb_finish_int8 for sixteen rows.
EMB_INLINE void finish_rows(emb_metric metric, const emb_affine_rows *heads, const int32_t *sums, const emb_queries *queries,
                            size_t q, float *out) {
    const f32v t = splat(queries->scales[q]), u = splat(queries->offsets[q]), own = splat(queries->squares[q]);
    UNROLL for (size_t r = 0; r < EMB_SCORE_ROWS; r += LANES) {
        i32v sum;
        memcpy(&sum, sums + r, sizeof sum);
        f32v x = fma_v(load_f32(heads->scale + r) * t, __builtin_convertvector(sum, f32v), load_f32(heads->bias + r) * u);
        const f32v square = load_f32(heads->square + r);
        if (metric == EMB_COSINE) {
            x = select_v(square <= splat(0), splat(0), x / load_f32(heads->root + r));
        } else if (metric == EMB_L2) {
            x = (square - (x + x)) + own;
            x = select_v(x < splat(0), splat(0), x);
        }
        store_f32(out + r, x);
    }
}

/// Sixteen rows, `count` of them asked for, and all queries.
EMB_INLINE void score_sixteen(emb_metric metric, emb_multiply_rows *multiply, const emb_scored_rows *table, size_t first,
                              size_t count, const emb_queries *queries, float *out, size_t out_stride) {
    emb_sixteen rows;
    emb_find_sixteen(table, first, count, &rows);
    emb_affine_rows heads;
    for (size_t begin = 0; begin < queries->count; begin += EMB_SCORE_QUERIES) {
        const size_t left = queries->count - begin, batch = left < EMB_SCORE_QUERIES ? left : EMB_SCORE_QUERIES;
        int32_t sums[EMB_SCORE_QUERIES][EMB_SCORE_ROWS];
        emb_row_sums own;
        multiply(&rows, queries, begin, batch, table->dim, sums, metric == EMB_DOT || begin ? NULL : &own);
        if (begin == 0) note_rows(metric, table->header, &rows, table->dim, &own, &heads);
        for (size_t q = 0; q < batch; q++) {
            float scores[EMB_SCORE_ROWS], *to = out + (begin + q) * out_stride + first;
            finish_rows(metric, &heads, sums[q], queries, begin + q, count == EMB_SCORE_ROWS ? to : scores);
            if (count < EMB_SCORE_ROWS) memcpy(to, scores, count * sizeof *to);
        }
    }
}

EMB_INLINE void score_codes(emb_metric metric, emb_multiply_rows *multiply, const emb_scored_rows *table,
                            const emb_queries *queries, float *out, size_t out_stride) {
    for (size_t first = 0; first < table->count; first += EMB_SCORE_ROWS) {
        const size_t left = table->count - first, count = left < EMB_SCORE_ROWS ? left : EMB_SCORE_ROWS;
        score_sixteen(metric, multiply, table, first, count, queries, out, out_stride);
    }
}

#ifndef CHOOSE_MULTIPLY
#define CHOOSE_MULTIPLY multiply_by_groups
#endif

static void score_int8(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out,
                       size_t out_stride) {
    emb_multiply_rows *const multiply = CHOOSE_MULTIPLY;
    switch (metric) {
    case EMB_DOT: score_codes(EMB_DOT, multiply, rows, queries, out, out_stride); break;
    case EMB_COSINE: score_codes(EMB_COSINE, multiply, rows, queries, out, out_stride); break;
    case EMB_L2: score_codes(EMB_L2, multiply, rows, queries, out, out_stride); break;
    }
}
