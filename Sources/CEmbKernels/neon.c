// NEON: eight columns at a time, in pairs of registers.
#if defined(__aarch64__)
#include "kernels.h"

#include <arm_neon.h>

#define LANES 8
#include "vector.h"

EMB_INLINE float32x4_t low_half(f32v v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3); }
EMB_INLINE float32x4_t high_half(f32v v) { return __builtin_shufflevector(v, v, 4, 5, 6, 7); }
EMB_INLINE f32v join(float32x4_t low, float32x4_t high) {
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
}

EMB_INLINE f32v fma_v(f32v a, f32v b, f32v c) {
    return join(vfmaq_f32(low_half(c), low_half(a), low_half(b)), vfmaq_f32(high_half(c), high_half(a), high_half(b)));
}

EMB_INLINE f32q fma_q(f32q a, f32q b, f32q c) {
    return (f32q)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
EMB_INLINE f32v sqrt_v(f32v v) { return join(vsqrtq_f32(low_half(v)), vsqrtq_f32(high_half(v))); }

EMB_INLINE f32v keep_first(f32v v, size_t n) {
    static const int32_t lanes[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return (f32v)((i32v)load_f32(lanes + LANES - n) & (i32v)v);
}

EMB_INLINE void store_first(float *p, f32v v, size_t n) {
    if (n == LANES) store_f32(p, v);
    else memcpy(p, &v, n * sizeof *p);
}

EMB_INLINE emb_head load_f16_pair(const uint8_t *p) {
    uint32_t pair;
    memcpy(&pair, p, sizeof pair);
    const float32x4_t floats = vcvt_f32_f16(vreinterpret_f16_u32(vdup_n_u32(pair)));
    return (emb_head){floats[0], floats[1]};
}

EMB_INLINE f32v load_f16(const uint8_t *p) {
    const float16x8_t halves = vreinterpretq_f16_u8(vld1q_u8(p));
    return join(vcvt_f32_f16(vget_low_f16(halves)), vcvt_high_f32_f16(halves));
}

EMB_INLINE f32v widen_f16(u16v halves) {
    const float16x8_t v = vreinterpretq_f16_u16((uint16x8_t)halves);
    return join(vcvt_f32_f16(vget_low_f16(v)), vcvt_high_f32_f16(v));
}

EMB_INLINE void store_f16(uint8_t *p, f32v v) {
    vst1q_u8(p, vreinterpretq_u8_f16(vcvt_high_f16_f32(vcvt_f16_f32(low_half(v)), high_half(v))));
}

EMB_INLINE f32v load_int4(const uint8_t *p) {
    const u32v shifts = {28, 24, 20, 16, 12, 8, 4, 0};
    uint32_t codes;
    memcpy(&codes, p, sizeof codes);
    return __builtin_convertvector((i32v)(((u32v){0} + codes) << shifts) >> 28, f32v); // brings the sign along
}

EMB_INLINE f32v load_int2(const uint8_t *p) {
    const u32v shifts = {30, 28, 26, 24, 22, 20, 18, 16};
    return __builtin_convertvector((i32v)(((u32v){0} + emb_load_u16(p)) << shifts) >> 30, f32v);
}

EMB_INLINE f32v load_rbe(size_t bits, const uint8_t *p) { return load_bit_string(bits, p); }

EMB_INLINE f32v to_columns(emb_element element, f32v v) { return (void)element, v; }
EMB_INLINE f32v from_columns(emb_element element, f32v v) { return (void)element, v; }

/// Adds the products of 16 codes with 16 of a query's, two to a lane.
EMB_INLINE i32v add_code_products(i32v sums, const uint8_t *codes, const int16_t *query) {
    const int8x16_t row = vreinterpretq_s8_u8(vld1q_u8(codes));
    const int16x8_t low = vmovl_s8(vget_low_s8(row)), high = vmovl_high_s8(row);
    const int16x8_t first = vld1q_s16(query), second = vld1q_s16(query + 8);
    int32x4_t a = __builtin_shufflevector(sums, sums, 0, 1, 2, 3), b = __builtin_shufflevector(sums, sums, 4, 5, 6, 7);
    a = vmlal_high_s16(vmlal_s16(a, vget_low_s16(low), vget_low_s16(first)), low, first);
    b = vmlal_high_s16(vmlal_s16(b, vget_low_s16(high), vget_low_s16(second)), high, second);
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
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
#include "grid_template.h"
#include "network_template.h"

#define LEVEL neon
#define LEVEL_ID EMB_NEON
#define NAMED_TABLE emb_neon_kernels
#include "instances.h"
#else
typedef int emb_no_neon; // a translation unit may not be empty
#endif
