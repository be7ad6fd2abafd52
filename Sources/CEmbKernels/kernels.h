// What the files of this target share: the level tables, the shape of a row, the prefetch plan, and the loops that
// need no intrinsics because the compiler vectorises them for whichever level includes them.
#ifndef EMB_INTERNAL_KERNELS_H
#define EMB_INTERNAL_KERNELS_H

// a * b + c is two roundings here; where one is meant, fmaf says so. GCC knows no pragma of the standard for it.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

#include "CEmbKernels.h"
#include "half.h"

#include <stdbool.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "rows are little endian and are read as they lie"
#endif

#pragma GCC visibility push(hidden)

extern const emb_kernels emb_scalar_kernels, emb_avx2_kernels, emb_avx512_kernels, emb_neon_kernels;

/// What an integer row's codes are multiplied with, and what is added then.
typedef struct emb_head {
    float scale, bias;
} emb_head;

/// What the scale and bias of an integer row, or of a block, are fitted to. Without `finite`, the rest means nothing.
typedef struct emb_range {
    float lowest, highest;
    bool finite;
} emb_range;

EMB_INLINE float emb_magnitude(emb_range range) {
    return __builtin_fmaxf(__builtin_fabsf(range.lowest), __builtin_fabsf(range.highest));
}

/// How the numbers of one row become codes: round((x - bias) * inverse). Bias and scale are chosen so that none leaves
/// -2^(bits-1) ... 2^(bits-1) - 1.
typedef struct emb_fit {
    float bias, inverse;
    uint8_t head[8]; // the row's header as stored
} emb_fit;

/// The scale and bias of a row or block whose row's largest magnitude is `row_magnitude`, as Formats/codecs/integer.md and
/// fp8.md have it, or why there are none.
emb_refusal emb_fit_row(emb_element element, emb_header header, emb_range range, float row_magnitude, emb_fit *fit);
emb_refusal emb_fit_fp8(emb_element element, emb_header header, emb_range range, float row_magnitude, emb_fit *fit);

#pragma GCC visibility pop

EMB_INLINE bool emb_is_float(emb_element element) { return element <= EMB_BF16; }
EMB_INLINE bool emb_is_blocked(emb_element element) { return element >= EMB_BLOCK_INT16; }
EMB_INLINE bool emb_is_fp8(emb_element element) { return element >= EMB_E4M3; }
/// Whether scale and bias are factored out of sums.
EMB_INLINE bool emb_has_carry(emb_element element) { return !emb_is_float(element) && !emb_is_blocked(element); }

/// How a code is stored, in rows of blocks or not.
EMB_INLINE emb_element emb_code_element(emb_element element) {
    return emb_is_blocked(element) && !emb_is_fp8(element) ? element - (EMB_BLOCK_INT16 - EMB_INT16) : element;
}

EMB_INLINE bool emb_is_rbe(emb_element element) { return element >= EMB_RBE1 && element <= EMB_RBE8; }

EMB_INLINE size_t emb_element_bits(emb_element element) {
    static const uint8_t bits[EMB_ELEMENT_COUNT] = {32, 16, 16, 16, 8, 4, 2, 1, 2, 3, 4, 5, 6, 7, 8, 16, 8, 4, 2, 8, 8};
    return bits[element];
}

EMB_INLINE size_t emb_header_bytes(emb_header header) {
    static const uint8_t bytes[EMB_HEADER_COUNT] = {0, 4, 2, 8, 4, 6, 12, 1};
    return bytes[header];
}

/// Bytes before the codes of a row of `dim` numbers.
EMB_INLINE size_t emb_head_bytes(emb_header header, size_t block, size_t dim) {
    return emb_header_bytes(header) * (block ? (dim + block - 1) / block : 1);
}

EMB_INLINE size_t emb_code_bytes(emb_element element, size_t dims) { return (dims * emb_element_bits(element) + 7) / 8; }

EMB_INLINE float emb_load_f32(const uint8_t *p) {
    float x;
    memcpy(&x, p, sizeof x);
    return x;
}

