// Kernels of rows that number codewords, of searching codebooks, and of affine maps. Included by CEmbKernels.h; what that
// page says of levels and memory holds here.
#ifndef EMB_CODED_ROWS_H
#define EMB_CODED_ROWS_H

#include <stddef.h>
#include <stdint.h>

/// Rows that number codewords (Formats/codecs/pq.md, rq.md). Row r is row r of `rows` if r < hot_rows, else row
/// r - hot_rows of `cold`; `fastscan` says that `rows` holds blocks of 32 rows of 4-bit codes, and there are no cold ones.
/// A code is `bits` (`cold_bits`) wide, 1 to `book_bits`. Codewords need no alignment beyond that of their numbers, and as
/// `rows` EMB_ROW_SLACK readable bytes behind them.
///
/// Product codes: codebook m has 2^book_bits codewords of width(m) numbers, one codebook behind the other, for the columns
/// first(m) and up; the first dim % books codebooks are one number wider than the others.
/// Additive codes: codewords of dim numbers, whose sum is the row: x = c[0]; then x = x + c[m], in order.
typedef struct emb_coded_rows {
    const uint8_t *rows, *cold;
    size_t stride, cold_stride;
    uint32_t hot_rows;
    uint8_t bits, cold_bits, book_bits;
    uint8_t fastscan, additive, half; // half: codewords are f16, else f32
    const uint8_t *codewords;
    size_t books, dim;
} emb_coded_rows;

/// A codebook as encoders search it: `transposed` is [width][codewords], `half_norms` [codewords], `centre` [width] or
/// NULL for zeros. codewords is a multiple of 16, at most 256. half_norms may be infinite: such a codeword is not found.
///     s[k] = half_norms[k];  s[k] = fma(-(value[t] - centre[t]), transposed[t][k], s[k]) for t in order
typedef struct emb_codebook {
    const float *transposed, *half_norms, *centre;
    size_t width, codewords;
} emb_codebook;

typedef struct emb_coded_kernels {
    /// gather, sum and max of coded rows: as of float rows, with x the row's codewords side by side, or their sum.
    void (*gather)(const emb_coded_rows *table, const emb_row_list *list, float *out, size_t out_stride, size_t dims);
    void (*sum)(const emb_coded_rows *table, const emb_row_list *list, const emb_bags *bags, float *out,
                      size_t out_stride, size_t dims);
    void (*max)(const emb_coded_rows *table, const emb_row_list *list, const emb_bags *bags, float *out,
                      size_t out_stride, size_t dims);

    /// Value i is values[i * stride ..< i * stride + width]. Scores: scores[i * codewords + k] = s[k]. Nearest: codes[i *
    /// code_stride] = the k of the least s[k], the lowest of equal ones, 0 if none is below infinity; and that s[k]
    /// (infinity) in least[i] unless `least` is NULL.
    void (*score)(const emb_codebook *book, const float *values, size_t count, size_t stride, float *scores);
    void (*nearest)(const emb_codebook *book, const float *values, size_t count, size_t stride, uint8_t *codes,
                              size_t code_stride, float *least);

    /// Of row list[i], product codes: four sums from 0, sum m % 4 grows by tables[m * codewords + code m] for m in order;
    /// out[i] = (sum 0 + sum 2) + (sum 1 + sum 3).
    void (*sum_tables)(const emb_coded_rows *table, const float *tables, const uint32_t *list, size_t count, float *out);
    /// Of `count` blocks of 32 rows: out[32 * i + r] = fma(scale, sum over m of bytes[16 * m + code], base), and 0 for it if
    /// it is less and `floored`. The sum is exact: books <= 256. `bytes` holds 16 zeros for each book from `books` on, up
    /// to a multiple of 4.
    void (*scan_blocks)(const uint8_t *blocks, size_t count, size_t books, const uint8_t *bytes, float scale, float base,
                        int floored, float *out);

    /// out[r * width + j] = factors[r] * constant[j] (0 without constant; factors all 1 if NULL), then
    /// fma(in[r * inputs + i], matrix[i * width + j], out) for i in order.
    void (*affine)(const float *matrix, const float *constant, const float *factors, const float *in, size_t count,
                   size_t inputs, size_t width, float *out);
} emb_coded_kernels;

#endif
