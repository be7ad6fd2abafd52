// The definition of the kernels of coded rows, codebooks and affine maps: part of scalar.c.
#include "coded.h"

EMB_INLINE float codeword_number(const emb_coded_rows *table, size_t i) {
    return table->half ? emb_widen_f16(emb_load_u16(table->codewords + 2 * i)) : emb_load_f32(table->codewords + 4 * i);
}

/// Number j of a row: of the codebook that covers it, or of all of them in order.
EMB_INLINE float coded_value(const emb_coded_rows *table, uint32_t row, size_t j) {
    const size_t codewords = (size_t)1 << table->book_bits;
    if (table->additive) {
        float x = codeword_number(table, emb_code(table, row, 0) * table->dim + j);
        for (size_t m = 1; m < table->books; m++)
            x += codeword_number(table, (m * codewords + emb_code(table, row, m)) * table->dim + j);
        return x;
    }
    const emb_split split = emb_split_columns(table);
    const size_t wide = split.wider * (split.width + 1);
    const size_t width = j < wide ? split.width + 1 : split.width;
    const size_t m = j < wide ? j / width : split.wider + (j - wide) / width;
    const size_t first = j < wide ? m * width : wide + (m - split.wider) * width;
    return codeword_number(table, codewords * first + emb_code(table, row, m) * width + j - first);
}

EMB_INLINE void gather_coded(const emb_coded_rows *table, const emb_row_list *list, float *out, size_t out_stride,
                             size_t dims) {
    for (size_t i = 0; i < list->count; i++, out += out_stride) {
        emb_prefetch_codes(table, list, i);
        const uint32_t row = list->rows[i];
        for (size_t j = 0; j < dims; j++) out[j] = row == EMB_ZERO_ROW ? 0 : coded_value(table, row, j);
    }
}

EMB_INLINE void pool_coded(fold op, const emb_coded_rows *table, const emb_row_list *list, const emb_bags *bags,
                           float *out, size_t out_stride, size_t dims) {
    size_t i = 0;
    for (size_t b = 0; b < bags->count; b++, out += out_stride) {
        const bool resumed = b == 0 && bags->resume, suspended = b + 1 == bags->count && bags->suspend;
        const bool empty = i == bags->ends[b] && !resumed;
        bool first = !resumed;
        if (!resumed) memset(out, 0, dims * sizeof *out);
        for (; i < bags->ends[b]; i++, first = false) {
            emb_prefetch_codes(table, list, i);
            const uint32_t row = list->rows[i];
            const bool zero = row == EMB_ZERO_ROW;
            const float w = list->weights ? list->weights[i] : 1;
            for (size_t j = 0; j < dims; j++) {
                const float x = zero ? 0 : coded_value(table, row, j), v = zero ? 0 : w * x;
                if (op == SUM && !zero) out[j] = fmaf(w, x, out[j]);
                if (op == MAX && (first || v > out[j] || isnan(v))) out[j] = v;
            }
        }
        if (op == SUM && !suspended && !empty)
            finish_sum(EMB_F32, out, 0, bags->divisors ? bags->divisors + b : NULL, dims);
    }
}

EMB_INLINE float codeword_score(const emb_codebook *book, const float *value, size_t k) {
    float s = book->half_norms[k];
    for (size_t t = 0; t < book->width; t++) {
        const float z = book->centre ? value[t] - book->centre[t] : value[t];
        s = fmaf(-z, book->transposed[t * book->codewords + k], s);
    }
    return s;
}

EMB_INLINE void score_codewords(const emb_codebook *book, const float *values, size_t count, size_t stride,
                                float *scores) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < book->codewords; k++)
            scores[i * book->codewords + k] = codeword_score(book, values + i * stride, k);
}

EMB_INLINE void nearest_codewords(const emb_codebook *book, const float *values, size_t count, size_t stride,
                                  uint8_t *codes, size_t code_stride, float *least) {
    for (size_t i = 0; i < count; i++) {
        float best = INFINITY;
        size_t code = 0;
        for (size_t k = 0; k < book->codewords; k++) {
            const float s = codeword_score(book, values + i * stride, k);
            if (s < best) best = s, code = k;
        }
        codes[i * code_stride] = (uint8_t)code;
        if (least) least[i] = best;
    }
}

EMB_INLINE void affine(const float *matrix, const float *constant, const float *factors, const float *in, size_t count,
                       size_t inputs, size_t width, float *out) {
    for (size_t r = 0; r < count; r++, in += inputs, out += width) {
        for (size_t j = 0; j < width; j++) {
            float x = 0;
            if (constant) x = factors ? factors[r] * constant[j] : constant[j];
            for (size_t i = 0; i < inputs; i++) x = fmaf(in[i], matrix[i * width + j], x);
            out[j] = x;
        }
    }
}

EMB_INLINE void scan_blocks(const bool floored, const uint8_t *blocks, size_t count, size_t books, const uint8_t *bytes,
                            float scale, float base, float *out) {
    for (size_t i = 0; i < 32 * count; i++) {
        const uint8_t *block = blocks + i / 32 * 16 * books + i % 16;
        uint32_t sum = 0;
        for (size_t m = 0; m < books; m++) sum += bytes[16 * m + (block[16 * m] >> i % 32 / 16 * 4 & 15)];
        const float x = fmaf(scale, (float)sum, base);
        out[i] = floored && x < 0 ? 0 : x;
    }
}
