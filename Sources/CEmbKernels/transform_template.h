// The Hadamard transform and the comparison, written once for all vector levels.

/// The stages within a vector: (a, b) becomes (a + b, a - b) as the partner plus or minus the lane itself.
EMB_INLINE f32v butterflies(f32v v) {
    UNROLL for (size_t h = 1; h < LANES; h *= 2) {
        f32v sign;
        UNROLL for (size_t k = 0; k < LANES; k++) sign[k] = k & h ? -1 : 1;
        v = fma_v(v, sign, partner(v, h));
    }
    return v;
}

/// The stages h, 2h, ... radix/2 * h, each group of `radix` vectors in registers; with h == LANES the stages within
/// a vector come first.
EMB_INLINE void hadamard_pass(size_t radix, float *x, size_t n, size_t h) {
    for (size_t i = 0; i < n; i += radix * h) {
        for (size_t j = i; j < i + h; j += LANES) {
            f32v v[BLOCK];
            UNROLL for (size_t k = 0; k < radix; k++) v[k] = load_f32(x + j + k * h);
            if (h == LANES) UNROLL for (size_t k = 0; k < radix; k++) v[k] = butterflies(v[k]);
            UNROLL for (size_t step = 1; step < radix; step *= 2) {
                UNROLL for (size_t k = 0; k < radix; k++) {
                    if (k & step) continue;
                    const f32v a = v[k], b = v[k + step];
                    v[k] = a + b;
                    v[k + step] = a - b;
                }
            }
            UNROLL for (size_t k = 0; k < radix; k++) store_f32(x + j + k * h, v[k]);
        }
    }
}

EMB_INLINE void hadamard(float *x, size_t n) {
    if (n < LANES) {
        emb_hadamard_one_by_one(x, n);
        return;
    }
    size_t h = LANES;
    do {
        const size_t radix = n / h < BLOCK ? n / h : BLOCK;
        switch (radix) {
        case 1: hadamard_pass(1, x, n, h); break;
        case 2: hadamard_pass(2, x, n, h); break;
        case 4: hadamard_pass(4, x, n, h); break;
        default: hadamard_pass(BLOCK, x, n, h); break;
        }
        h *= radix;
    } while (h < n);
}

EMB_INLINE void compare(const float *a, const float *b, size_t count, double sums[4]) {
    typedef float f32x8 __attribute__((vector_size(32)));
    typedef double f64x8 __attribute__((vector_size(64)));
    f64x8 lanes[4] = {{0}};
    for (size_t i = 0; i < count; i += 8) {
        // Zeros behind the end add nothing: no lane is ever -0.
        f32x8 a8 = {0}, b8 = {0};
        if (i + 8 <= count) {
            memcpy(&a8, a + i, sizeof a8);
            memcpy(&b8, b + i, sizeof b8);
        } else {
            memcpy(&a8, a + i, (count - i) * sizeof *a);
            memcpy(&b8, b + i, (count - i) * sizeof *b);
        }
        const f64x8 x = __builtin_convertvector(a8, f64x8), y = __builtin_convertvector(b8, f64x8), d = x - y;
        lanes[0] += d * d;
        lanes[1] += x * x;
        lanes[2] += x * y;
        lanes[3] += y * y;
    }
    UNROLL for (size_t k = 0; k < 4; k++) {
        const f64x8 l = lanes[k];
        sums[k] += ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
    }
}
