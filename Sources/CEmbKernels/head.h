// Reads scale and bias of a row, or of a block. Included by each level once it has defined `load_f16_pair`, so that there is one
// reading of the header and each level converts with what it has.

/// An rbe row has no bias, and its scale stands last in its header.
EMB_INLINE emb_head read_scale(emb_header header, const uint8_t *row) {
    switch (header) {
    case EMB_SYMMETRIC_F16: return (emb_head){load_f16_pair(row).scale, 0};
    case EMB_SYMMETRIC_F32: return (emb_head){emb_load_f32(row), 0};
    case EMB_ESTIMATOR_F16: return (emb_head){load_f16_pair(row + 4).scale, 0};
    case EMB_ESTIMATOR_F32: return (emb_head){emb_load_f32(row + 8), 0};
    default: return (emb_head){1, 0};
    }
}

EMB_INLINE emb_head read_head(emb_element element, emb_header header, const uint8_t *row) {
    if (emb_is_float(element)) return (emb_head){1, 0};
    if (emb_is_rbe(element)) return read_scale(header, row);
    if (header == EMB_AFFINE_F16) return load_f16_pair(row); // one branch for what most tables are
    const bool half = header == EMB_SYMMETRIC_F16;
    const bool symmetric = half || header == EMB_SYMMETRIC_F32;
    // A symmetric row has something else in the second place: read, as the slack allows, and not used.
    emb_head head = half ? load_f16_pair(row) : (emb_head){emb_load_f32(row), emb_load_f32(row + 4)};
    if (symmetric) head.bias = 0;
    return head;
}

EMB_INLINE emb_head read_block_head(emb_element element, emb_header header, const uint8_t *row, size_t block) {
    const uint8_t *p = row + block * emb_header_bytes(header);
    if (header == EMB_SCALE_E8M0) return (emb_head){emb_widen_e8m0(*p), 0};
    return read_head(element, header, p);
}
