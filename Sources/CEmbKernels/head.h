// Reads scale and bias of a row. Included by each level once it has defined `widen_f16`, so that there is one
// reading of the header and each level converts with what it has.

typedef struct head {
    float scale, bias;
} head;

EMB_INLINE head read_head(emb_element element, emb_header header, const uint8_t *row) {
    if (emb_is_float(element)) return (head){1, 0};
    const float middle = (float)(1 << (emb_element_bits(element) - 1));
    const bool half = header == EMB_AFFINE_F16 || header == EMB_SYMMETRIC_F16;
    const bool symmetric = header == EMB_SYMMETRIC_F16 || header == EMB_SYMMETRIC_F32;
    const float scale = half ? widen_f16(emb_load_u16(row)) : emb_load_f32(row);
    if (symmetric) return (head){scale, -scale * middle};
    return (head){scale, half ? widen_f16(emb_load_u16(row + 2)) : emb_load_f32(row + 4)};
}
