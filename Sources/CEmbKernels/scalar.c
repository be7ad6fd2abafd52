// The definition of every kernel, one number at a time. The other levels must return these bits, so that what is
// rounded, and when, is spelled out here: fmaf is one rounding, everything else rounds each operation.
#include "kernels.h"
#include "rbe.h"

#include <math.h>

EMB_INLINE emb_head load_f16_pair(const uint8_t *p) {
    return (emb_head){emb_widen_f16(emb_load_u16(p)), emb_widen_f16(emb_load_u16(p + 2))};
}

#include "head.h"

/// The value of code j of a bit string.
EMB_INLINE float rbe_at(size_t bits, const uint8_t *codes, size_t j) {
    return (float)emb_odd_at(bits, codes, j) / (float)(1u << (bits - 1));
}

/// Element j as stored: the value of a float or rbe row, the code of an integer row.
EMB_INLINE float code_at(emb_element element, const uint8_t *codes, size_t j) {
    switch (emb_code_element(element)) {
    case EMB_F32: return emb_load_f32(codes + 4 * j);
    case EMB_F16: return emb_widen_f16(emb_load_u16(codes + 2 * j));
    case EMB_BF16: return emb_widen_bf16(emb_load_u16(codes + 2 * j));
    case EMB_INT16: return (int16_t)emb_load_u16(codes + 2 * j);
    case EMB_INT8: return (int8_t)codes[j];
    case EMB_INT4: return (float)(((codes[j / 2] >> 4 * (j % 2) & 15) ^ 8) - 8);
    case EMB_INT2: return (float)(((codes[j / 4] >> 2 * (j % 4) & 3) ^ 2) - 2);
    case EMB_E4M3: return emb_widen_e4m3(codes[j]);
    case EMB_E5M2: return emb_widen_e5m2(codes[j]);
    default: return rbe_at(emb_element_bits(element), codes, j);
    }
}

/// Number j. `h` is the row's head; of rows of blocks it is read again for each block.
EMB_INLINE float value_at(emb_element element, const emb_rows *table, const uint8_t *row, emb_head h, size_t j) {
    const float code = code_at(element, row + table->head_bytes, j);
    if (emb_is_float(element)) return code;
    if (emb_is_blocked(element)) h = read_block_head(element, table->header, row, j / table->block);
    return emb_is_fp8(element) ? h.scale * code : fmaf(h.scale, code, h.bias);
}

EMB_INLINE void gather(emb_element element, const emb_rows *table, const emb_row_list *list, float *out,
                       size_t out_stride, size_t dims) {
    const emb_prefetch prefetch = emb_plan_prefetch(element, table, list, dims);
    for (size_t i = 0; i < list->count; i++, out += out_stride) {
        emb_prefetch_row(prefetch, table->base, table->stride, list->rows, i);
        if (list->rows[i] == EMB_ZERO_ROW) {
            memset(out, 0, dims * sizeof *out);
            continue;
        }
        const uint8_t *row = table->base + list->rows[i] * table->stride;
        const emb_head h = read_head(element, table->header, row);
        for (size_t j = 0; j < dims; j++) out[j] = value_at(element, table, row, h, j);
    }
}

/// Adds w * row to acc and returns the new carry.
EMB_INLINE float add_row(emb_element element, const emb_rows *table, uint32_t index, float w, float *acc, float carry,
                         size_t dims) {
    if (index == EMB_ZERO_ROW) return carry;
    const uint8_t *row = table->base + index * table->stride;
    const emb_head h = read_head(element, table->header, row);
    if (!emb_has_carry(element)) {
        for (size_t j = 0; j < dims; j++) acc[j] = fmaf(w, value_at(element, table, row, h, j), acc[j]);
        return carry;
    }
    const float ws = w * h.scale;
    for (size_t j = 0; j < dims; j++) acc[j] = fmaf(ws, code_at(element, row + table->head_bytes, j), acc[j]);
    return fmaf(w, h.bias, carry);
}

/// Takes w * row into the maxima acc.
EMB_INLINE void take_row(emb_element element, const emb_rows *table, uint32_t index, float w, float *acc, bool first,
                         size_t dims) {
    const bool zero = index == EMB_ZERO_ROW;
    const uint8_t *row = table->base + (zero ? 0 : index * table->stride);
    const emb_head h = zero ? (emb_head){0, 0} : read_head(element, table->header, row);
    for (size_t j = 0; j < dims; j++) {
        const float v = zero ? 0 : w * value_at(element, table, row, h, j);
        if (first || v > acc[j] || isnan(v)) acc[j] = v;
    }
}

EMB_INLINE void finish_sum(emb_element element, float *acc, float carry, const float *divisor, size_t dims) {
    for (size_t j = 0; j < dims; j++) {
        if (emb_has_carry(element)) acc[j] += carry;
        if (divisor) acc[j] = *divisor == 0 ? 0 : acc[j] / *divisor;
    }
}

typedef enum fold { SUM, MAX } fold;

