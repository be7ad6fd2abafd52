// The vector types of a level and everything that plain operators on them can say. A level's file defines LANES,
// includes this, then defines the rest with intrinsics:
//
//   f32v fma_v(f32v a, f32v b, f32v c)        a * b + c, one rounding
//   f32q fma_q(f32q a, f32q b, f32q c)        the same of four lanes
//   f32v sqrt_v(f32v v)
//   f32v keep_first(f32v v, size_t n)         lanes n and up become 0; 1 <= n <= LANES
//   void store_first(float *p, f32v v, size_t n)
//   f32v load_f16(const uint8_t *), f32v widen_f16(u16v), void store_f16(uint8_t *, f32v), emb_head load_f16_pair(const uint8_t *)
//   f32v load_int4(const uint8_t *), f32v load_int2(const uint8_t *)
//   f32v load_rbe(size_t bits, const uint8_t *)   the values of rbe codes
//   f32v to_columns(emb_element, f32v), f32v from_columns(emb_element, f32v)
//                                             from the order in which codes are loaded to that of columns, and back
//
// Loads of codes may run up to EMB_ROW_SLACK bytes over the row.
#ifndef EMB_VECTOR_H
#define EMB_VECTOR_H

typedef float f32v __attribute__((vector_size(4 * LANES)));
typedef float f32q __attribute__((vector_size(16)));
typedef int32_t i32v __attribute__((vector_size(4 * LANES)));
typedef uint32_t u32v __attribute__((vector_size(4 * LANES)));
typedef int16_t i16v __attribute__((vector_size(2 * LANES)));
typedef int8_t i8v __attribute__((vector_size(LANES)));
typedef uint16_t u16v __attribute__((vector_size(2 * LANES)));
typedef uint8_t u8v __attribute__((vector_size(LANES)));

static inline f32v fma_v(f32v a, f32v b, f32v c);

EMB_INLINE f32v splat(float x) { return x - (f32v){0}; }

EMB_INLINE f32v load_f32(const void *p) {
    f32v v;
    memcpy(&v, p, sizeof v);
    return v;
}

EMB_INLINE void store_f32(void *p, f32v v) { memcpy(p, &v, sizeof v); }

/// n floats, not one byte more, then copies of `rest`.
EMB_INLINE f32v load_exactly(const float *p, size_t n, float rest) {
    f32v v = splat(rest);
    memcpy(&v, p, n * sizeof *p);
    return v;
}

EMB_INLINE f32v load_bf16(const uint8_t *p) {
    u16v halves;
    memcpy(&halves, p, sizeof halves);
    return (f32v)(__builtin_convertvector(halves, u32v) << 16);
}

EMB_INLINE f32v load_int16(const uint8_t *p) {
    i16v codes;
    memcpy(&codes, p, sizeof codes);
    return __builtin_convertvector(__builtin_convertvector(codes, i32v), f32v);
}

EMB_INLINE f32v load_int8(const uint8_t *p) {
    i8v codes;
    memcpy(&codes, p, sizeof codes);
    return __builtin_convertvector(__builtin_convertvector(codes, i32v), f32v);
}

/// The values of eight or sixteen codes of `bits` bits that follow each other in a bit string from p on: rbe codes at
/// levels, and of widths, that have nothing quicker.
EMB_INLINE f32v load_bit_string(size_t bits, const uint8_t *p) {
    typedef uint64_t u64x8 __attribute__((vector_size(64)));
    typedef uint32_t u32x8 __attribute__((vector_size(32)));
    u32v codes;
    UNROLL for (size_t half = 0; half < LANES / 8; half++) {
        uint64_t word; // eight codes are `bits` bytes
        memcpy(&word, p + half * bits, sizeof word);
        const u64x8 place = {0, 1, 2, 3, 4, 5, 6, 7};
        const u32x8 eight = __builtin_convertvector((((u64x8){0} + word) >> place * bits) & ((1u << bits) - 1), u32x8);
        memcpy((char *)&codes + half * sizeof eight, &eight, sizeof eight);
    }
    // Exact: 2^(2-bits) * code - (2^bits - 1) * 2^(1-bits).
    const float unit = 2.0f / (float)(1u << (bits - 1)), lowest = unit / 2 - 2;
    return fma_v(__builtin_convertvector((i32v)codes, f32v), splat(unit), splat(lowest));
}

EMB_INLINE f32v select_v(i32v mask, f32v yes, f32v no) { return (f32v)((mask & (i32v)yes) | (~mask & (i32v)no)); }

/// Lane j gets lane j ^ distance, for a power of two below LANES.
EMB_INLINE f32v partner(f32v v, size_t distance) {
#if LANES == 16
    switch (distance) {
    case 1: return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    case 2: return __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    case 4: return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    default: return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    }
#else
    switch (distance) {
    case 1: return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
    case 2: return __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
    default: return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
    }
#endif
}

#endif
