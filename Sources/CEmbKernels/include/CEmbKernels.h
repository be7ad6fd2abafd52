// The inner loops of EmbStore and nothing else: no allocation, no I/O, no state but the cached CPU level.
//
// Every kernel exists once per level. `scalar` is the definition; the others must return the same bits
// (a NaN for a NaN, whatever its payload). Vector code may not change the order of additions: lanes run over
// the columns of a row, never over rows.
//
// Memory. Pointers need no alignment beyond their element's own; `rows` needs none at all. Kernels may read, never
// use, up to EMB_ROW_SLACK bytes past the last byte of a row: the owner of row memory guarantees they exist.
// Nothing is written outside the stated output. Inputs and outputs never overlap.
#ifndef EMB_KERNELS_H
#define EMB_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#define EMB_ROW_SLACK 64
/// A row index that stands for a row of zeros: gathers as zeros, adds nothing, and counts as zero in a maximum.
#define EMB_ZERO_ROW UINT32_MAX

typedef enum emb_level { EMB_SCALAR = 0, EMB_AVX2 = 1, EMB_AVX512 = 2, EMB_NEON = 3 } emb_level;
#define EMB_LEVEL_COUNT 4

/// How one number of a row is stored. Codes of integer rows are two's complement, in element order; int4 and
/// int2 fill a byte from its low bits upwards. All little endian.
/// rbeB: unsigned B-bit codes k of a bit string, low bits first, that stand for (2k + 1 - 2^B) / 2^(B-1).
/// Rows of blocks (from EMB_BLOCK_INT16 on) have a header for each block of `block` numbers: 16, 32, 64 or 128.
typedef enum emb_element {
    EMB_F32 = 0, EMB_F16 = 1, EMB_BF16 = 2, EMB_INT16 = 3, EMB_INT8 = 4, EMB_INT4 = 5, EMB_INT2 = 6,
    EMB_RBE1 = 7, EMB_RBE2 = 8, EMB_RBE3 = 9, EMB_RBE4 = 10, EMB_RBE5 = 11, EMB_RBE6 = 12, EMB_RBE7 = 13, EMB_RBE8 = 14,
    EMB_BLOCK_INT16 = 15, EMB_BLOCK_INT8 = 16, EMB_BLOCK_INT4 = 17, EMB_BLOCK_INT2 = 18, EMB_E4M3 = 19, EMB_E5M2 = 20
} emb_element;
#define EMB_ELEMENT_COUNT 21

/// What stands before the codes in an integer row, or of a block before those of all blocks. `affine`: scale s, then
/// bias b; x = fma(s, code, b). `symmetric`: scale s only, and b = 0. `estimator`: two factors for scoring, then s, and
/// b = 0. Without a header s = 1, b = 0: float rows have none, rbe rows any but `affine` and e8m0, int rows `affine` or
/// `symmetric`. Of e4m3 and e5m2 a header is one scale, EMB_SYMMETRIC_F16 or EMB_SCALE_E8M0, and x = s * value.
typedef enum emb_header {
    EMB_NO_HEADER = 0,
    EMB_AFFINE_F16 = 1,    // 4 bytes
    EMB_SYMMETRIC_F16 = 2, // 2 bytes
    EMB_AFFINE_F32 = 3,    // 8 bytes
    EMB_SYMMETRIC_F32 = 4, // 4 bytes
    EMB_ESTIMATOR_F16 = 5, // 6 bytes
    EMB_ESTIMATOR_F32 = 6, // 12 bytes
    EMB_SCALE_E8M0 = 7     // 1 byte: a power of two
} emb_header;
#define EMB_HEADER_COUNT 8

/// Stored rows: row r starts at base + r * stride.
typedef struct emb_rows {
    const uint8_t *base;
    size_t stride;
    emb_header header;
    size_t block;      // numbers in a block; 0 of rows without
    size_t head_bytes; // before the codes: one header, or those of all blocks
} emb_rows;

/// Which rows, in which order. rows[count ..< readable] may be prefetched but are not part of the call.
/// With distance D > 0, while row i is worked on, every line of the first `dims` elements of row i + D is
/// prefetched into L2 (T1), as long as i + D < readable. D = 0: no prefetch.
typedef struct emb_row_list {
    const uint32_t *rows;
    size_t count;
    size_t readable;
    size_t distance;
    const float *weights; // count factors, or NULL for all 1
} emb_row_list;