EMB_INLINE void pool(fold op, emb_element element, const emb_rows *table, const emb_row_list *list, emb_bags *bags,
                     float *out, size_t out_stride, size_t dims) {
    const emb_prefetch prefetch = emb_plan_prefetch(element, table, list, dims);
    size_t i = 0;
    for (size_t b = 0; b < bags->count; b++, out += out_stride) {
        const bool resumed = b == 0 && bags->resume, suspended = b + 1 == bags->count && bags->suspend;
        const bool empty = i == bags->ends[b] && !resumed;
        bool first = !resumed;
        float carry = resumed ? bags->carry : 0;
        if (!resumed) memset(out, 0, dims * sizeof *out);
        for (; i < bags->ends[b]; i++, first = false) {
            emb_prefetch_row(prefetch, table->base, table->stride, list->rows, i);
            const float w = list->weights ? list->weights[i] : 1;
            if (op == SUM) carry = add_row(element, table, list->rows[i], w, out, carry, dims);
            else take_row(element, table, list->rows[i], w, out, first, dims);
        }
        if (op == SUM && suspended) bags->carry = carry;
        if (op == SUM && !suspended && !empty)
            finish_sum(element, out, carry, bags->divisors ? bags->divisors + b : NULL, dims);
    }
}

#define INSTANTIATE_POOL(fold, operation, element, type)                                                               \
    static void NAMED(operation, type)(const emb_rows *table, const emb_row_list *list, emb_bags *bags, float *out,    \
                                       size_t out_stride, size_t dims) {                                               \
        pool(fold, element, table, list, bags, out, out_stride, dims);                                                 \
    }

EMB_INLINE void narrow_f16_row(const float *in, uint8_t *out, size_t count) {
    for (size_t j = 0; j < count; j++) {
        const uint16_t half = emb_narrow_f16(in[j]);
        memcpy(out + 2 * j, &half, sizeof half);
    }
}

static emb_range range_of(const float *values, size_t dim) {
    emb_range range = {values[0], values[0], true};
    for (size_t j = 0; j < dim; j++) {
        if (values[j] < range.lowest) range.lowest = values[j];
        if (values[j] > range.highest) range.highest = values[j];
        if (!isfinite(values[j])) range.finite = false;
    }
    return range;
}

/// Codes of one row; `codes` holds zeros.
static void write_codes(size_t bits, const float *values, size_t dim, const emb_fit *fit, uint8_t *codes) {
    const int32_t mask = (int32_t)((1u << bits) - 1);
    for (size_t j = 0; j < dim; j++) {
        const int32_t code = (int32_t)rintf((values[j] - fit->bias) * fit->inverse) & mask;
        const size_t bit = j * bits;
        codes[bit / 8] |= (uint8_t)(code << bit % 8);
        if (bits == 16) codes[bit / 8 + 1] = (uint8_t)(code >> 8);
    }
}

#include "block_template.h"

EMB_INLINE emb_refusal fit_row(emb_element element, const float *values, size_t dim, emb_header header, emb_fit *fit) {
    const emb_range range = range_of(values, dim);
    return emb_fit_row(element, header, range, emb_magnitude(range), fit);
}

EMB_INLINE size_t encode(emb_element element, const float *values, size_t count, size_t dim, emb_header header,
                         size_t block, uint8_t *rows, size_t stride, emb_refusal *refusal) {
    *refusal = EMB_ENCODED;
    for (size_t r = 0; r < count; r++, values += dim, rows += stride) {
        emb_fit fit = {0};
        if (emb_is_rbe(element)) *refusal = emb_encode_rbe(emb_element_bits(element), header, values, dim, rows, stride);
        else if (emb_has_carry(element)) *refusal = fit_row(element, values, dim, header, &fit);
        else if (emb_is_blocked(element)) *refusal = encode_blocks(element, values, dim, header, block, rows);
        else if (element != EMB_F32 && emb_row_overflows(element, values, dim)) *refusal = EMB_SCALE_OVERFLOW;
        if (*refusal != EMB_ENCODED) return r;
        if (emb_is_rbe(element)) continue;
        if (emb_is_blocked(element)) {
            const size_t used = emb_head_bytes(header, block, dim) + emb_code_bytes(element, dim);
            memset(rows + used, 0, stride - used);
            continue;
        }
        memset(rows, 0, stride);
        memcpy(rows, fit.head, emb_header_bytes(header));
        uint8_t *codes = rows + emb_header_bytes(header);
        switch (element) {
        case EMB_F32: memcpy(codes, values, dim * sizeof *values); break;
        case EMB_F16: narrow_f16_row(values, codes, dim); break;
        case EMB_BF16: emb_narrow_bf16_row(values, codes, dim); break;
        default: write_codes(emb_element_bits(element), values, dim, &fit, codes);
        }
    }
    return count;
}

EMB_INLINE void hadamard(float *x, size_t n) { emb_hadamard_one_by_one(x, n); }

EMB_INLINE void hash_probes(const uint64_t *keys, size_t stride, size_t count, const emb_probe *probes,
                            size_t probe_count, uint32_t *rows, size_t row_stride) {
    emb_hash_probes(keys, stride, count, probes, probe_count, rows, row_stride);
}

