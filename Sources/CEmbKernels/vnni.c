// Products of int8 codes with a query's 16-bit ones by AVX-512 VNNI: four bytes at a time, high and low halves of the query
// apart. A part of the avx512 level, chosen where the processor has it.
#if defined(__x86_64__)
#include "scores.h"

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")
#endif

/// Four vectors of partial sums to one: each still spread over the four lanes of its row in every 128 bits.
EMB_INLINE __m512i fold_four(const __m512i sums[4]) {
    const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(sums[0], sums[1]), _mm512_unpackhi_epi32(sums[0], sums[1]));
    const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(sums[2], sums[3]), _mm512_unpackhi_epi32(sums[2], sums[3]));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
}

/// Lanes of four rows: the sums of products, each still spread over the four lanes of its row in every 128 bits.
EMB_INLINE __m512i multiply_four(const uint8_t *const codes[4], const int8_t *high, const int8_t *low, size_t dim) {
    const __m512i flip = _mm512_set1_epi8((char)0x80); // codes + 128: one factor must be unsigned
    __m512i highs[4], lows[4];
    for (size_t r = 0; r < 4; r++) highs[r] = lows[r] = _mm512_setzero_si512();
    for (size_t j = 0; j < dim; j += 64) {
        const __m512i h = _mm512_loadu_si512(high + j), l = _mm512_loadu_si512(low + j);
        for (size_t r = 0; r < 4; r++) {
            const __m512i row = _mm512_xor_si512(_mm512_loadu_si512(codes[r] + j), flip);
            highs[r] = _mm512_dpbusd_epi32(highs[r], row, h);
            lows[r] = _mm512_dpbusd_epi32(lows[r], row, l);
        }
    }
    __m512i sums[4];
    for (size_t r = 0; r < 4; r++) sums[r] = _mm512_add_epi32(_mm512_slli_epi32(highs[r], 8), lows[r]);
    return fold_four(sums);
}

EMB_INLINE __m512i fold_lanes(__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
}

void emb_multiply_rows_vnni(const uint8_t *const codes[EMB_SCORE_ROWS], const emb_queries *queries, size_t q, size_t dim,
                            int32_t sums[EMB_SCORE_ROWS]) {
    const int8_t *high = queries->high + q * queries->stride, *low = queries->low + q * queries->stride;
    __m512i fours[4];
    for (size_t r = 0; r < 4; r++) fours[r] = multiply_four(codes + 4 * r, high, low, dim);
    const __m512i products = fold_lanes(fold_lanes(fours[0], fours[1]), fold_lanes(fours[2], fours[3]));
    const __m512i flipped = _mm512_set1_epi32((int32_t)((uint32_t)queries->code_sums[q] << 7));
    _mm512_storeu_si512(sums, _mm512_sub_epi32(products, flipped));
}

void emb_multiply_wide_vnni(const int16_t *wide, size_t stride, const int16_t *query, int32_t sums[EMB_SCORE_ROWS]) {
    __m512i fours[4];
    for (size_t four = 0; four < 4; four++) {
        const int16_t *rows = wide + 4 * four * stride;
        __m512i partial[4];
        for (size_t r = 0; r < 4; r++) partial[r] = _mm512_setzero_si512();
        for (size_t j = 0; j < stride; j += 32) {
            const __m512i q = _mm512_loadu_si512(query + j);
            for (size_t r = 0; r < 4; r++)
                partial[r] = _mm512_dpwssd_epi32(partial[r], q, _mm512_loadu_si512(rows + r * stride + j));
        }
        fours[four] = fold_four(partial);
    }
    _mm512_storeu_si512(sums, fold_lanes(fold_lanes(fours[0], fours[1]), fold_lanes(fours[2], fours[3])));
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_vnni; // a translation unit may not be empty
#endif
