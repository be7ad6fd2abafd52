// Encodes an rbe row: the search for its scale, then its codes (Formats/codecs/rbe.md and rabitq.md, "Packing"). Included by every
// level, whose instructions the vectors of doubles become; the order of the sums is the page's at all of them.
#ifndef EMB_RBE_H
#define EMB_RBE_H

/// What codes of a row under some scale come to.
typedef struct emb_gain {
    double scale, a, b; // of the page
} emb_gain;

EMB_INLINE double emb_gain_of(emb_gain g) { return g.a * g.a / g.b; }

/// 2k + 1 - 2^bits for eight numbers, k their codes in units of 1 / t. Of the numbers, the first n count: others become 0.
EMB_INLINE void emb_odd_codes(size_t bits, const float *x, size_t n, double t, double out[8]) {
    typedef double f64x8 __attribute__((vector_size(64)));
    typedef int64_t i64x8 __attribute__((vector_size(64)));
    typedef float f32x8 __attribute__((vector_size(32)));
    const double half = (double)(1u << (bits - 1)), integers = 0x1.8p52; // added, leaves no place for a fraction
    const f64x8 highest = (f64x8){0} + (half - 1), lowest = (f64x8){0} - half, one = (f64x8){0} + 1;
    f32x8 numbers = {0};
    memcpy(&numbers, x, n * sizeof *x);
    f64x8 y = __builtin_convertvector(numbers, f64x8) * t;
    // What is too large to have its fraction taken off is limited anyway.
    i64x8 mask = y > half;
    y = (f64x8)((mask & (i64x8)highest) | (~mask & (i64x8)y));
    mask = y < -half;
    y = (f64x8)((mask & (i64x8)lowest) | (~mask & (i64x8)y));
    f64x8 down = (y + integers) - integers;
    down -= (f64x8)((down > y) & (i64x8)one);
    mask = down > highest;
    down = (f64x8)((mask & (i64x8)highest) | (~mask & (i64x8)down));
    const i64x8 place = {0, 1, 2, 3, 4, 5, 6, 7};
    const f64x8 odd = (f64x8)((place < (int64_t)n) & (i64x8)(down + down + 1));
    memcpy(out, &odd, sizeof odd);
}

EMB_INLINE emb_gain emb_try_scale(size_t bits, const float *x, size_t dim, double scale) {
    typedef double f64x8 __attribute__((vector_size(64)));
    typedef float f32x8 __attribute__((vector_size(32)));
    const double t = 1 / (scale * (2.0 / (double)(1u << (bits - 1))));
    f64x8 a = {0}, b = {0};
    for (size_t j = 0; j < dim; j += 8) {
        const size_t n = dim - j < 8 ? dim - j : 8;
        f32x8 numbers = {0};
        memcpy(&numbers, x + j, n * sizeof *x);
        f64x8 odd;
        emb_odd_codes(bits, x + j, n, t, (double *)&odd);
        a += odd * __builtin_convertvector(numbers, f64x8);
        b += odd * odd;
    }
    return (emb_gain){scale, ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7])),
                      ((b[0] + b[4]) + (b[2] + b[6])) + ((b[1] + b[5]) + (b[3] + b[7]))};
}

EMB_INLINE double emb_best_scale(size_t bits, emb_gain g) { return g.a / g.b * (double)(1u << (bits - 1)); }

/// Steps 2 and 3 of the page, for a row whose largest magnitude is not 0.
EMB_INLINE emb_gain emb_search_scale(size_t bits, const float *x, size_t dim, double magnitude) {
    const double widest = magnitude / (2 - 1 / (double)(1u << (bits - 1)));
    emb_gain best = emb_try_scale(bits, x, dim, widest);
    for (int i = 15; i >= 4 && bits > 1; i--) {
        const emb_gain g = emb_try_scale(bits, x, dim, widest * (i / 16.0));
        if (emb_gain_of(g) > emb_gain_of(best)) best = g;
    }
    for (int again = 0; again < 2; again++) {
        const emb_gain g = emb_try_scale(bits, x, dim, emb_best_scale(bits, best));
        if (emb_gain_of(g) > emb_gain_of(best)) best = g;
    }
    return best;
}

