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

#if defined(__x86_64__)
#pragma GCC visibility push(hidden)
emb_multiply_grid emb_multiply_grid_vnni;
#pragma GCC visibility pop
#endif

typedef struct emb_grid_heads {
    float unit[EMB_GRID_ROWS];                         // e of the page
    float square[EMB_GRID_ROWS], root[EMB_GRID_ROWS];  // |x|^2 and |x|
} emb_grid_heads;

EMB_INLINE float emb_load_factor(bool half, const uint8_t *p) {
    return half ? emb_widen_f16(emb_load_u16(p)) : emb_load_f32(p);
}

/// `square` is the sum of the squares of the row's odd codes; of no account to estimators.
EMB_INLINE void emb_note_grid_row(emb_grid_heads *heads, size_t r, size_t bits, emb_header header, const uint8_t *row,
                                  uint32_t square) {
    const bool half = header == EMB_SYMMETRIC_F16 || header == EMB_ESTIMATOR_F16;
    const float factor = header == EMB_NO_HEADER ? 1 : emb_load_factor(half, row);
    heads->unit[r] = factor / (float)(1u << (bits - 1));
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
    for (size_t r = 0; r < count; r++) {
        const float dot = heads->unit[r] * unit * (float)sums[r];
        const float distance = (heads->square[r] + square) - (dot + dot);
        out[r] = metric == EMB_DOT      ? dot
                 : metric == EMB_COSINE ? (heads->root[r] == 0 ? 0 : dot / heads->root[r])
                 : distance < 0         ? 0
                                        : distance;
    }
}

EMB_INLINE size_t emb_count_unlike(const uint8_t *row, const int8_t *query, size_t dim) {
    size_t unlike = 0, j = 0;
    uint64_t a, b;
    for (; j + 64 <= dim; j += 64) {
        memcpy(&a, row + j / 8, sizeof a);
        memcpy(&b, query + j / 8, sizeof b);
        unlike += (size_t)__builtin_popcountll(a ^ b);
    }
    if (j == dim) return unlike;
    memcpy(&a, row + j / 8, sizeof a); // as the slack allows
    memcpy(&b, query + j / 8, sizeof b);
    return unlike + (size_t)__builtin_popcountll((a ^ b) << (64 - (dim - j)));
}

EMB_INLINE void emb_score_sign(const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric, float *out,
                               size_t out_stride) {
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = emb_scored_row(rows, r);
        for (size_t q = 0; q < queries->count; q++) {
            const int64_t unlike = (int64_t)emb_count_unlike(row, queries->codes + q * queries->stride, rows->dim);
            const float dot = (float)((int64_t)rows->dim - 2 * unlike);
            out[q * out_stride + r] = metric == EMB_DOT      ? dot
                                      : metric == EMB_COSINE ? dot / (float)rows->dim
                                                             : (float)(4 * unlike);
        }
    }
}

#endif
