// Chooses the scale and bias of an integer row. It runs once per row, so that every level calls this one and
// none can choose differently. Formats/codecs/integer.md says what and why.
#include "kernels.h"

#include <float.h>
#include <math.h>

/// The largest half not above x. |x| <= 65504.
static uint16_t round_f16_down(float x) {
    const uint16_t nearest = emb_narrow_f16(x);
    if (emb_widen_f16(nearest) <= x) return nearest;
    return (uint16_t)(nearest == 0 ? 0x8001 : nearest & 0x8000 ? nearest + 1 : nearest - 1);
}

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
    const int32_t middle = 1 << (bits - 1), last_code = 2 * middle - 1;
    const float beyond = half ? 65504.0f : FLT_MAX;
    // -0 becomes 0: which of the two a search for extremes finds depends on its order.
    const float lowest = range.lowest + 0.0f, highest = range.highest + 0.0f;
    const float magnitude = fmaxf(fabsf(lowest), fabsf(highest));

    uint16_t half_bias = 0;
    float bias = 0, need = magnitude / (float)(middle - 1);
    if (!symmetric) {
        if (fabsf(lowest) > beyond) return EMB_SCALE_OVERFLOW;
        half_bias = half ? round_f16_down(lowest) : 0;
        bias = half ? emb_widen_f16(half_bias) : lowest;
        need = (highest - bias) / (float)last_code;
    }
    if (need > beyond) return EMB_SCALE_OVERFLOW;
    const uint16_t half_scale = half ? round_f16_up(need) : 0;
    const float scale = half ? emb_widen_f16(half_scale) : need;
    // The bias that a reader of a symmetric row works out must be finite too.
    if (symmetric && scale * (float)middle > FLT_MAX) return EMB_SCALE_OVERFLOW;
    if (need > 0 && scale > 1.0625f * need && scale > 0x1p-12f * magnitude) return EMB_SCALE_UNDERFLOW;
    if (!half && scale > 0 && scale < FLT_MIN) return EMB_SCALE_UNDERFLOW;

    fit->bias = bias;
    fit->inverse = scale == 0 ? 0 : 1 / scale;
    fit->zero = symmetric ? middle : 0;
    const size_t width = half ? 2 : 4;
    memcpy(fit->head, half ? (const void *)&half_scale : &scale, width);
    memcpy(fit->head + width, half ? (const void *)&half_bias : &bias, width);
    return EMB_ENCODED;
}
