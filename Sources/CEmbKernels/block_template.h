// Encoding of rows of blocks, written once for every level: each block is ranged, fitted and rounded on its own.
// The level has defined range_of and write_codes.

EMB_INLINE emb_refusal encode_blocks(emb_element element, const float *values, size_t dim, emb_header header,
                                     size_t block, uint8_t *row) {
    const emb_range whole = range_of(values, dim);
    if (!whole.finite) return EMB_NOT_FINITE;
    const float magnitude = emb_magnitude(whole);
    const size_t bits = emb_element_bits(element), head_bytes = emb_header_bytes(header);
    uint8_t *codes = row + emb_head_bytes(header, block, dim);
    memset(row, 0, (size_t)(codes - row) + emb_code_bytes(element, dim));
    for (size_t first = 0; first < dim; first += block, row += head_bytes) {
        const size_t count = dim - first < block ? dim - first : block;
        const emb_range range = range_of(values + first, count);
        emb_fit fit = {0};
        const emb_refusal refusal = emb_is_fp8(element) ? emb_fit_fp8(element, header, range, magnitude, &fit)
                                                        : emb_fit_row(element, header, range, magnitude, &fit);
        if (refusal != EMB_ENCODED) return refusal;
        memcpy(row, fit.head, head_bytes);
        if (!emb_is_fp8(element)) {
            write_codes(bits, values + first, count, &fit, codes + first * bits / 8);
            continue;
        }
        for (size_t j = first; j < first + count; j++) {
            const float x = values[j] * fit.inverse;
            codes[j] = element == EMB_E4M3 ? emb_narrow_e4m3(x) : emb_narrow_e5m2(x);
        }
    }
    return EMB_ENCODED;
}
