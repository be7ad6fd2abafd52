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
    for (size_t q = 0; q < n; q++) acc[q] = _mm512_loadu_si512(sums[q]);
    for (size_t g = 0; g < groups; g++) {
        const __m512i codes = _mm512_loadu_si512(block[g]);
        for (size_t q = 0; q < n; q++) {
            int32_t four;
            memcpy(&four, queries + q * stride + 4 * g, sizeof four);
            acc[q] = _mm512_dpbusd_epi32(acc[q], codes, _mm512_set1_epi32(four));
        }
    }
    for (size_t q = 0; q < n; q++) _mm512_storeu_si512(sums[q], acc[q]);
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
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx2,fma,f16c"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx2,fma,f16c")
#endif

typedef uint8_t emb_bytes __attribute__((vector_size(64)));

/// 64 codes of a bit string as bytes: each eight are brought into a word of their own, out of which a shift of each byte takes
/// them.
EMB_INLINE __m512i unpack_codes(size_t bits, const uint8_t *p, __m512i mask) {
    const emb_bytes place = {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
                             0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7};
    const emb_bytes eight = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3,
                             4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7};
    const __m512i bytes = _mm512_loadu_si512(p); // as the slack allows
    if (bits == 8) return _mm512_and_si512(bytes, mask);
    const __m512i words = _mm512_permutexvar_epi8((__m512i)(eight * (uint8_t)bits + place), bytes);
    return _mm512_and_si512(_mm512_multishift_epi64_epi8((__m512i)(place * (uint8_t)bits), words), mask);
}

/// Adds k * (k + 1 - 2^bits) of four codes k to each lane: a quarter of the odd code's square, but for a constant.
EMB_INLINE __m512i add_squares(size_t bits, __m512i sum, __m512i codes) {
    if (bits < 8) return _mm512_dpbusd_epi32(sum, codes, _mm512_add_epi8(codes, _mm512_set1_epi8((char)(1 - (1 << bits)))));
    sum = _mm512_dpbusd_epi32(sum, codes, _mm512_xor_si512(codes, _mm512_set1_epi8((char)0x80))); // k * (k - 128)
    return _mm512_dpbusd_epi32(sum, codes, _mm512_set1_epi8(-127));
}

/// Four rows and one query: sums over lanes, each still spread over the four lanes of its row in every 128 bits.
EMB_INLINE void multiply_four(size_t bits, bool squared, const uint8_t *const codes[4], const int8_t *query, size_t dim,
                              __m512i *product, __m512i *square) {
    __m512i products[4], squares[4];
    for (size_t r = 0; r < 4; r++) products[r] = squares[r] = _mm512_setzero_si512();
    for (size_t j = 0; j < dim; j += 64) {
        const __mmask64 kept = dim - j < 64 ? ((__mmask64)1 << (dim - j)) - 1 : ~(__mmask64)0;
        const __m512i q = _mm512_loadu_si512(query + j), mask = _mm512_maskz_set1_epi8(kept, (char)((1 << bits) - 1));
        for (size_t r = 0; r < 4; r++) {
            const __m512i k = unpack_codes(bits, codes[r] + j / 8 * bits, mask);
            products[r] = _mm512_dpbusd_epi32(products[r], k, q);
            if (squared) squares[r] = add_squares(bits, squares[r], k);
        }
    }
    *product = emb_fold_four(products);
    if (squared) *square = emb_fold_four(squares);
}

EMB_INLINE void multiply_sixteen(size_t bits, bool squared, const uint8_t *const codes[EMB_GRID_ROWS], const int8_t *query,
                                 size_t dim, int32_t sums[EMB_GRID_ROWS], uint32_t squares[EMB_GRID_ROWS]) {
    __m512i products[4], own[4];
    for (size_t four = 0; four < 4; four++)
        multiply_four(bits, squared, codes + 4 * four, query, dim, products + four, own + four);
    _mm512_storeu_si512(sums, emb_fold_fours(products));
    if (!squared) return;
    const uint32_t least = (1u << bits) - 1;
    _mm512_storeu_si512(squares, _mm512_add_epi32(_mm512_slli_epi32(emb_fold_fours(own), 2),
                                                  _mm512_set1_epi32((int32_t)((uint32_t)dim * least * least))));
}

void emb_multiply_few_vbmi(size_t bits, const uint8_t *const codes[EMB_GRID_ROWS], size_t dim, const int8_t *queries,
                           size_t stride, size_t count, int32_t (*sums)[EMB_GRID_ROWS], uint32_t squares[EMB_GRID_ROWS]) {
    for (size_t q = 0; q < count; q++, queries += stride) {
        const bool squared = squares && q == 0;
        switch (bits + (squared ? 8 : 0)) {
#define BITS(b)                                                                                                        \
    case b: multiply_sixteen(b, false, codes, queries, dim, sums[q], NULL); break;                                     \
    case b + 8: multiply_sixteen(b, true, codes, queries, dim, sums[q], squares); break;
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
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_grid_vnni; // a translation unit may not be empty
#endif
