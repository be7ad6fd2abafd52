// Products of unpacked codes with queries by AVX-512 VNNI: sixteen rows by four bytes of a query in one instruction. A part of the
// avx512 level, chosen where the processor has it.
#if defined(__x86_64__)
#include "grid.h"

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")
#endif

#include "vnni.h"

/// `n` queries, which share the loads of a block.
EMB_INLINE void multiply_queries(size_t n, const uint8_t (*block)[EMB_GRID_ROWS][4], size_t groups, const int8_t *queries,
                                 size_t stride, int32_t (*sums)[EMB_GRID_ROWS]) {
    __m512i acc[8];
    UNROLL for (size_t q = 0; q < n; q++) acc[q] = _mm512_loadu_si512(sums[q]);
    for (size_t g = 0; g < groups; g++) {
        const __m512i codes = _mm512_loadu_si512(block[g]);
        UNROLL for (size_t q = 0; q < n; q++) {
            int32_t four;
            memcpy(&four, queries + q * stride + 4 * g, sizeof four);
            acc[q] = _mm512_dpbusd_epi32(acc[q], codes, _mm512_set1_epi32(four));
        }
    }
    UNROLL for (size_t q = 0; q < n; q++) _mm512_storeu_si512(sums[q], acc[q]);
}

void emb_multiply_grid_vnni(const uint8_t (*block)[EMB_GRID_ROWS][4], size_t groups, const int8_t *queries, size_t stride,
                            size_t count, bool eight_bits, int32_t (*sums)[EMB_GRID_ROWS]) {
    (void)eight_bits; // sums of four products do not saturate here
    size_t q = 0;
    for (; q + 8 <= count; q += 8) multiply_queries(8, block, groups, queries + q * stride, stride, sums + q);
    for (; q < count; q++) multiply_queries(1, block, groups, queries + q * stride, stride, sums + q);
}

#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push(                                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512vbmi2,avx2,fma,f16c"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512vbmi2,avx2,fma,f16c")
#endif

/// Codes 4g and up of sixteen rows as bytes, out of 32 bits of their strings a word. With eight bits they stand there.
EMB_INLINE __m512i codes_of(size_t bits, const __m512i *words, size_t g) {
    const size_t begin = 4 * g * bits, word = begin / 32;
    size_t shift = begin % 32;
    __m512i x = words[word];
    if (bits == 8) return x;
    if (shift + 4 * bits > 32) {
        x = _mm512_shrdv_epi32(x, words[word + 1], _mm512_set1_epi32((int32_t)shift));
        shift = 0;
    }
    // The bits of a word's bytes begin here, in each half of 64.
    uint64_t places = 0;
    UNROLL for (size_t i = 0; i < 8; i++) places |= (uint64_t)(shift + i % 4 * bits + i / 4 * 32) << 8 * i;
    return _mm512_and_si512(_mm512_multishift_epi64_epi8(_mm512_set1_epi64((int64_t)places), x),
                            _mm512_set1_epi8((char)((1u << bits) - 1)));
}

/// 64 codes, or the `left` that there are, of sixteen rows.
EMB_INLINE void lay_codes(size_t bits, size_t left, const uint8_t *run, size_t row_stride, size_t offset, __m512i block[16]) {
    const uint8_t *rows[EMB_GRID_ROWS];
    __m512i words[16];
    emb_follow_run(run, row_stride, rows);
    UNROLL for (size_t w = 0; w < 2 * bits; w += 4)
        if (32 * w < left * bits) emb_lay_side_by_side(rows, offset + 4 * w, words + w);
        else words[w] = words[w + 1] = words[w + 2] = words[w + 3] = _mm512_setzero_si512();
    UNROLL for (size_t g = 0; g < 16; g++) block[g] = codes_of(bits, words, g);
}

/// Adds k * (k + 1 - 2^bits) of four codes k to each lane: a quarter of the odd code's square, but for a constant.
EMB_INLINE __m512i add_squares(size_t bits, __m512i sum, __m512i codes) {
    if (bits < 8) return _mm512_dpbusd_epi32(sum, codes, _mm512_add_epi8(codes, _mm512_set1_epi8((char)(1 - (1 << bits)))));
    sum = _mm512_dpbusd_epi32(sum, codes, _mm512_xor_si512(codes, _mm512_set1_epi8((char)0x80))); // k * (k - 128)
    return _mm512_dpbusd_epi32(sum, codes, _mm512_set1_epi8(-127));
}

/// 64 columns, of which `left` count, and one query.
EMB_INLINE void multiply_columns(size_t bits, bool squared, size_t left, const uint8_t *run, size_t row_stride,
                                 size_t offset, const int8_t *query, __m512i sums[2], __m512i squares[2]) {
    __m512i block[16];
    lay_codes(bits, left, run, row_stride, offset, block);
    UNROLL for (size_t g = 0; g < 16; g++) {
        if (4 * g >= left) continue;
        sums[g % 2] = _mm512_dpbusd_epi32(sums[g % 2], block[g], emb_spread_four(query + 4 * g));
        if (left - 4 * g < 4) block[g] = _mm512_and_si512(block[g], emb_keep_bytes(left - 4 * g));
        if (squared) squares[g % 2] = add_squares(bits, squares[g % 2], block[g]);
    }
}

EMB_INLINE void multiply_one(size_t bits, bool squared, const uint8_t *run, size_t row_stride, size_t dim, const int8_t *query,
                             int32_t sums[EMB_GRID_ROWS], uint32_t squares[EMB_GRID_ROWS]) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i products[2] = {zero, zero}, own[2] = {zero, zero};
    size_t j = 0;
    for (; j + 64 <= dim; j += 64) multiply_columns(bits, squared, 64, run, row_stride, j / 8 * bits, query + j, products, own);
    if (j < dim) multiply_columns(bits, squared, dim - j, run, row_stride, j / 8 * bits, query + j, products, own);
    _mm512_storeu_si512(sums, _mm512_add_epi32(products[0], products[1]));
    if (!squared) return;
    const uint32_t least = (1u << bits) - 1;
    _mm512_storeu_si512(squares, _mm512_add_epi32(_mm512_slli_epi32(_mm512_add_epi32(own[0], own[1]), 2),
                                                  _mm512_set1_epi32((int32_t)((uint32_t)dim * least * least))));
}

void emb_multiply_run_vbmi(size_t bits, const uint8_t *run, size_t row_stride, size_t dim, const int8_t *query,
                           int32_t sums[EMB_GRID_ROWS], uint32_t squares[EMB_GRID_ROWS]) {
    switch (bits + (squares ? 8 : 0)) {
#define BITS(b)                                                                                                        \
    case b: multiply_one(b, false, run, row_stride, dim, query, sums, NULL); break;                                    \
    case b + 8: multiply_one(b, true, run, row_stride, dim, query, sums, squares); break;
        BITS(1)
        BITS(2)
        BITS(3)
        BITS(4)
        BITS(5)
        BITS(6)
        BITS(7)
        BITS(8)
#undef BITS
    }
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_grid_vnni; // a translation unit may not be empty
#endif
