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
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_grid_vnni; // a translation unit may not be empty
#endif
