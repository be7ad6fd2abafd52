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

/// Sums of sixteen rows' own codes and of their squares, as they gather.
typedef struct row_sums {
    __m512i plain, squares;
} row_sums;

/// Four columns, of which `kept` count; `codes` are flipped.
EMB_INLINE void sum_codes(row_sums *sums, __m512i codes, size_t kept) {
    __m512i plain = flip_codes(codes), ones = _mm512_set1_epi8(1);
    if (kept < 4) plain = _mm512_and_si512(plain, emb_keep_bytes(kept));
    sums->plain = _mm512_dpbusd_epi32(sums->plain, ones, plain);
    sums->squares = _mm512_dpbusd_epi32(sums->squares, codes, plain); // c * (c + 128)
}

EMB_INLINE void store_row_sums(row_sums sums, emb_row_sums *to) {
    _mm512_storeu_si512(to->plain, sums.plain);
    _mm512_storeu_si512(to->squares, _mm512_sub_epi32(sums.squares, _mm512_slli_epi32(sums.plain, 7)));
}

/// Sixteen columns, of which `left` count.
EMB_INLINE void multiply_columns(bool summed, size_t left, const uint8_t *run, size_t stride, size_t j, const int8_t *high,
                                 const int8_t *low, __m512i acc[2], row_sums own[2]) {
    const uint8_t *rows[EMB_SCORE_ROWS];
    __m512i words[4];
    emb_follow_run(run, stride, rows);
    emb_lay_side_by_side(rows, j, words);
    UNROLL for (size_t g = 0; g < 4; g++) {
        if (4 * g >= left) continue;
        const __m512i row = flip_codes(words[g]);
        acc[0] = _mm512_dpbusd_epi32(acc[0], row, emb_spread_four(high + j + 4 * g));
        acc[1] = _mm512_dpbusd_epi32(acc[1], row, emb_spread_four(low + j + 4 * g));
        if (summed) sum_codes(&own[g % 2], row, left - 4 * g);
    }
}

/// A single query and rows one after the other, `run` the codes of the first. It has to be short: what takes time is that a
/// processor does not look far beyond sixteen rows.
EMB_INLINE void multiply_one(bool summed, const uint8_t *run, size_t stride, const int8_t *high, const int8_t *low, size_t dim,
                             int32_t sums[EMB_SCORE_ROWS], emb_row_sums *own) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i acc[2] = {zero, zero};
    row_sums rows[2] = {{zero, zero}, {zero, zero}};
    size_t j = 0;
    for (; j + 16 <= dim; j += 16) multiply_columns(summed, 16, run, stride, j, high, low, acc, rows);
    if (j < dim) multiply_columns(summed, dim - j, run, stride, j, high, low, acc, rows);
    _mm512_storeu_si512(sums, _mm512_add_epi32(_mm512_slli_epi32(acc[0], 8), acc[1]));
    rows[0].plain = _mm512_add_epi32(rows[0].plain, rows[1].plain);
    rows[0].squares = _mm512_add_epi32(rows[0].squares, rows[1].squares);
    if (summed) store_row_sums(rows[0], own);
}

/// `n` queries, which share the loads of a block of 64 columns.
EMB_INLINE void multiply_block(size_t n, const __m512i block[16], const int8_t *high, const int8_t *low, size_t stride,
                               __m512i (*sums)[2]) {
    __m512i acc[4][2];
    UNROLL for (size_t q = 0; q < n; q++) acc[q][0] = sums[q][0], acc[q][1] = sums[q][1];
    for (size_t g = 0; g < 16; g++)
        UNROLL for (size_t q = 0; q < n; q++) {
            acc[q][0] = _mm512_dpbusd_epi32(acc[q][0], block[g], emb_spread_four(high + q * stride + 4 * g));
            acc[q][1] = _mm512_dpbusd_epi32(acc[q][1], block[g], emb_spread_four(low + q * stride + 4 * g));
        }
    UNROLL for (size_t q = 0; q < n; q++) sums[q][0] = acc[q][0], sums[q][1] = acc[q][1];
}

static void multiply_many(const emb_sixteen *sixteen, const int8_t *high, const int8_t *low, size_t stride, size_t count,
                          size_t dim, int32_t (*sums)[EMB_SCORE_ROWS], emb_row_sums *own) {
    __m512i parts[EMB_SCORE_QUERIES][2], block[16];
    row_sums rows = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    memset(parts, 0, count * sizeof *parts);
    for (size_t j = 0; j < dim; j += 64, high += 64, low += 64) {
        for (size_t g = 0; g < 16; g += 4) emb_lay_side_by_side(sixteen->rows, sixteen->head_bytes + j + 4 * g, block + g);
        for (size_t g = 0; g < 16; g++) block[g] = flip_codes(block[g]);
        for (size_t g = 0; own && g < 16 && j + 4 * g < dim; g++) sum_codes(&rows, block[g], dim - j - 4 * g);
        size_t q = 0;
        for (; q + 4 <= count; q += 4) multiply_block(4, block, high + q * stride, low + q * stride, stride, parts + q);
        for (; q < count; q++) multiply_block(1, block, high + q * stride, low + q * stride, stride, parts + q);
    }
    for (size_t q = 0; q < count; q++)
        _mm512_storeu_si512(sums[q], _mm512_add_epi32(_mm512_slli_epi32(parts[q][0], 8), parts[q][1]));
    if (own) store_row_sums(rows, own);
}

void emb_multiply_rows_vnni(const emb_sixteen *rows, const emb_queries *queries, size_t first, size_t count, size_t dim,
                            int32_t (*sums)[EMB_SCORE_ROWS], emb_row_sums *own) {
    const size_t stride = queries->stride;
    const int8_t *high = queries->high + first * stride, *low = queries->low + first * stride;
    const uint8_t *run = rows->run ? rows->run + rows->head_bytes : NULL;
    if (count > 1 || !run) multiply_many(rows, high, low, stride, count, dim, sums, own);
    else if (own) multiply_one(true, run, rows->stride, high, low, dim, sums[0], own);
    else multiply_one(false, run, rows->stride, high, low, dim, sums[0], NULL);
    for (size_t q = 0; q < count; q++) {
        const __m512i flipped = _mm512_set1_epi32((int32_t)((uint32_t)queries->code_sums[first + q] << 7));
        _mm512_storeu_si512(sums[q], _mm512_sub_epi32(_mm512_loadu_si512(sums[q]), flipped));
    }
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_vnni; // a translation unit may not be empty
#endif
