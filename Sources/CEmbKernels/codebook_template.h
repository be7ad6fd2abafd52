// Searching codebooks, and affine maps: several values share each load of codewords or matrix.

/// Values and vectors of codewords (of columns) worked on together: as many as there are registers for.
#if LANES == 16
#define VALUES 4
#else
#define VALUES 2
#endif
#define VECTORS 4

/// Scores of `values` values with codewords k ..< k + VECTORS * LANES, of which `vectors` vectors exist.
EMB_INLINE void score_tile(size_t values, size_t vectors, const emb_codebook *book, const float *value, size_t stride,
                           size_t k, f32v s[VALUES][VECTORS]) {
    UNROLL for (size_t v = 0; v < vectors; v++) {
        const f32v norms = load_f32(book->half_norms + k + v * LANES);
        UNROLL for (size_t r = 0; r < values; r++) s[r][v] = norms;
    }
    const float *column = book->transposed + k;
    for (size_t t = 0; t < book->width; t++, column += book->codewords) {
        f32v c[VECTORS];
        UNROLL for (size_t v = 0; v < vectors; v++) c[v] = load_f32(column + v * LANES);
        const float centre = book->centre ? book->centre[t] : 0; // x - 0 is x, but for -0, whose products are as good
        UNROLL for (size_t r = 0; r < values; r++) {
            const f32v z = splat(-(value[r * stride + t] - centre));
            UNROLL for (size_t v = 0; v < vectors; v++) s[r][v] = fma_v(z, c[v], s[r][v]);
        }
    }
}

typedef struct nearest_so_far {
    f32v least;
    i32v code;
} nearest_so_far;

/// The least of the lanes, of equal ones that of the lowest code.
EMB_INLINE nearest_so_far least_lane(nearest_so_far n) {
    UNROLL for (size_t h = 1; h < LANES; h *= 2) {
        const f32v least = partner(n.least, h);
        const i32v code = (i32v)partner((f32v)n.code, h);
        const i32v better = (i32v)(least < n.least) | ((i32v)(least == n.least) & (i32v)(code < n.code));
        n.least = select_v(better, least, n.least);
        n.code = (i32v)select_v(better, (f32v)code, (f32v)n.code);
    }
    return n;
}

EMB_INLINE void nearest_of(size_t values, const emb_codebook *book, const float *value, size_t stride, uint8_t *codes,
                           size_t code_stride, float *least) {
    i32v lanes;
    UNROLL for (size_t l = 0; l < LANES; l++) lanes[l] = (int32_t)l;
    nearest_so_far nearest[VALUES];
    UNROLL for (size_t r = 0; r < values; r++) nearest[r] = (nearest_so_far){splat(__builtin_inff()), (i32v){0}};
    f32v s[VALUES][VECTORS];
    size_t k = 0;
#define NEARER(vectors)                                                                                                \
    {                                                                                                                  \
        score_tile(values, vectors, book, value, stride, k, s);                                                        \
        UNROLL for (size_t v = 0; v < (vectors); v++) {                                                                \
            const i32v code = lanes + (int32_t)(k + v * LANES);                                                        \
            UNROLL for (size_t r = 0; r < values; r++) {                                                               \
                const i32v nearer = s[r][v] < nearest[r].least;                                                        \
                nearest[r].least = select_v(nearer, s[r][v], nearest[r].least);                                        \
                nearest[r].code = (i32v)select_v(nearer, (f32v)code, (f32v)nearest[r].code);                           \
            }                                                                                                          \
        }                                                                                                              \
        k += (vectors) * LANES;                                                                                        \
    }
    while (k + VECTORS * LANES <= book->codewords) NEARER(VECTORS)
    while (k < book->codewords) NEARER(1)
#undef NEARER
    UNROLL for (size_t r = 0; r < values; r++) {
        const nearest_so_far found = least_lane(nearest[r]);
        codes[r * code_stride] = (uint8_t)found.code[0];
        if (least) least[r] = found.least[0];
    }
}

/// Codebooks so small, of codewords so narrow, meet a vector of values: finding the least lane for each would cost more than all
/// scores.
#define SMALL_BOOK 32
#define NARROW_CODEWORD 16

EMB_INLINE void nearest_side_by_side(size_t width, const emb_codebook *book, const float *values, size_t stride,
                                     uint8_t *codes, size_t code_stride, float *least) {
    f32v z[NARROW_CODEWORD];
    for (size_t t = 0; t < width; t++) {
        float column[LANES];
        for (size_t l = 0; l < LANES; l++) column[l] = values[l * stride + t];
        z[t] = -(load_f32(column) - splat(book->centre ? book->centre[t] : 0));
    }
    nearest_so_far nearest = {splat(__builtin_inff()), (i32v){0}};
    for (size_t k = 0; k < book->codewords; k++) {
        f32v s = splat(book->half_norms[k]);
        for (size_t t = 0; t < width; t++) s = fma_v(z[t], splat(book->transposed[t * book->codewords + k]), s);
        const i32v nearer = s < nearest.least;
        nearest.least = select_v(nearer, s, nearest.least);
        nearest.code = (nearer & (int32_t)k) | (~nearer & nearest.code);
    }
    for (size_t l = 0; l < LANES; l++) codes[l * code_stride] = (uint8_t)nearest.code[l];
    if (least) store_f32(least, nearest.least);
}

