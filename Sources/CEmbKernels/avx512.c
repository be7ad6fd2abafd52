// AVX-512 (F, BW, DQ, VL): sixteen columns at a time. Masks take the partial vectors.
#if defined(__x86_64__)
#include "kernels.h"
#include "scores.h"

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,popcnt"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,popcnt")
#endif

#define LANES 16
#include "vector.h"

EMB_INLINE __mmask16 first_lanes(size_t n) { return (__mmask16)((1u << n) - 1); }

EMB_INLINE f32v fma_v(f32v a, f32v b, f32v c) { return _mm512_fmadd_ps(a, b, c); }

EMB_INLINE f32q fma_q(f32q a, f32q b, f32q c) { return _mm_fmadd_ps(a, b, c); }
EMB_INLINE f32v sqrt_v(f32v v) { return _mm512_sqrt_ps(v); }

EMB_INLINE f32v keep_first(f32v v, size_t n) { return _mm512_maskz_mov_ps(first_lanes(n), v); }

EMB_INLINE void store_first(float *p, f32v v, size_t n) { _mm512_mask_storeu_ps(p, first_lanes(n), v); }

EMB_INLINE emb_head load_f16_pair(const uint8_t *p) {
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    const __m128 floats = _mm_cvtph_ps(_mm_cvtsi32_si128(pair));
    return (emb_head){floats[0], floats[1]};
}

EMB_INLINE f32v load_f16(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }

EMB_INLINE f32v widen_f16(u16v halves) { return _mm512_cvtph_ps((__m256i)halves); }

EMB_INLINE void store_f16(uint8_t *p, f32v v) {
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/// Lane j becomes table[codes >> shifts[j] & 15]: the permutation looks at no other bits of its index, and saves a
/// mask and a conversion.
EMB_INLINE f32v look_up(__m512i codes, u32v shifts, f32v table) {
    return _mm512_permutexvar_ps(_mm512_srlv_epi32(codes, (__m512i)shifts), table);
}

/// Broadcasting eight bytes costs nothing but a load, and leaves codes 0 ... 7 to the even lanes and 8 ... 15 to the
/// odd ones. They are put in order once per bag instead of once per row.
EMB_INLINE f32v load_int4(const uint8_t *p) {
    const u32v shifts = {0, 0, 4, 4, 8, 8, 12, 12, 16, 16, 20, 20, 24, 24, 28, 28};
    const f32v table = {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1};
    int64_t codes;
    memcpy(&codes, p, sizeof codes);
    return look_up(_mm512_set1_epi64(codes), shifts, table);
}

EMB_INLINE f32v load_int2(const uint8_t *p) {
    const u32v shifts = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
    const f32v table = {0, 1, -2, -1, 0, 1, -2, -1, 0, 1, -2, -1, 0, 1, -2, -1};
    int32_t codes;
    memcpy(&codes, p, sizeof codes);
    return look_up(_mm512_set1_epi32(codes), shifts, table);
}

EMB_INLINE f32v load_rbe(size_t bits, const uint8_t *p) {
    if (bits > 4) return load_bit_string(bits, p);
    static const float tables[4][16] = {
        {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1},
        {-1.5f, -0.5f, 0.5f, 1.5f, -1.5f, -0.5f, 0.5f, 1.5f, -1.5f, -0.5f, 0.5f, 1.5f, -1.5f, -0.5f, 0.5f, 1.5f},
        {-1.75f, -1.25f, -0.75f, -0.25f, 0.25f, 0.75f, 1.25f, 1.75f,
         -1.75f, -1.25f, -0.75f, -0.25f, 0.25f, 0.75f, 1.25f, 1.75f},
        {-1.875f, -1.625f, -1.375f, -1.125f, -0.875f, -0.625f, -0.375f, -0.125f,
         0.125f, 0.375f, 0.625f, 0.875f, 1.125f, 1.375f, 1.625f, 1.875f},
    };
    const u32v shifts = (u32v){0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7} * (uint32_t)bits;
    int32_t low, high; // eight codes in each
    memcpy(&low, p, sizeof low);
    memcpy(&high, p + bits, sizeof high);
    return look_up(_mm512_mask_set1_epi32(_mm512_set1_epi32(low), 0xff00, high), shifts, load_f32(tables[bits - 1]));
}

EMB_INLINE f32v to_columns(emb_element element, f32v v) {
    if (element != EMB_INT4) return v;
    return __builtin_shufflevector(v, v, 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
}

EMB_INLINE f32v from_columns(emb_element element, f32v v) {
    if (element != EMB_INT4) return v;
    return __builtin_shufflevector(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

/// Adds the products of 32 codes with 32 of a query's, two to a lane.
EMB_INLINE i32v add_code_products(i32v sums, const uint8_t *codes, const int16_t *query) {
    const __m512i row = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)codes));
    return (i32v)_mm512_add_epi32((__m512i)sums, _mm512_madd_epi16(row, _mm512_loadu_si512(query)));
}

#define LOAD_WORDS
/// Four bytes of each of sixteen rows: masked loads, in four chains. Words that were stored one by one could not be loaded as a
/// vector before they have left the store queue.
EMB_INLINE void load_words(const emb_sixteen *rows, size_t offset, u32v words[1]) {
    __m512i some[4];
    UNROLL for (size_t r = 0; r < 16; r++) {
        int32_t word;
        memcpy(&word, rows->rows[r] + offset, sizeof word);
        const __m512i before = r % 4 ? some[r / 4] : _mm512_setzero_si512();
        some[r / 4] = _mm512_mask_set1_epi32(before, (__mmask16)(1u << r), word);
    }
    words[0] = (u32v)_mm512_or_si512(_mm512_or_si512(some[0], some[1]), _mm512_or_si512(some[2], some[3]));
}

#define CHOOSE_MULTIPLY (emb_has_vnni() ? emb_multiply_rows_vnni : multiply_by_groups)

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
    (i32v) _mm512_madd_epi16(_mm512_maddubs_epi16((__m512i)(codes), (__m512i)(query)), _mm512_set1_epi16(1))
#define CHOOSE_MULTIPLY_GRID (emb_has_vnni() ? emb_multiply_grid_vnni : multiply_grid)
#define CHOOSE_MULTIPLY_RUN (emb_has_vbmi() ? emb_multiply_run_vbmi : NULL)
#include "grid_template.h"
#include "network_template.h"

#define LEVEL avx512
#define LEVEL_ID EMB_AVX512
#define NAMED_TABLE emb_avx512_kernels
#include "instances.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int emb_no_avx512; // a translation unit may not be empty
#endif
