// What all levels share of scoring: where a row is, and what becomes of sums. The loops are the compiler's to vectorise.
#ifndef EMB_INTERNAL_SCORES_H
#define EMB_INTERNAL_SCORES_H

#include "kernels.h"

#include <math.h>

EMB_INLINE const uint8_t *emb_scored_row(const emb_scored_rows *rows, size_t r) {
    return rows->base + (rows->list ? rows->list[r] : rows->first + r) * rows->stride;
}

/// `root` is that of n.
EMB_INLINE float emb_cosine(float dot, float n, float root) { return n <= 0 ? 0 : dot / root; }

/// Integer rows are scored so many at a time.
#define EMB_SCORE_ROWS 16

/// Queries that they meet together.
#define EMB_SCORE_QUERIES 64

/// Sums of sixteen rows' codes, and of their squares.
typedef struct emb_row_sums {
    int32_t plain[EMB_SCORE_ROWS], squares[EMB_SCORE_ROWS];
} emb_row_sums;

/// Where sixteen rows are.
typedef struct emb_sixteen {
    const uint8_t *rows[EMB_SCORE_ROWS];
    const uint8_t *run; // the first, if they lie one after the other, `stride` bytes apart; else NULL
    size_t stride, head_bytes;
} emb_sixteen;

/// How far ahead of rows that lie one after the other their lines are asked for: rows are read sixteen at a time, and so many short
/// runs are not what a processor's own prefetching follows.
#define EMB_SCAN_AHEAD 4096

/// Rows `first` and up; after the last of the `kept` that are asked for, that again.
EMB_INLINE void emb_find_sixteen(const emb_scored_rows *table, size_t first, size_t kept, emb_sixteen *found) {
    const size_t stride = table->stride;
    const uint8_t *run = table->list ? NULL : table->base + (table->first + first) * stride;
    found->run = kept == EMB_SCORE_ROWS ? run : NULL;
    found->stride = stride;
    found->head_bytes = emb_header_bytes(table->header);
    if (found->run) {
        for (size_t byte = 0; byte < EMB_SCORE_ROWS * stride; byte += 64) __builtin_prefetch(run + EMB_SCAN_AHEAD + byte, 0, 3);
        for (size_t r = 0; r < EMB_SCORE_ROWS; r++) found->rows[r] = run + r * stride;
    } else {
        ROLLED for (size_t r = 0; r < EMB_SCORE_ROWS; r++) found->rows[r] = emb_scored_row(table, first + (r < kept ? r : kept - 1));
    }
}

/// Sums of products of sixteen rows' codes with those of queries first ..< first + count, 1 to EMB_SCORE_QUERIES, and unless `own`
/// is NULL those of the codes alone. Rows may be read EMB_ROW_SLACK bytes past their end.
typedef void emb_multiply_rows(const emb_sixteen *rows, const emb_queries *queries, size_t first, size_t count, size_t dim,
                               int32_t (*sums)[EMB_SCORE_ROWS], emb_row_sums *own);

#if defined(__x86_64__)
#pragma GCC visibility push(hidden)
/// For processors that multiply and add bytes in one go, beside AVX-512.
emb_multiply_rows emb_multiply_rows_vnni;
bool emb_has_vnni(void);
/// That, and shifts of bytes out of words (VBMI, VBMI2).
bool emb_has_vbmi(void);
#pragma GCC visibility pop
#endif

/// What scores need of a few integer rows beside the sums of products.
typedef struct emb_affine_rows {
    float scale[EMB_SCORE_ROWS], bias[EMB_SCORE_ROWS];
    float square[EMB_SCORE_ROWS], root[EMB_SCORE_ROWS]; // unless the metric is dot: |x|^2 and |x|
} emb_affine_rows;

EMB_INLINE void emb_sum_row(const uint8_t *codes, size_t dim, int32_t *sum, int32_t *square) {
    *sum = *square = 0;
    for (size_t j = 0; j < dim; j++) {
        const int32_t code = (int8_t)codes[j];
        *sum += code;
        *square += code * code;
    }
}

EMB_INLINE void emb_note_row(emb_affine_rows *rows, size_t r, emb_head head, const uint8_t *codes, emb_metric metric,
                             size_t dim) {
    rows->scale[r] = head.scale;
    rows->bias[r] = head.bias;
    if (metric == EMB_DOT) return;
    int32_t sum, square;
    emb_sum_row(codes, dim, &sum, &square);
    const float s = head.scale, b = head.bias;
    rows->square[r] = __builtin_fmaf(s * s, (float)square, b * __builtin_fmaf(s + s, (float)sum, (float)dim * b));
    rows->root[r] = sqrtf(rows->square[r]);
}

/// From sums of products to scores with query q.
EMB_INLINE void emb_finish_int8(const emb_affine_rows *rows, const int32_t *sums, size_t count, const emb_queries *queries,
                                size_t q, emb_metric metric, float *out) {
    const float t = queries->scales[q], u = queries->offsets[q], square = queries->squares[q];
    for (size_t r = 0; r < count; r++) {
        const float dot = __builtin_fmaf(rows->scale[r] * t, (float)sums[r], rows->bias[r] * u);
        const float distance = (rows->square[r] - (dot + dot)) + square;
        out[r] = metric == EMB_DOT      ? dot
                 : metric == EMB_COSINE ? emb_cosine(dot, rows->square[r], rows->root[r])
                 : distance < 0         ? 0
                                        : distance;
    }
}

EMB_INLINE size_t emb_pick(bool small, const float *scores, size_t count, float worst, uint32_t *places) {
    enum { RUN = 64 };
    size_t found = 0, i = 0;
    for (; i + RUN <= count; i += RUN) {
        // Few runs have any: look at all at once first.
        int32_t any = 0;
        for (size_t j = 0; j < RUN; j++) any |= small ? scores[i + j] < worst : scores[i + j] > worst;
        if (!any) continue;
        for (size_t j = i; j < i + RUN; j++) {
            places[found] = (uint32_t)j;
            found += small ? scores[j] < worst : scores[j] > worst;
        }
    }
    for (; i < count; i++) {
        places[found] = (uint32_t)i;
        found += small ? scores[i] < worst : scores[i] > worst;
    }
    return found;
}

#endif
