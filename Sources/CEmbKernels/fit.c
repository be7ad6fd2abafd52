// Chooses the scale and bias of an integer row. It runs once per row, so that every level calls this one and
// none can choose differently. Formats/codecs/integer.md says what and why.
#include "kernels.h"

#include <float.h>
#include <math.h>

/// The smallest half not below x. 0 <= x <= 65504.
static uint16_t round_f16_up(float x) {
    const uint16_t nearest = emb_narrow_f16(x);
    return (uint16_t)(emb_widen_f16(nearest) < x ? nearest + 1 : nearest);
}

emb_refusal emb_fit_row(emb_element element, emb_header header, emb_range range, emb_fit *fit) {
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
    if (need > 0 && scale > 1.0625f * need && scale > 0x1p-12f * magnitude) return EMB_SCALE_UNDERFLOW;
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