/// How a row list falls into bags. Bag b is list positions ends[b-1] ..< ends[b] (0 ..< ends[0] for the first).
/// A bag too long for one call is continued: `suspend` leaves the last bag unfinished in its output row and in
/// `carry`; `resume` says that the first bag goes on from there. The result equals that of one call, provided that
/// the bag had at least one row before it was suspended.
typedef struct emb_bags {
    const uint32_t *ends;
    size_t count;
    const float *divisors; // sum only: per bag; NULL for none. A divisor of 0 yields zeros.
    float carry;           // in with resume, out with suspend: the sum of w * bias of the open bag
    uint8_t resume;
    uint8_t suspend;
} emb_bags;

/// One of many hashes of a list of keys: which run of keys, where a key's row stands among its rows, and the hash.
typedef struct emb_probe {
    uint64_t salt;
    uint32_t buckets, first; // first + buckets <= UINT32_MAX
    uint32_t feature, place;
} emb_probe;

/// Why an encoder stopped.
typedef enum emb_refusal {
    EMB_ENCODED = 0,
    EMB_NOT_FINITE = 1,     // a NaN or an infinity in an integer row
    EMB_SCALE_OVERFLOW = 2, // |scale| or |bias| beyond the header's type; a finite value beyond f16 or bf16
    EMB_SCALE_UNDERFLOW = 3 // the needed scale is too small for the header's type
} emb_refusal;

/// The kernels of one element type at one level. `dims` and `dim` are at least 1; with dims < dim of the stored rows,
/// a prefix of each row is worked on.
///
/// gather  out[i * out_stride + j] = x(rows[i])[j] for j < dims; weights are ignored.
/// sum     Per bag, over its rows in order, with w the row's weight and ws = w * s (one rounding):
///             acc[j] = fma(ws, code[j], acc[j])    float rows: acc[j] = fma(w, x[j], acc[j])
///             carry  = fma(w, b, carry)            integer rows only; rows of blocks are summed as float rows are
///         from acc = 0, carry = 0; then out[j] = acc[j] + carry (float rows: acc[j]), divided by the divisor if any.
///         A zero row leaves both untouched. An empty bag is zeros, whatever its divisor.
/// max     Per bag: the first row sets acc[j] = v[j], later ones acc[j] = (v[j] > acc[j] or v[j] is NaN) ? v[j] : acc[j]
///         with v[j] = w * x[j] (one rounding after x; a zero row has v = 0 whatever w is). An empty bag is zeros.
///         With resume the first row of the list is not first. Divisors and carry are ignored.
/// encode  rows `count` x `dim` of float, row-major, into count rows of `stride` bytes. Every byte of the row is
///         written (spare bits of a last byte are 0; bytes past the codes are 0). Stops at the first row it cannot
///         encode: returns how many rows were encoded and says why in *refusal. See Formats/codecs for the rounding.
typedef struct emb_row_kernels {
    void (*gather)(const emb_rows *table, const emb_row_list *list, float *out, size_t out_stride, size_t dims);
    void (*sum)(const emb_rows *table, const emb_row_list *list, emb_bags *bags, float *out, size_t out_stride, size_t dims);
    void (*max)(const emb_rows *table, const emb_row_list *list, emb_bags *bags, float *out, size_t out_stride, size_t dims);
    size_t (*encode)(const float *values, size_t count, size_t dim, emb_header header, size_t block, uint8_t *rows,
                     size_t stride, emb_refusal *refusal);
} emb_row_kernels;

#include "CEmbScores.h"
#include "CEmbCoded.h"

/// What networks do to rows of numbers, in place (Formats/transforms/mlp.md).
typedef struct emb_network_kernels {
    void (*relu)(float *x, size_t count);
    void (*mish)(float *x, size_t count);
    /// Brings the row to length 1: sixteen sums as in the scores of f32, then every number times 1 / sqrt(sum).
    void (*unit)(float *x, size_t count);
} emb_network_kernels;