EMB_INLINE void nearest_codewords(const emb_codebook *book, const float *values, size_t count, size_t stride,
                                  uint8_t *codes, size_t code_stride, float *least) {
    size_t i = 0;
    for (; book->codewords <= SMALL_BOOK && book->width <= NARROW_CODEWORD && i + LANES <= count; i += LANES) {
#define WIDTH(n)                                                                                                       \
    case n:                                                                                                            \
        nearest_side_by_side(n, book, values + i * stride, stride, codes + i * code_stride, code_stride,               \
                             least ? least + i : NULL);                                                                \
        break;
        switch (book->width) {
            WIDTH(1)
            WIDTH(2)
            WIDTH(4)
            WIDTH(8)
        default:
            nearest_side_by_side(book->width, book, values + i * stride, stride, codes + i * code_stride, code_stride,
                                 least ? least + i : NULL);
        }
#undef WIDTH
    }
    for (; i + VALUES <= count; i += VALUES)
        nearest_of(VALUES, book, values + i * stride, stride, codes + i * code_stride, code_stride,
                   least ? least + i : NULL);
    for (; i < count; i++)
        nearest_of(1, book, values + i * stride, stride, codes + i * code_stride, code_stride, least ? least + i : NULL);
}

EMB_INLINE void scores_of(size_t values, const emb_codebook *book, const float *value, size_t stride, float *scores) {
    f32v s[VALUES][VECTORS];
    size_t k = 0;
#define STORED(vectors)                                                                                                \
    {                                                                                                                  \
        score_tile(values, vectors, book, value, stride, k, s);                                                        \
        UNROLL for (size_t r = 0; r < values; r++)                                                                     \
            UNROLL for (size_t v = 0; v < (vectors); v++)                                                              \
                store_f32(scores + r * book->codewords + k + v * LANES, s[r][v]);                                      \
        k += (vectors) * LANES;                                                                                        \
    }
    while (k + VECTORS * LANES <= book->codewords) STORED(VECTORS)
    while (k < book->codewords) STORED(1)
#undef STORED
}

EMB_INLINE void score_codewords(const emb_codebook *book, const float *values, size_t count, size_t stride,
                                float *scores) {
    size_t i = 0;
    for (; i + VALUES <= count; i += VALUES)
        scores_of(VALUES, book, values + i * stride, stride, scores + i * book->codewords);
    for (; i < count; i++) scores_of(1, book, values + i * stride, stride, scores + i * book->codewords);
}

/// Columns j ..< j + vectors * LANES of `rows` rows, the last vector `last` wide.
EMB_INLINE void affine_tile(size_t rows, size_t vectors, const float *matrix, const float *constant,
                            const float *factors, const float *in, size_t inputs, size_t width, size_t j, size_t last,
                            float *out) {
    f32v x[VALUES][VECTORS];
    UNROLL for (size_t v = 0; v < vectors; v++) {
        const bool whole = v + 1 < vectors || last == LANES;
        f32v c = splat(0);
        if (constant) c = whole ? load_f32(constant + j + v * LANES) : load_exactly(constant + j + v * LANES, last, 0);
        UNROLL for (size_t r = 0; r < rows; r++) x[r][v] = constant && factors ? splat(factors[r]) * c : c;
    }
    for (size_t i = 0; i < inputs; i++) {
        const float *row = matrix + i * width + j;
        f32v a[VECTORS];
        UNROLL for (size_t v = 0; v < vectors; v++)
            a[v] = v + 1 < vectors || last == LANES ? load_f32(row + v * LANES) : load_exactly(row + v * LANES, last, 0);
        UNROLL for (size_t r = 0; r < rows; r++) {
            const f32v y = splat(in[r * inputs + i]);
            UNROLL for (size_t v = 0; v < vectors; v++) x[r][v] = fma_v(y, a[v], x[r][v]);
        }
    }
    UNROLL for (size_t r = 0; r < rows; r++) {
        UNROLL for (size_t v = 0; v + 1 < vectors; v++) store_f32(out + r * width + j + v * LANES, x[r][v]);
        store_first(out + r * width + j + (vectors - 1) * LANES, x[r][vectors - 1], last);
    }
}

EMB_INLINE void affine_rows(size_t rows, const float *matrix, const float *constant, const float *factors,
                            const float *in, size_t inputs, size_t width, float *out) {
    size_t j = 0;
    for (; j + VECTORS * LANES <= width; j += VECTORS * LANES)
        affine_tile(rows, VECTORS, matrix, constant, factors, in, inputs, width, j, LANES, out);
    for (; j < width; j += LANES)
        affine_tile(rows, 1, matrix, constant, factors, in, inputs, width, j, width - j < LANES ? width - j : LANES, out);
}

EMB_INLINE void affine(const float *matrix, const float *constant, const float *factors, const float *in, size_t count,
                       size_t inputs, size_t width, float *out) {
    size_t r = 0;
    for (; r + VALUES <= count; r += VALUES)
        affine_rows(VALUES, matrix, constant, factors ? factors + r : NULL, in + r * inputs, inputs, width,
                    out + r * width);
    for (; r < count; r++)
        affine_rows(1, matrix, constant, factors ? factors + r : NULL, in + r * inputs, inputs, width, out + r * width);
}
