// Activations and lengths of rows of numbers, written once for all vector levels.

#include "network.h"

/// Calls the body with every vector of `count` numbers, the last one filled up with zeros.
#define EACH_VECTOR(x, count, v, body)                                                                                 \
    for (size_t j_ = 0; j_ < (count); j_ += LANES) {                                                                   \
        const size_t n_ = (count) - j_;                                                                                \
        f32v v = n_ < LANES ? load_exactly((x) + j_, n_, 0) : load_f32((x) + j_);                                      \
        body;                                                                                                          \
        if (n_ < LANES) store_first((x) + j_, v, n_);                                                                  \
        else store_f32((x) + j_, v);                                                                                   \
    }

static void relu(float *x, size_t count) {
    EACH_VECTOR(x, count, v, v = select_v((v > 0) | (v != v), v, splat(0)))
}

EMB_INLINE f32v mish_of(f32v a) {
    const f32v rounder = splat(12582912.0f); // 1.5 * 2^23: added, leaves an integer in the low bits
    const f32v t = select_v(a < -80, splat(-80), select_v((a > 20) | (a != a), splat(0), a));
    const f32v shifted = t * EMB_LOG2_E + rounder, n = shifted - rounder;
    const f32v r = fma_v(-n, splat(EMB_LN2_LOW), fma_v(-n, splat(EMB_LN2_HIGH), t));
    f32v p = splat(emb_exp_terms[0]);
    UNROLL for (size_t k = 1; k < EMB_EXP_TERMS; k++) p = fma_v(p, r, splat(emb_exp_terms[k]));
    const f32v power = (f32v)(((i32v)shifted - 0x4b400000 + 127) << 23);
    const f32v u = p * power, w = u * (u + 2);
    return select_v((a > 20) | (a != a), a, t * (w / (w + 2)));
}

static void mish(float *x, size_t count) {
    EACH_VECTOR(x, count, v, v = mish_of(v))
}

static void unit(float *x, size_t count) {
    f32v sums[GROUP][WIDE] = {0};
    for (size_t j = 0; j < count; j += LANES) {
        const f32v v = count - j < LANES ? load_exactly(x + j, count - j, 0) : load_f32(x + j);
        f32v *sum = &sums[0][j / LANES % WIDE];
        *sum = fma_v(v, v, *sum);
    }
    const float n = fold_sums(sums)[0];
    if (n == 0) return;
    const f32v inverse = splat(1 / sqrtf(n));
    EACH_VECTOR(x, count, v, v = v * inverse)
}
