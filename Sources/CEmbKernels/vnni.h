// Sums over the lanes of many vectors. Included inside a file's target attributes, after <immintrin.h>.
#ifndef EMB_VNNI_H
#define EMB_VNNI_H

/// Four vectors of partial sums to one: each still spread over the four lanes of its row in every 128 bits.
EMB_INLINE __m512i emb_fold_four(const __m512i sums[4]) {
    const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(sums[0], sums[1]), _mm512_unpackhi_epi32(sums[0], sums[1]));
    const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(sums[2], sums[3]), _mm512_unpackhi_epi32(sums[2], sums[3]));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
}

EMB_INLINE __m512i emb_fold_lanes(__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
}

/// Four such fours to sixteen sums in order.
EMB_INLINE __m512i emb_fold_fours(const __m512i fours[4]) {
    return emb_fold_lanes(emb_fold_lanes(fours[0], fours[1]), emb_fold_lanes(fours[2], fours[3]));
}

#endif
