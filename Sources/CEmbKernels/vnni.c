// Products of int8 codes with the 16-bit ones of queries by AVX-512 VNNI: four bytes at a time, high and low halves of a query
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

#include "vnni.h"

EMB_INLINE __m512i flip_codes(__m512i codes) { // codes + 128: one factor must be unsigned
    return _mm512_xor_si512(codes, _mm512_set1_epi8((char)0x80));
}

/// Sums of products of four rows, each still spread over the four lanes of its row in every 128 bits.
EMB_INLINE __m512i multiply_four(const uint8_t *const codes[4], const int8_t *high, const int8_t *low, size_t dim) {
    __m512i highs[4], lows[4];
    for (size_t r = 0; r < 4; r++) highs[r] = lows[r] = _mm512_setzero_si512();
    for (size_t j = 0; j < dim; j += 64) {
        const __m512i h = _mm512_loadu_si512(high + j), l = _mm512_loadu_si512(low + j);
        for (size_t r = 0; r < 4; r++) {
            const __m512i row = flip_codes(_mm512_loadu_si512(codes[r] + j));
            highs[r] = _mm512_dpbusd_epi32(highs[r], row, h);
            lows[r] = _mm512_dpbusd_epi32(lows[r], row, l);
        }
    }
    __m512i sums[4];
    for (size_t r = 0; r < 4; r++) sums[r] = _mm512_add_epi32(_mm512_slli_epi32(highs[r], 8), lows[r]);
    return emb_fold_four(sums);
}

static void multiply_one(const uint8_t *const codes[EMB_SCORE_ROWS], const int8_t *high, const int8_t *low, size_t dim,
                         int32_t sums[EMB_SCORE_ROWS]) {
    __m512i fours[4];
    for (size_t r = 0; r < 4; r++) fours[r] = multiply_four(codes + 4 * r, high, low, dim);
    _mm512_storeu_si512(sums, emb_fold_fours(fours));
}

/// Codes + 128 of 64 columns of sixteen rows, four of one row beside four of the next: a lane is a row, and nothing needs folding.
EMB_INLINE void lay_side_by_side(const uint8_t *const codes[EMB_SCORE_ROWS], size_t first, __m512i block[16]) {
    __m512i a[16], b[16];
    for (size_t r = 0; r < 16; r++) a[r] = flip_codes(_mm512_loadu_si512(codes[r] + first));
    for (size_t r = 0; r < 16; r += 4) { // 4 x 4 lanes in each 128 bits
        const __m512i x = _mm512_unpacklo_epi32(a[r], a[r + 1]), y = _mm512_unpackhi_epi32(a[r], a[r + 1]);
        const __m512i z = _mm512_unpacklo_epi32(a[r + 2], a[r + 3]), w = _mm512_unpackhi_epi32(a[r + 2], a[r + 3]);
        b[r] = _mm512_unpacklo_epi64(x, z), b[r + 1] = _mm512_unpackhi_epi64(x, z);
        b[r + 2] = _mm512_unpacklo_epi64(y, w), b[r + 3] = _mm512_unpackhi_epi64(y, w);
    }
    for (size_t g = 0; g < 4; g++) { // then the 128 bits themselves
        const __m512i x = _mm512_shuffle_i32x4(b[g], b[g + 4], 0x88), y = _mm512_shuffle_i32x4(b[g], b[g + 4], 0xdd);
        const __m512i z = _mm512_shuffle_i32x4(b[g + 8], b[g + 12], 0x88), w = _mm512_shuffle_i32x4(b[g + 8], b[g + 12], 0xdd);
        block[g] = _mm512_shuffle_i32x4(x, z, 0x88), block[g + 8] = _mm512_shuffle_i32x4(x, z, 0xdd);
        block[g + 4] = _mm512_shuffle_i32x4(y, w, 0x88), block[g + 12] = _mm512_shuffle_i32x4(y, w, 0xdd);
    }
}

