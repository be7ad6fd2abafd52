// How the byte products of AVX-512 VNNI meet rows: a lane is a row, so that nothing needs folding. Included inside a file's target
// attributes, after <immintrin.h>.
#ifndef EMB_VNNI_H
#define EMB_VNNI_H

/// Sixteen bytes of each of sixteen rows: byte i of lane r of words[g] is byte 4g + i of row r.
EMB_INLINE void emb_lay_side_by_side(const uint8_t *const rows[16], size_t offset, __m512i words[4]) {
    __m512i x[4];
    UNROLL for (size_t r = 0; r < 4; r++) { // masked loads, which leave the shuffles to what follows
        x[r] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(rows[r] + offset)));
        x[r] = _mm512_mask_broadcast_i32x4(x[r], 0x00f0, _mm_loadu_si128((const __m128i *)(rows[r + 4] + offset)));
        x[r] = _mm512_mask_broadcast_i32x4(x[r], 0x0f00, _mm_loadu_si128((const __m128i *)(rows[r + 8] + offset)));
        x[r] = _mm512_mask_broadcast_i32x4(x[r], 0xf000, _mm_loadu_si128((const __m128i *)(rows[r + 12] + offset)));
    }
    const __m512i a = _mm512_unpacklo_epi32(x[0], x[1]), b = _mm512_unpackhi_epi32(x[0], x[1]);
    const __m512i c = _mm512_unpacklo_epi32(x[2], x[3]), d = _mm512_unpackhi_epi32(x[2], x[3]);
    words[0] = _mm512_unpacklo_epi64(a, c), words[1] = _mm512_unpackhi_epi64(a, c);
    words[2] = _mm512_unpacklo_epi64(b, d), words[3] = _mm512_unpackhi_epi64(b, d);
}

/// Sixteen rows that lie one after the other. Four pointers and two distances are all that their addresses need.
EMB_INLINE void emb_follow_run(const uint8_t *run, size_t stride, const uint8_t *rows[16]) {
    UNROLL for (size_t r = 0; r < 16; r++) rows[r] = run + r / 4 * (4 * stride) + r % 4 * stride;
}

/// Four bytes, those past the first `count` of them 0, in every lane.
EMB_INLINE __m512i emb_keep_bytes(size_t count) {
    return _mm512_set1_epi32((int32_t)(count < 4 ? (UINT32_C(1) << 8 * count) - 1 : UINT32_MAX));
}

/// Four bytes of a query in every lane.
EMB_INLINE __m512i emb_spread_four(const int8_t *query) {
    int32_t four;
    memcpy(&four, query, sizeof four);
    return _mm512_set1_epi32(four);
}

#endif
