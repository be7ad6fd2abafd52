// AVX2 with FMA and F16C: eight columns at a time.
#if defined(__x86_64__)
#include "kernels.h"

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c,bmi,bmi2,popcnt")
#endif

#define LANES 8
#include "vector.h"

EMB_INLINE i32v first_lanes(size_t n) {
    static const int32_t lanes[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return (i32v)load_f32(lanes + LANES - n);
}

EMB_INLINE f32v fma_v(f32v a, f32v b, f32v c) { return _mm256_fmadd_ps(a, b, c); }

EMB_INLINE f32q fma_q(f32q a, f32q b, f32q c) { return _mm_fmadd_ps(a, b, c); }
EMB_INLINE f32v sqrt_v(f32v v) { return _mm256_sqrt_ps(v); }

EMB_INLINE f32v keep_first(f32v v, size_t n) { return (f32v)(first_lanes(n) & (i32v)v); }

EMB_INLINE void store_first(float *p, f32v v, size_t n) { _mm256_maskstore_ps(p, (__m256i)first_lanes(n), v); }

EMB_INLINE emb_head load_f16_pair(const uint8_t *p) {
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    const __m128 floats = _mm_cvtph_ps(_mm_cvtsi32_si128(pair));
    return (emb_head){floats[0], floats[1]};
}

EMB_INLINE f32v load_f16(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }

EMB_INLINE f32v widen_f16(u16v halves) { return _mm256_cvtph_ps((__m128i)halves); }

EMB_INLINE void store_f16(uint8_t *p, f32v v) {
    _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}

EMB_INLINE f32v load_int4(const uint8_t *p) {
    const u32v shifts = {28, 24, 20, 16, 12, 8, 4, 0};
    int32_t codes;
    memcpy(&codes, p, sizeof codes);
    const __m256i topmost = _mm256_sllv_epi32(_mm256_set1_epi32(codes), (__m256i)shifts);
    return _mm256_cvtepi32_ps(_mm256_srai_epi32(topmost, 28)); // brings the sign along
}

EMB_INLINE f32v load_int2(const uint8_t *p) {
    const u32v shifts = {0, 2, 4, 6, 8, 10, 12, 14};
    const f32v table = {0, 1, -2, -1, 0, 1, -2, -1};
    const __m256i codes = _mm256_set1_epi16((int16_t)emb_load_u16(p));
    // The permutation looks at the three low bits of an index only.
    return _mm256_permutevar8x32_ps(table, _mm256_srlv_epi32(codes, (__m256i)shifts));
}

EMB_INLINE f32v load_rbe(size_t bits, const uint8_t *p) {
    if (bits > 3) return load_bit_string(bits, p);
    // The permutation looks at the three low bits of an index only.
    static const float tables[3][8] = {{-1, 1, -1, 1, -1, 1, -1, 1},
                                       {-1.5f, -0.5f, 0.5f, 1.5f, -1.5f, -0.5f, 0.5f, 1.5f},
                                       {-1.75f, -1.25f, -0.75f, -0.25f, 0.25f, 0.75f, 1.25f, 1.75f}};
    const u32v shifts = (u32v){0, 1, 2, 3, 4, 5, 6, 7} * (uint32_t)bits;
    int32_t codes;
    memcpy(&codes, p, sizeof codes);
    return _mm256_permutevar8x32_ps(load_f32(tables[bits - 1]),
                                    _mm256_srlv_epi32(_mm256_set1_epi32(codes), (__m256i)shifts));
}

EMB_INLINE f32v to_columns(emb_element element, f32v v) { return (void)element, v; }
EMB_INLINE f32v from_columns(emb_element element, f32v v) { return (void)element, v; }

/// Adds the products of 16 codes with 16 of a query's, two to a lane.
EMB_INLINE i32v add_code_products(i32v sums, const uint8_t *codes, const int16_t *query) {
    const __m256i row = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)codes));
    return (i32v)_mm256_add_epi32((__m256i)sums, _mm256_madd_epi16(row, _mm256_loadu_si256((const __m256i *)query)));
}

#include "row_template.h"
#include "encode_template.h"
#include "transform_template.h"
#include "hash_template.h"
#include "coded_template.h"
#include "coded_tiles_template.h"
#include "codebook_template.h"
#include "scan_template.h"
#include "score_template.h"

/// Sums of four products of bytes, the first factor unsigned.
#define ADD_BYTES(codes, query)                                                                                        \
    (i32v) _mm256_madd_epi16(_mm256_maddubs_epi16((__m256i)(codes), (__m256i)(query)), _mm256_set1_epi16(1))
#include "grid_template.h"
#include "network_template.h"

#define LEVEL avx2
#define LEVEL_ID EMB_AVX2
#define NAMED_TABLE emb_avx2_kernels
#include "instances.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_avx2; // a translation unit may not be empty
#endif
