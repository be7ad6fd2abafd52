// Kernels that score stored rows against queries (Formats/search.md). Included by CEmbKernels.h; what that page says of
// levels and memory holds here.
#ifndef EMB_SCORES_H
#define EMB_SCORES_H

#include <stddef.h>
#include <stdint.h>

typedef enum emb_metric { EMB_DOT = 0, EMB_COSINE = 1, EMB_L2 = 2 } emb_metric;

/// The rows to score: first, first + 1, ... if list is NULL, else list[0], list[1], ...
typedef struct emb_scored_rows {
    const uint8_t *base;
    size_t stride;
    emb_header header;
    const uint32_t *list;
    size_t first, count;
    size_t dim;
} emb_scored_rows;

/// Numbers by which queries are padded with zeros.
#define EMB_QUERY_PADDING 64

/// Queries, each `stride` numbers from the next; stride is dim rounded up to EMB_QUERY_PADDING, and what is past dim is 0.
/// A kernel looks at no more than it names.
typedef struct emb_queries {
    size_t count, stride;
    const float *values;
    const int16_t *codes;            // the integer a query's number was rounded to: -32639 ... 32639
    const int8_t *high, *low;        // codes[j] = 256 * high[j] + low[j]
    const int32_t *code_sums;        // per query: the sum of its codes
    const float *scales, *offsets;   // per query: what a code of 1 stands for, and that times the sum of the codes
    const float *squares;            // per query: dot(q, q)
} emb_queries;

/// Queries for rows of rbe codes, `stride` bytes from each other: a multiple of 64, and what is past dim is 0.
typedef struct emb_grid_queries {
    size_t count, stride;
    const int8_t *codes;  // -127 ... 127; for sign instead the bits of the query, as in a row
    const int32_t *sums;  // per query: of its codes
    const float *units;   // per query: what a code of 1 stands for
    const float *squares; // per query: dot(q, q)
} emb_grid_queries;

/// score(row r, query q) goes to out[q * out_stride + r].
///
/// f32    Rows of floats. dot, l2: sixteen sums, number j in sum j % 16, fma by fma; folded 8, 4, 2, 1. cosine: dot / sqrt(n)
///        with n = dot(x, x), and 0 if n is 0.
/// int8   Rows of EMB_INT8 with a header; `count` integers K = sum code * query code, exact, mod 2^32. With s, b the row's
///        scale and bias, t, u the query's scale and offset:
///            dot = fma(s * t, K, b * u)
///        With C1, C2 the sums of the row's codes and of their squares, n = fma(s * s, C2, b * fma(s + s, C1, dim * b)):
///            cosine = dot / sqrt(n), or 0 if n <= 0;   l2 = (n - (dot + dot)) + square, or 0 if that is less
/// grid   Rows of EMB_RBE1 ... EMB_RBE8, B bits. I = sum (2k + 1 - 2^B) * query code, N = sum (2k + 1 - 2^B)^2, both exact; with
///        s the row's scale, or for an estimator header its first factor, n the second, e = s * 2^(1-B), g the query's unit:
///            dot = (e * g) * I;   n2 = (e * e) * N, or n * n;   cosine = dot / sqrt(n2) or dot / n, or 0 if that is 0
///            l2 = (n2 + square) - (dot + dot), or 0 if that is less
/// sign   Rows of EMB_RBE1 without a header, H places unlike the query's: dot = dim - 2H, cosine = dot / dim, l2 = 4H.
/// pick   places[0 ..< result] = the i < count with scores[i] > worst, or if `small` scores[i] < worst, ascending.
///        `places` has room for count + 1.
typedef struct emb_score_kernels {
    void (*f32)(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out, size_t out_stride);
    void (*int8)(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out, size_t out_stride);
    void (*grid)(emb_element element, const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric,
                 float *out, size_t out_stride);
    void (*sign)(const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric, float *out,
                 size_t out_stride);
    size_t (*pick)(const float *scores, size_t count, float worst, int small, uint32_t *places);
} emb_score_kernels;

#endif