EMB_INLINE void compare(const float *a, const float *b, size_t count, double sums[4]) {
    double lanes[4][8] = {{0}};
    for (size_t i = 0; i < count; i++) {
        const double x = a[i], y = b[i], difference = x - y;
        lanes[0][i % 8] += difference * difference;
        lanes[1][i % 8] += x * x;
        lanes[2][i % 8] += x * y;
        lanes[3][i % 8] += y * y;
    }
    for (size_t k = 0; k < 4; k++) {
        const double *l = lanes[k];
        sums[k] += ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
    }
}

#include "coded_scalar.h"
#include "scores.h"
#include "grid.h"
#include "network.h"

EMB_INLINE float fold_sums(float s[16]) {
    for (size_t h = 8; h > 0; h /= 2)
        for (size_t l = 0; l < h; l++) s[l] += s[l + h];
    return s[0];
}

/// Of the row's numbers and the query's, or the row's own if there is no query.
EMB_INLINE float score_numbers(emb_metric metric, const uint8_t *row, const float *query, size_t dim) {
    float s[16] = {0};
    for (size_t j = 0; j < (dim + 15) / 16 * 16; j++) {
        const float x = j < dim ? emb_load_f32(row + 4 * j) : 0, q = query ? query[j] : x;
        s[j % 16] = metric == EMB_L2 ? fmaf(x - q, x - q, s[j % 16]) : fmaf(x, q, s[j % 16]);
    }
    return fold_sums(s);
}

static void score_f32(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out,
                      size_t out_stride) {
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = emb_scored_row(rows, r);
        const float n = metric == EMB_COSINE ? score_numbers(EMB_DOT, row, NULL, rows->dim) : 0;
        for (size_t q = 0; q < queries->count; q++) {
            const float score = score_numbers(metric, row, queries->values + q * queries->stride, rows->dim);
            out[q * out_stride + r] = metric == EMB_COSINE ? emb_cosine(score, n, sqrtf(n)) : score;
        }
    }
}

static void score_int8(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out,
                       size_t out_stride) {
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = emb_scored_row(rows, r), *codes = row + emb_header_bytes(rows->header);
        emb_affine_rows head = {0};
        emb_note_row(&head, 0, read_head(EMB_INT8, rows->header, row), codes, metric, rows->dim);
        for (size_t q = 0; q < queries->count; q++) {
            const int16_t *query = queries->codes + q * queries->stride;
            uint32_t sum = 0;
            for (size_t j = 0; j < rows->dim; j++) sum += (uint32_t)((int8_t)codes[j] * query[j]);
            const int32_t product = (int32_t)sum;
            emb_finish_int8(&head, &product, 1, queries, q, metric, out + q * out_stride + r);
        }
    }
}

static void score_grid(size_t bits, const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric,
                       float *out, size_t out_stride) {
    const size_t head_bytes = emb_header_bytes(rows->header);
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = emb_scored_row(rows, r), *codes = row + head_bytes;
        emb_grid_heads heads;
        uint32_t square = 0;
        for (size_t j = 0; j < rows->dim; j++) square += (uint32_t)(emb_odd_at(bits, codes, j) * emb_odd_at(bits, codes, j));
        emb_note_grid_row(&heads, 0, bits, rows->header, metric, row, square);
        for (size_t q = 0; q < queries->count; q++) {
            const int8_t *query = queries->codes + q * queries->stride;
            int32_t sum = 0;
            for (size_t j = 0; j < rows->dim; j++) sum += emb_odd_at(bits, codes, j) * query[j];
            emb_finish_grid(&heads, &sum, 1, queries, q, metric, out + q * out_stride + r);
        }
    }
}

static void score_sign(const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric, float *out,
                       size_t out_stride) {
    emb_score_sign(rows, queries, metric, out, out_stride);
}

static void relu(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = x[i] > 0 || isnan(x[i]) ? x[i] : 0;
}

static float mish_of(float a) {
    if (a > 20 || isnan(a)) return a;
    const float t = a < -80 ? -80 : a, n = rintf(t * EMB_LOG2_E);
    const float r = fmaf(-n, EMB_LN2_LOW, fmaf(-n, EMB_LN2_HIGH, t));
    float p = emb_exp_terms[0];
    for (size_t k = 1; k < EMB_EXP_TERMS; k++) p = fmaf(p, r, emb_exp_terms[k]);
    const float u = ldexpf(p, (int)n), w = u * (u + 2);
    return t * (w / (w + 2));
}

static void mish(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = mish_of(x[i]);
}

static void unit(float *x, size_t count) {
    float s[16] = {0};
    for (size_t j = 0; j < (count + 15) / 16 * 16; j++) {
        const float y = j < count ? x[j] : 0;
        s[j % 16] = fmaf(y, y, s[j % 16]);
    }
    const float n = fold_sums(s), inverse = 1 / sqrtf(n);
    for (size_t j = 0; j < count && n != 0; j++) x[j] *= inverse;
}

#define LEVEL scalar
#define LEVEL_ID EMB_SCALAR
#define NAMED_TABLE emb_scalar_kernels
#include "instances.h"