EMB_INLINE double emb_squared_norm(const float *x, size_t dim) {
    typedef double f64x8 __attribute__((vector_size(64)));
    typedef float f32x8 __attribute__((vector_size(32)));
    f64x8 sums = {0};
    for (size_t j = 0; j < dim; j += 8) {
        f32x8 numbers = {0};
        memcpy(&numbers, x + j, (dim - j < 8 ? dim - j : 8) * sizeof *x);
        const f64x8 wide = __builtin_convertvector(numbers, f64x8);
        sums += wide * wide;
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// Stores a factor in two bytes or four; *rounded is what a reader gets.
EMB_INLINE emb_refusal emb_store_factor(double factor, bool half, uint8_t *p, double *rounded) {
    const float single = (float)factor;
    const uint16_t narrow = emb_narrow_f16(single);
    const float stored = half ? emb_widen_f16(narrow) : single;
    memcpy(p, half ? (const void *)&narrow : &single, half ? 2 : 4);
    *rounded = stored;
    if (factor == 0) return EMB_ENCODED;
    if (stored > 0x1p126f) return EMB_SCALE_OVERFLOW;
    const double error = stored - factor;
    const bool lost = error > factor / 16 || -error > factor / 16;
    return lost || (!half && stored < 0x1p-100f) ? EMB_SCALE_UNDERFLOW : EMB_ENCODED;
}

EMB_INLINE void emb_write_rbe_codes(size_t bits, const float *x, size_t dim, double t, uint8_t *codes) {
    for (size_t j = 0; j < dim; j += 8, codes += bits) {
        const size_t n = dim - j < 8 ? dim - j : 8;
        double odd[8];
        emb_odd_codes(bits, x + j, n, t, odd);
        uint64_t word = 0;
        for (size_t k = 0; k < n; k++)
            word |= (uint64_t)(((int32_t)odd[k] - 1 + (1 << bits)) >> 1) << k * bits;
        memcpy(codes, &word, (n * bits + 7) / 8);
    }
}

/// One row, every byte of it.
EMB_INLINE emb_refusal emb_encode_rbe(size_t bits, emb_header header, const float *x, size_t dim, uint8_t *row, size_t stride) {
    double magnitude = 0;
    for (size_t j = 0; j < dim; j++) {
        if ((emb_bits(x[j]) & 0x7fffffff) >= 0x7f800000) return EMB_NOT_FINITE;
        const double size = x[j] < 0 ? -x[j] : x[j];
        if (size > magnitude) magnitude = size;
    }
    memset(row, 0, stride);
    const bool half = header == EMB_SYMMETRIC_F16 || header == EMB_ESTIMATOR_F16;
    const bool estimator = header == EMB_ESTIMATOR_F16 || header == EMB_ESTIMATOR_F32;
    const size_t head = emb_header_bytes(header);
    const double step = 2.0 / (double)(1u << (bits - 1));
    if (header == EMB_NO_HEADER) {
        emb_write_rbe_codes(bits, x, dim, 1 / step, row);
    } else if (magnitude == 0) {
        emb_write_rbe_codes(bits, x, dim, 1, row + head);
    } else {
        const emb_gain best = emb_search_scale(bits, x, dim, magnitude);
        double rounded = 0;
        emb_refusal refusal = EMB_ENCODED;
        if (estimator) {
            const double squared = emb_squared_norm(x, dim);
            refusal = emb_store_factor(squared / best.a * (double)(1u << (bits - 1)), half, row, &rounded);
            if (refusal != EMB_ENCODED) return refusal;
            refusal = emb_store_factor(__builtin_sqrt(squared), half, row + head / 3, &rounded);
            if (refusal != EMB_ENCODED) return refusal;
        }
        const size_t width = half ? 2 : 4;
        refusal = emb_store_factor(emb_best_scale(bits, best), half, row + head - width, &rounded);
        if (refusal != EMB_ENCODED) return refusal;
        emb_write_rbe_codes(bits, x, dim, 1 / ((estimator ? best.scale : rounded) * step), row + head);
    }
    return EMB_ENCODED;
}

#endif
