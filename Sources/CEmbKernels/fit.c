// Chooses the scale and bias of a row or of a block. It runs once for each, so that every level calls this one and
// none can choose differently. Formats/codecs/integer.md and fp8.md say what and why.
#include "kernels.h"

#include <float.h>
#include <math.h>

/// The smallest half not below x. 0 <= x <= 65504.
static uint16_t round_f16_up(float x) {
    const uint16_t nearest = emb_narrow_f16(x);
    return (uint16_t)(emb_widen_f16(nearest) < x ? nearest + 1 : nearest);
}

emb_refusal emb_fit_row(emb_element element, emb_header header, emb_range range, float row_magnitude, emb_fit *fit) {
    if (!range.finite) return EMB_NOT_FINITE;
    const bool half = header == EMB_AFFINE_F16 || header == EMB_SYMMETRIC_F16;
    const bool symmetric = header == EMB_SYMMETRIC_F16 || header == EMB_SYMMETRIC_F32;
    const size_t bits = emb_element_bits(element);
    const float codes_below = (float)(1 << (bits - 1)), codes_above = codes_below - 1;
    const float beyond = half ? 65504.0f : FLT_MAX;
    // -0 becomes 0: which of the two a search for extremes finds depends on its order.
    const float lowest = range.lowest + 0.0f, highest = range.highest + 0.0f;
    const float magnitude = fmaxf(fabsf(lowest), fabsf(highest));

    uint16_t half_bias = 0;
    float bias = 0, need = magnitude / codes_above;
    if (!symmetric) {
        const float step = (highest - lowest) / (codes_below + codes_above);
        bias = 0.5f * lowest + 0.5f * highest;
        bias += 0.5f * step;
        half_bias = half ? emb_narrow_f16(bias + 0.0f) : 0;
        bias = half ? emb_widen_f16(half_bias) : bias;
        if (!(fabsf(bias) <= beyond)) return EMB_SCALE_OVERFLOW;
        // The scale makes up for the rounding of the bias: both ends stay in reach.
        need = fmaxf((bias - lowest) / codes_below, (highest - bias) / codes_above);
    }
    if (!(need <= beyond)) return EMB_SCALE_OVERFLOW;
    const uint16_t half_scale = half ? round_f16_up(need) : 0;
    const float scale = half ? emb_widen_f16(half_scale) : need;
    if (need > 0 && scale > 1.0625f * need && scale > 0x1p-12f * row_magnitude) return EMB_SCALE_UNDERFLOW;
    if (!half && scale > 0 && scale < FLT_MIN) return EMB_SCALE_UNDERFLOW;

    // A number half way down to zero may have become -0.
    if (half_bias == 0x8000) half_bias = 0;
    bias += 0.0f;
    fit->bias = bias;
    fit->inverse = scale == 0 ? 0 : 1 / scale;
    const size_t width = half ? 2 : 4;
    memcpy(fit->head, half ? (const void *)&half_scale : &scale, width);
    memcpy(fit->head + width, half ? (const void *)&half_bias : &bias, width);
    return EMB_ENCODED;
}

/// The smallest power of two that brings `largest` to at most 1.75 * 2^exponent, the largest code.
static uint8_t round_e8m0_up(float largest, int exponent) {
    const uint32_t bits = emb_bits(largest);
    const int byte = (int)(bits >> 23) - exponent + ((bits & 0x7fffff) > 0x600000);
    return byte < 0 ? 0 : (uint8_t)byte;
}

emb_refusal emb_fit_fp8(emb_element element, emb_header header, emb_range range, float row_magnitude, emb_fit *fit) {
    if (!range.finite) return EMB_NOT_FINITE;
    const bool wide = element == EMB_E4M3;
    const float largest = emb_magnitude(range);
    fit->bias = 0;
    if (header == EMB_SCALE_E8M0) {
        if (largest >= (wide ? 0x1.fp127f : 0x1.ep127f)) return EMB_SCALE_OVERFLOW; // would come back infinite
        fit->head[0] = round_e8m0_up(largest, wide ? 8 : 15);
        fit->inverse = 1 / emb_widen_e8m0(fit->head[0]);
        return EMB_ENCODED;
    }
    const float need = largest / (wide ? 448.0f : 57344.0f);
    if (!(need <= 65504.0f)) return EMB_SCALE_OVERFLOW;
    if (row_magnitude > 0 && row_magnitude < (wide ? 0x1p-30f : 0x1p-38f)) return EMB_SCALE_UNDERFLOW;
    const uint16_t half = round_f16_up(need);
    const float scale = emb_widen_f16(half);
    fit->inverse = scale == 0 ? 0 : 1 / scale;
    memcpy(fit->head, &half, sizeof half);
    return EMB_ENCODED;
}