/// `n` queries, which share the loads of a block of 64 columns.
EMB_INLINE void multiply_block(size_t n, const __m512i block[16], const int8_t *high, const int8_t *low, size_t stride,
                               __m512i (*sums)[2]) {
    __m512i acc[4][2];
    for (size_t q = 0; q < n; q++) acc[q][0] = sums[q][0], acc[q][1] = sums[q][1];
    for (size_t g = 0; g < 16; g++)
        for (size_t q = 0; q < n; q++) {
            int32_t h, l;
            memcpy(&h, high + q * stride + 4 * g, sizeof h);
            memcpy(&l, low + q * stride + 4 * g, sizeof l);
            acc[q][0] = _mm512_dpbusd_epi32(acc[q][0], block[g], _mm512_set1_epi32(h));
            acc[q][1] = _mm512_dpbusd_epi32(acc[q][1], block[g], _mm512_set1_epi32(l));
        }
    for (size_t q = 0; q < n; q++) sums[q][0] = acc[q][0], sums[q][1] = acc[q][1];
}

static void multiply_many(const uint8_t *const codes[EMB_SCORE_ROWS], const emb_queries *queries, size_t first, size_t count,
                          size_t dim, int32_t (*sums)[EMB_SCORE_ROWS]) {
    __m512i parts[EMB_SCORE_QUERIES][2], block[16];
    memset(parts, 0, count * sizeof *parts);
    for (size_t j = 0; j < dim; j += 64) {
        const int8_t *high = queries->high + first * queries->stride + j, *low = queries->low + first * queries->stride + j;
        lay_side_by_side(codes, j, block);
        size_t q = 0;
        for (; q + 4 <= count; q += 4)
            multiply_block(4, block, high + q * queries->stride, low + q * queries->stride, queries->stride, parts + q);
        for (; q < count; q++)
            multiply_block(1, block, high + q * queries->stride, low + q * queries->stride, queries->stride, parts + q);
    }
    for (size_t q = 0; q < count; q++)
        _mm512_storeu_si512(sums[q], _mm512_add_epi32(_mm512_slli_epi32(parts[q][0], 8), parts[q][1]));
}

void emb_multiply_rows_vnni(const uint8_t *const codes[EMB_SCORE_ROWS], const emb_queries *queries, size_t first,
                            size_t count, size_t dim, int32_t (*sums)[EMB_SCORE_ROWS]) {
    if (count >= 4) multiply_many(codes, queries, first, count, dim, sums);
    for (size_t q = 0; q < count; q++) {
        const size_t place = (first + q) * queries->stride;
        if (count < 4) multiply_one(codes, queries->high + place, queries->low + place, dim, sums[q]);
        const __m512i flipped = _mm512_set1_epi32((int32_t)((uint32_t)queries->code_sums[first + q] << 7));
        _mm512_storeu_si512(sums[q], _mm512_sub_epi32(_mm512_loadu_si512(sums[q]), flipped));
    }
}

void emb_sum_codes_vnni(const uint8_t *const codes[EMB_SCORE_ROWS], size_t dim, int32_t sums[EMB_SCORE_ROWS],
                        int32_t squares[EMB_SCORE_ROWS]) {
    __m512i plain[4], squared[4];
    for (size_t four = 0; four < 4; four++) {
        __m512i ones[4], own[4];
        for (size_t r = 0; r < 4; r++) ones[r] = own[r] = _mm512_setzero_si512();
        for (size_t j = 0; j < dim; j += 64) {
            const __mmask64 kept = dim - j < 64 ? ((__mmask64)1 << (dim - j)) - 1 : ~(__mmask64)0;
            for (size_t r = 0; r < 4; r++) {
                const __m512i c = _mm512_maskz_loadu_epi8(kept, codes[4 * four + r] + j), u = flip_codes(c);
                ones[r] = _mm512_dpbusd_epi32(ones[r], _mm512_set1_epi8(1), c);
                own[r] = _mm512_dpbusd_epi32(own[r], u, c); // c * (c + 128)
            }
        }
        plain[four] = emb_fold_four(ones), squared[four] = emb_fold_four(own);
    }
    const __m512i sum = emb_fold_fours(plain);
    _mm512_storeu_si512(sums, sum);
    _mm512_storeu_si512(squares, _mm512_sub_epi32(emb_fold_fours(squared), _mm512_slli_epi32(sum, 7)));
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_vnni; // a translation unit may not be empty
#endif