EMB_INLINE uint16_t emb_load_u16(const uint8_t *p) {
    uint16_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/// 2k + 1 - 2^bits of code j of a bit string.
EMB_INLINE int32_t emb_odd_at(size_t bits, const uint8_t *codes, size_t j) {
    const uint32_t pair = emb_load_u16(codes + j * bits / 8); // as the slack allows
    return 2 * (int32_t)(pair >> j * bits % 8 & ((1u << bits) - 1)) + 1 - (1 << bits);
}

/// For a loop of few turns: unrolling it costs more than it saves.
#ifdef __clang__
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define ROLLED _Pragma("GCC unroll 1")
#endif

/// For loops over a constant few vectors, which are to be registers.
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/// What to prefetch for each list position, worked out once per call.
typedef struct emb_prefetch {
    size_t distance;
    size_t end;       // positions below this have a row to prefetch
    size_t last_byte; // of the needed part of a row
    size_t last_line; // 64 times one less than the most lines that part can touch
} emb_prefetch;

/// For the first `dims` numbers of rows.
EMB_INLINE emb_prefetch emb_plan_prefetch(emb_element element, const emb_rows *table, const emb_row_list *list,
                                          size_t dims) {
    const size_t bytes = table->head_bytes + emb_code_bytes(element, dims);
    const bool wanted = list->distance > 0 && list->readable > list->distance;
    // Rows start at multiples of this within a line. A fixed count of prefetches beats an exact one whose loop
    // would leave at an unpredictable place.
    const size_t bits = (size_t)table->base | table->stride | 64, alignment = bits & -bits;
    return (emb_prefetch){
        .distance = list->distance,
        .end = wanted ? list->readable - list->distance : 0,
        .last_byte = bytes - 1,
        .last_line = (bytes - 1 + 64 - alignment) / 64 * 64,
    };
}

EMB_INLINE void emb_prefetch_row(emb_prefetch plan, const uint8_t *base, size_t stride, const uint32_t *rows,
                                 size_t position) {
    if (position >= plan.end) return;
    const uint32_t row = rows[position + plan.distance];
    if (row == EMB_ZERO_ROW) return;
    const uint8_t *start = base + row * stride;
    ROLLED for (size_t offset = 0; offset < plan.last_line; offset += 64) __builtin_prefetch(start + offset, 0, 2);
    __builtin_prefetch(start + plan.last_byte, 0, 2);
}

/// Whether a finite value of the row would become infinite in f16 or bf16.
EMB_INLINE bool emb_row_overflows(emb_element element, const float *values, size_t dim) {
    const uint32_t infinity = 0x7f800000, limit = element == EMB_F16 ? EMB_F16_OVERFLOW : EMB_BF16_OVERFLOW;
    uint32_t overflows = 0;
    for (size_t j = 0; j < dim; j++) overflows |= (emb_bits(values[j]) & 0x7fffffff) - limit < infinity - limit;
    return overflows;
}

/// `out` needs no alignment.
EMB_INLINE void emb_narrow_bf16_row(const float *in, uint8_t *out, size_t count) {
    for (size_t j = 0; j < count; j++) {
        const uint16_t half = emb_narrow_bf16(in[j]);
        memcpy(out + 2 * j, &half, sizeof half);
    }
}

/// Also serves the vector levels where n is less than a vector.
EMB_INLINE void emb_hadamard_one_by_one(float *x, size_t n) {
    for (size_t h = 1; h < n; h *= 2) {
        for (size_t j = 0; j < n; j++) {
            if (j & h) continue;
            const float a = x[j], b = x[j + h];
            x[j] = a + b;
            x[j + h] = a - b;
        }
    }
}

EMB_INLINE size_t emb_narrow_ids32(const int32_t *ids, size_t count, uint64_t row_count, uint32_t *rows) {
    // A negative id is at least 2^31 as an unsigned number.
    const uint32_t limit = row_count < 1u << 31 ? (uint32_t)row_count : 1u << 31;
    size_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t id = (uint32_t)ids[i];
        rows[i] = id < limit ? id : EMB_ZERO_ROW;
        outside += id >= limit;
    }
    return outside;
}

/// Serves signed ids too: a negative one is beyond every row count as an unsigned number.
EMB_INLINE size_t emb_narrow_ids64(const uint64_t *ids, size_t count, uint64_t row_count, uint32_t *rows) {
    size_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        rows[i] = ids[i] < row_count ? (uint32_t)ids[i] : EMB_ZERO_ROW;
        outside += ids[i] >= row_count;
    }
    return outside;
}

EMB_INLINE uint32_t emb_row_limit(const uint32_t *rows, size_t count) {
    uint32_t limit = 0;
    for (size_t i = 0; i < count; i++) limit = rows[i] + 1 > limit ? rows[i] + 1 : limit; // the zero row wraps to 0
    return limit;
}

EMB_INLINE int emb_ascend(const uint32_t *ends, size_t count) {
    uint32_t falls = 0;
    for (size_t i = 1; i < count; i++) falls |= ends[i] < ends[i - 1];
    return !falls;
}

EMB_INLINE uint32_t emb_hash_row(uint64_t key, uint64_t salt, uint64_t buckets) {
    uint64_t z = key + salt;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    // Half by half: vectors have no product of 128 bits.
    return (uint32_t)(((z >> 32) * buckets + ((z & UINT32_MAX) * buckets >> 32)) >> 32);
}

EMB_INLINE void emb_hash_rows(const uint64_t *keys, size_t count, uint64_t salt, uint32_t buckets, uint32_t first,
                              uint32_t *rows) {
    for (size_t i = 0; i < count; i++) rows[i] = first + emb_hash_row(keys[i], salt, buckets);
}

/// The definition; also serves the vector levels where there are few keys.
EMB_INLINE void emb_hash_probes(const uint64_t *keys, size_t stride, size_t count, const emb_probe *probes,
                                size_t probe_count, uint32_t *rows, size_t row_stride) {
    for (size_t p = 0; p < probe_count; p++) {
        const emb_probe q = probes[p];
        for (size_t i = 0; i < count; i++)
            rows[i * row_stride + q.place] = q.first + emb_hash_row(keys[q.feature * stride + i], q.salt, q.buckets);
    }
}

#endif
