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

/// A power of two; 255 is NaN.
EMB_INLINE float emb_widen_e8m0(uint8_t byte) {
    const uint32_t bits = (uint32_t)byte << 23;
    return emb_float(byte == 0 ? 0x00400000 : byte == 255 ? 0x7fc00000 : bits);
}

EMB_INLINE float emb_widen_e5m2(uint8_t code) { return emb_widen_f16((uint16_t)(code << 8)); }

/// As a half the bits stand for 2^-8 of the number; the largest pattern is NaN.
EMB_INLINE float emb_widen_e4m3(uint8_t code) {
    const uint16_t half = (uint16_t)((code & 0x80) << 8 | (code & 0x7f) << 7);
    return (code & 0x7f) == 0x7f ? emb_float(0x7fc00000) : emb_widen_f16(half) * 256;
}

/// To nearest even, never beyond the largest finite number. Not for NaN.
EMB_INLINE uint8_t emb_narrow_e4m3(float x) {
    const uint32_t bits = emb_bits(x), sign = bits >> 24 & 0x80, whole = bits & 0x7fffffff;
    const uint32_t magnitude = whole > 0x43e00000 ? 0x43e00000 : whole; // 448
    // Below the normal codes, 2^14 has the unit of their last place: the addition rounds.
    const uint32_t small = emb_bits(emb_float(magnitude) + 0x1p14f) - 0x46800000;
    const uint32_t normal = (magnitude - (120u << 23) + 0x7ffff + (magnitude >> 20 & 1)) >> 20;
    return (uint8_t)(sign | (magnitude < 0x3c800000 ? small : normal));
}

EMB_INLINE uint8_t emb_narrow_e5m2(float x) {
    const uint32_t bits = emb_bits(x), sign = bits >> 24 & 0x80, whole = bits & 0x7fffffff;
    const uint32_t magnitude = whole > 0x47600000 ? 0x47600000 : whole; // 57344
    const uint32_t small = emb_bits(emb_float(magnitude) + 0x1p7f) - 0x43000000;
    const uint32_t normal = (magnitude - (112u << 23) + 0xfffff + (magnitude >> 21 & 1)) >> 21;
    return (uint8_t)(sign | (magnitude < 0x38800000 ? small : normal));
}

EMB_INLINE uint16_t emb_narrow_bf16(float x) {
    const uint32_t bits = emb_bits(x), rounded = bits + 0x7fff + (bits >> 16 & 1);
    const uint32_t quiet = bits | 0x00400000;
    return (uint16_t)(((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded) >> 16);
}

#endif