/// Everything at one level.
typedef struct emb_kernels {
    emb_level level;
    const char *name; // "scalar", "avx2", "avx512", "neon"
    emb_row_kernels rows[EMB_ELEMENT_COUNT];

    /// The first `count` numbers of row `row` of codec `generated` (Formats/codecs/generated.md).
    void (*generate_uniform)(uint64_t row, uint64_t salt, float *out, size_t count);
    /// `coefficients` are slope, bias and prime of each number, 8 bytes apiece, anywhere; 2 <= buckets <= 2^24.
    void (*generate_learned)(uint64_t row, const uint8_t *coefficients, uint32_t buckets, float *out, size_t count);
    /// `scale` is 1 / sqrt(dim).
    void (*generate_normal)(uint64_t row, uint64_t salt, double scale, float *out, size_t count);
    /// The first `dims` numbers of a row of codec `sparse`: +0 where the bit is clear, else the next of the values, f16 or
    /// int8 times `scale`. Reads no value that no bit stands for.
    void (*expand)(const uint8_t *bitmap, const uint8_t *values, emb_element element, float scale, float *out, size_t dims);

    /// rows[i] = ids[i] if 0 <= ids[i] < row_count, else EMB_ZERO_ROW. Returns how many were out of range.
    /// row_count <= UINT32_MAX.
    size_t (*narrow_i32)(const int32_t *ids, size_t count, uint64_t row_count, uint32_t *rows);
    size_t (*narrow_i64)(const int64_t *ids, size_t count, uint64_t row_count, uint32_t *rows);
    size_t (*narrow_u64)(const uint64_t *ids, size_t count, uint64_t row_count, uint32_t *rows);

    /// The greatest of rows[i] + 1, the zero row counting as 0; 0 if there are none.
    uint32_t (*row_limit)(const uint32_t *rows, size_t count);
    /// Whether no end is below the one before, or 0.
    int (*ascend)(const uint32_t *ends, size_t count);

    /// rows[i] = first + ((mix(keys[i] + salt) * buckets) >> 64), the product in 128 bits, mix as in
    /// Formats/hashing.md. first + buckets <= UINT32_MAX.
    void (*hash_rows)(const uint64_t *keys, size_t count, uint64_t salt, uint32_t buckets, uint32_t first,
                      uint32_t *rows);
    /// The same for each probe p of many: rows[i * row_stride + p.place] for key keys[p.feature * stride + i], i < count.
    /// Places differ and are below row_stride. Two probes whose places follow each other are hashed together.
    void (*hash_probes)(const uint64_t *keys, size_t stride, size_t count, const emb_probe *probes, size_t probe_count,
                        uint32_t *rows, size_t row_stride);

    /// Round to nearest, ties to even; NaN stays NaN (quiet), overflow becomes infinity.
    void (*f32_to_f16)(const float *in, uint16_t *out, size_t count);
    void (*f32_to_bf16)(const float *in, uint16_t *out, size_t count);

    /// In place, n a power of two: x[j] *= factor[j], then the unnormalised fast Walsh-Hadamard transform, strides
    /// h = 1, 2, 4, ... n/2, each pair (a, b) at distance h becoming (a + b, a - b).
    void (*scale_then_hadamard)(float *x, const float *factor, size_t n);
    /// The other way round: the transform, then x[j] *= factor[j].
    void (*hadamard_then_scale)(float *x, const float *factor, size_t n);

    /// Adds to sums[0..2]: sum (a-b)^2, sum a^2, sum a*b over `count` values, and to sums[3]: sum b^2, in double.
    /// Eight lanes: value i goes to lane i % 8, products and additions rounded separately; the lanes are then added
    /// ((0+4)+(2+6)) + ((1+5)+(3+7)) and that total is added to `sums`. Differences are taken in double.
    void (*compare)(const float *a, const float *b, size_t count, double sums[4]);

    emb_score_kernels scores;
    emb_network_kernels network;
    emb_coded_kernels coded;
} emb_kernels;

/// The kernels of a level, or NULL if this processor or this build has none.
const emb_kernels *emb_kernels_at(emb_level level);
/// The best level that this processor and its operating system support. Asked once, then cached.
emb_level emb_best_level(void);

/// Asks for the cache line of base + offsets[i] for each i below count, to be read soon. Computes nothing, so it has no levels.
static inline void emb_prefetch_places(const uint8_t *base, const uint64_t *offsets, size_t count) {
    for (size_t i = 0; i < count; i++) __builtin_prefetch(base + offsets[i]);
}

/// Asks for every line of the first `bytes` bytes of each row, into L2, as the pooling kernels do for rows ahead.
static inline void emb_prefetch_rows(const uint8_t *base, size_t stride, size_t bytes, const uint32_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (rows[i] == EMB_ZERO_ROW) continue;
        const uint8_t *start = base + rows[i] * stride;
        for (size_t offset = 0; offset + 1 < bytes; offset += 64) __builtin_prefetch(start + offset, 0, 2);
        __builtin_prefetch(start + bytes - 1, 0, 2);
    }
}

#pragma GCC visibility pop
#endif
