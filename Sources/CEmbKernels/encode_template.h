// Encoding, written once for all vector levels: floats are narrowed, integer rows are ranged, fitted and rounded.

#include "rbe.h"

/// Stores the low `bits` of each lane, packed, and 0 above the first `n`. Lanes are below 2^bits.
EMB_INLINE void store_codes(size_t bits, uint8_t *p, i32v codes, size_t n) {
    uint8_t bytes[2 * LANES];
    if (bits == 16) {
        const u16v packed = __builtin_convertvector((u32v)codes, u16v);
        memcpy(bytes, &packed, sizeof packed);
    } else {
        // The lane's own byte gathers the codes of the lanes after it, then every other or fourth byte is kept.
        typedef uint16_t pairs __attribute__((vector_size(LANES)));
        typedef uint8_t nibbles __attribute__((vector_size(LANES / 2)));
        typedef uint32_t quads __attribute__((vector_size(LANES)));
        typedef uint8_t crumbs __attribute__((vector_size(LANES / 4)));
        const u8v packed = __builtin_convertvector((u32v)codes, u8v);
        if (bits == 8) {
            memcpy(bytes, &packed, sizeof packed);
        } else if (bits == 4) {
            const pairs two = (pairs)packed;
            const nibbles out = __builtin_convertvector((two | two >> 4) & 0xff, nibbles);
            memcpy(bytes, &out, sizeof out);
        } else {
            const quads four = (quads)packed;
            const crumbs out = __builtin_convertvector((four | four >> 6 | four >> 12 | four >> 18) & 0xff, crumbs);
            memcpy(bytes, &out, sizeof out);
        }
    }
    memcpy(p, bytes, (n * bits + 7) / 8);
}

EMB_INLINE void narrow_f16_row(const float *in, uint8_t *out, size_t count) {
    size_t j = 0;
    for (; j + LANES <= count; j += LANES) store_f16(out + 2 * j, load_f32(in + j));
    if (j == count) return;
    uint8_t last[2 * LANES];
    store_f16(last, load_exactly(in + j, count - j, 0));
    memcpy(out + 2 * j, last, 2 * (count - j));
}

EMB_INLINE emb_range range_of(const float *values, size_t dim) {
    f32v lowest = splat(values[0]), highest = lowest;
    f32v nothing = splat(0); // stays 0 as long as everything is finite
    for (size_t j = 0; j < dim; j += LANES) {
        const f32v v = j + LANES <= dim ? load_f32(values + j) : load_exactly(values + j, dim - j, values[0]);
        lowest = select_v(v < lowest, v, lowest);
        highest = select_v(v > highest, v, highest);
        nothing = fma_v(v, splat(0), nothing);
    }
    UNROLL for (size_t h = 1; h < LANES; h *= 2) {
        lowest = select_v(partner(lowest, h) < lowest, partner(lowest, h), lowest);
        highest = select_v(partner(highest, h) > highest, partner(highest, h), highest);
        nothing += partner(nothing, h);
    }
    return (emb_range){lowest[0], highest[0], nothing[0] == 0};
}

EMB_INLINE i32v codes_of(size_t bits, f32v values, const emb_fit *fit) {
    // Adding 1.5 * 2^23 rounds to an integer, to nearest even, in the low bits; the numbers are far below 2^22.
    const f32v rounded = (values - splat(fit->bias)) * splat(fit->inverse) + splat(12582912.0f);
    return ((i32v)rounded - 0x4b400000) & (int32_t)((1u << bits) - 1);
}

EMB_INLINE void write_codes(size_t bits, const float *values, size_t dim, const emb_fit *fit, uint8_t *codes) {
    size_t j = 0;
    for (; j + LANES <= dim; j += LANES, codes += LANES * bits / 8)
        store_codes(bits, codes, codes_of(bits, load_f32(values + j), fit), LANES);
    if (j == dim) return;
    const f32v last = (f32v)codes_of(bits, load_exactly(values + j, dim - j, 0), fit);
    store_codes(bits, codes, (i32v)keep_first(last, dim - j), dim - j);
}

#include "block_template.h"

EMB_INLINE emb_refusal fit_row(emb_element element, const float *values, size_t dim, emb_header header, emb_fit *fit) {
    const emb_range range = range_of(values, dim);
    return emb_fit_row(element, header, range, emb_magnitude(range), fit);
}

EMB_INLINE size_t encode(emb_element element, const float *values, size_t count, size_t dim, emb_header header,
                         size_t block, uint8_t *rows, size_t stride, emb_refusal *refusal) {
    const size_t head_bytes = emb_head_bytes(header, block, dim), used = head_bytes + emb_code_bytes(element, dim);
    *refusal = EMB_ENCODED;
    for (size_t r = 0; r < count; r++, values += dim, rows += stride) {
        emb_fit fit;
        if (emb_is_rbe(element)) *refusal = emb_encode_rbe(emb_element_bits(element), header, values, dim, rows, stride);
        else if (emb_has_carry(element)) *refusal = fit_row(element, values, dim, header, &fit);
        else if (emb_is_blocked(element)) *refusal = encode_blocks(element, values, dim, header, block, rows);
        else if (element != EMB_F32 && emb_row_overflows(element, values, dim)) *refusal = EMB_SCALE_OVERFLOW;
        if (*refusal != EMB_ENCODED) return r;
        if (emb_is_rbe(element)) continue;
        switch (element) {
        case EMB_F32: memcpy(rows, values, dim * sizeof *values); break;
        case EMB_F16: narrow_f16_row(values, rows, dim); break;
        case EMB_BF16: emb_narrow_bf16_row(values, rows, dim); break;
        default:
            if (emb_is_blocked(element)) break;
            memcpy(rows, fit.head, head_bytes);
            write_codes(emb_element_bits(element), values, dim, &fit, rows + head_bytes);
        }
        if (stride > used) memset(rows + used, 0, stride - used);
    }
    return count;
}
