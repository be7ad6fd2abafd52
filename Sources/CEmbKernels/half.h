// 16-bit floats in portable C, bit for bit what the conversion instructions do: the scalar level, the fitting of
// row headers, and every place that converts too little to be worth an instruction set.
#ifndef EMB_HALF_H
#define EMB_HALF_H

#include <stdint.h>
#include <string.h>

#define EMB_INLINE static inline __attribute__((always_inline))

/// Bit patterns of the smallest magnitudes that round to infinity: 65520, and half a unit above the largest bf16.
#define EMB_F16_OVERFLOW 0x477ff000u
#define EMB_BF16_OVERFLOW 0x7f7f8000u

EMB_INLINE uint32_t emb_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

EMB_INLINE float emb_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

EMB_INLINE float emb_widen_f16(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, magnitude = half & 0x7fff;
    if (magnitude < 0x0400) return emb_float(sign | emb_bits((float)magnitude * 0x1p-24f));
    if (magnitude < 0x7c00) return emb_float(sign | ((magnitude << 13) + (112u << 23)));
    const uint32_t quiet = magnitude > 0x7c00 ? 0x00400000 : 0;
    return emb_float(sign | 0x7f800000 | (magnitude & 0x3ff) << 13 | quiet);
}

EMB_INLINE float emb_widen_bf16(uint16_t half) { return emb_float((uint32_t)half << 16); }

EMB_INLINE uint16_t emb_narrow_f16(float x) {
    const uint32_t bits = emb_bits(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    if (magnitude >= EMB_F16_OVERFLOW) return (uint16_t)(sign | 0x7c00);
    // Below the normal halves, 0.5f has the unit of their last place: the addition rounds.
    if (magnitude < 0x38800000) return (uint16_t)(sign | (emb_bits(emb_float(magnitude) + 0.5f) - 0x3f000000));
    return (uint16_t)(sign | (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

EMB_INLINE uint16_t emb_narrow_bf16(float x) {
    const uint32_t bits = emb_bits(x), rounded = bits + 0x7fff + (bits >> 16 & 1);
    const uint32_t quiet = bits | 0x00400000;
    return (uint16_t)(((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded) >> 16);
}

#endif
