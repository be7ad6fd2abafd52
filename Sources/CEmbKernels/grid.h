// What all levels share of scoring rbe rows: their factors, what becomes of sums, and signs. Formats/codecs/rbe.md, rabitq.md and
// sign.md, "Scoring".
#ifndef EMB_GRID_H
#define EMB_GRID_H

#include "scores.h"

/// Rows are unpacked, and scored, so many at a time.
#define EMB_GRID_ROWS 16
/// Codes of a row that are unpacked at a time: sixteen rows of them stay in the first cache.
#define EMB_GRID_SLAB 1024
/// Queries that meet a slab.
#define EMB_GRID_QUERIES 64

/// Adds to sums[q][r] the products of row r's codes with query q's. Byte i of group g of row r is block[g][r][i].
typedef void emb_multiply_grid(const uint8_t (*block)[EMB_GRID_ROWS][4], size_t groups, const int8_t *queries,
                               size_t stride, size_t count, bool eight_bits, int32_t (*sums)[EMB_GRID_ROWS]);

/// Sums of products of the codes of sixteen rows, `run` those of the first and each `row_stride` bytes from the next, with one
/// query's, and unless `squares` is NULL the sums of the squares of the odd codes.
typedef void emb_multiply_run(size_t bits, const uint8_t *run, size_t row_stride, size_t dim, const int8_t *query,
                              int32_t sums[EMB_GRID_ROWS], uint32_t squares[EMB_GRID_ROWS]);

#if defined(__x86_64__)
#pragma GCC visibility push(hidden)
emb_multiply_grid emb_multiply_grid_vnni;
emb_multiply_run emb_multiply_run_vbmi;
#pragma GCC visibility pop
#endif

typedef struct emb_grid_heads {
    float unit[EMB_GRID_ROWS];                         // e of the page
    float square[EMB_GRID_ROWS], root[EMB_GRID_ROWS];  // |x|^2 and |x|, unless the metric is dot
} emb_grid_heads;

EMB_INLINE float emb_load_factor(bool half, const uint8_t *p) {
    return half ? emb_widen_f16(emb_load_u16(p)) : emb_load_f32(p);
}

/// `square` is the sum of the squares of the row's odd codes; of no account to estimators.
EMB_INLINE void emb_note_grid_row(emb_grid_heads *heads, size_t r, size_t bits, emb_header header, emb_metric metric,
                                  const uint8_t *row, uint32_t square) {
    const bool half = header == EMB_SYMMETRIC_F16 || header == EMB_ESTIMATOR_F16;
    const float factor = header == EMB_NO_HEADER ? 1 : emb_load_factor(half, row);
    heads->unit[r] = factor / (float)(1u << (bits - 1));
    heads->square[r] = heads->root[r] = 0;
    if (metric == EMB_DOT) return;
    if (header == EMB_ESTIMATOR_F16 || header == EMB_ESTIMATOR_F32) {
        heads->root[r] = emb_load_factor(half, row + (half ? 2 : 4));
        heads->square[r] = heads->root[r] * heads->root[r];
    } else {
        heads->square[r] = heads->unit[r] * heads->unit[r] * (float)square;
        heads->root[r] = sqrtf(heads->square[r]);
    }
}

EMB_INLINE void emb_finish_grid(const emb_grid_heads *heads, const int32_t *sums, size_t count,
                                const emb_grid_queries *queries, size_t q, emb_metric metric, float *out) {
    const float unit = queries->units[q], square = queries->squares[q];
    for (size_t r = 0; r < count; r++) out[r] = heads->unit[r] * unit * (float)sums[r];
    if (metric == EMB_COSINE)
        for (size_t r = 0; r < count; r++) out[r] = heads->root[r] == 0 ? 0 : out[r] / heads->root[r];
    if (metric == EMB_L2)
        for (size_t r = 0; r < count; r++) {
            const float distance = (heads->square[r] + square) - (out[r] + out[r]);
            out[r] = distance < 0 ? 0 : distance;
        }
}

/// Up to 64 signs, `n` of them counting; as the slack allows.
EMB_INLINE uint64_t emb_load_signs(const void *p, size_t n) {
    uint64_t signs;
    memcpy(&signs, p, sizeof signs);
    return n < 64 ? signs << (64 - n) : signs;
}

EMB_INLINE float emb_finish_sign(emb_metric metric, size_t dim, int64_t unlike) {
    const float dot = (float)((int64_t)dim - 2 * unlike);
    return metric == EMB_DOT ? dot : metric == EMB_COSINE ? dot / (float)dim : (float)(4 * unlike);
}

/// Sixteen rows at a time, so that scores are written side by side.
EMB_INLINE void emb_score_sign(const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric, float *out,
                               size_t out_stride) {
    const size_t dim = rows->dim;
    for (size_t first = 0; first < rows->count; first += EMB_GRID_ROWS) {
        const size_t left = rows->count - first, count = left < EMB_GRID_ROWS ? left : EMB_GRID_ROWS;
        const uint8_t *row[EMB_GRID_ROWS];
        uint64_t begin[EMB_GRID_ROWS];
        for (size_t r = 0; r < count; r++) {
            row[r] = emb_scored_row(rows, first + r);
            begin[r] = emb_load_signs(row[r], dim);
        }
        for (size_t q = 0; q < queries->count; q++) {
            const int8_t *query = queries->codes + q * queries->stride;
            const uint64_t query_begin = emb_load_signs(query, dim);
            float *to = out + q * out_stride + first;
            for (size_t r = 0; r < count; r++) {
                int64_t unlike = __builtin_popcountll(begin[r] ^ query_begin);
                for (size_t j = 64; j < dim; j += 64)
                    unlike += __builtin_popcountll(emb_load_signs(row[r] + j / 8, dim - j) ^
                                                   emb_load_signs(query + j / 8, dim - j));
                to[r] = emb_finish_sign(metric, dim, unlike);
            }
        }
    }
}

#endif
