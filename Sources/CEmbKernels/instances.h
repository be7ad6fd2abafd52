// The end of every level's file: instantiates the row loops for each element type and lays the level's table.
// The file before it has defined LEVEL (the name), LEVEL_ID, INSTANTIATE_POOL for sum and max, and as inline functions
// gather and encode (element first) and the kernels that have no element type.

#include "generated.h"
#include "sparse.h"

#define EMB_PASTE(operation, type, level) emb_##operation##_##type##_##level
#define EMB_EXPAND(operation, type, level) EMB_PASTE(operation, type, level)
#define NAMED(operation, type) EMB_EXPAND(operation, type, LEVEL)
#define EMB_QUOTE(text) #text
#define EMB_NAME_OF(level) EMB_QUOTE(level)

#define INSTANTIATE(element, type)                                                                                     \
    static void NAMED(gather, type)(const emb_rows *table, const emb_row_list *list, float *out, size_t out_stride,    \
                                    size_t dims) {                                                                     \
        gather(element, table, list, out, out_stride, dims);                                                           \
    }                                                                                                                  \
    INSTANTIATE_POOL(SUM, sum, element, type)                                                                          \
    INSTANTIATE_POOL(MAX, max, element, type)                                                                          \
    static size_t NAMED(encode, type)(const float *values, size_t count, size_t dim, emb_header header, size_t block,  \
                                      uint8_t *rows, size_t stride, emb_refusal *refusal) {                            \
        return encode(element, values, count, dim, header, block, rows, stride, refusal);                              \
    }

#define ENTRY(type) {NAMED(gather, type), NAMED(sum, type), NAMED(max, type), NAMED(encode, type)}

INSTANTIATE(EMB_F32, f32)
INSTANTIATE(EMB_F16, f16)
INSTANTIATE(EMB_BF16, bf16)
INSTANTIATE(EMB_INT16, int16)
INSTANTIATE(EMB_INT8, int8)
INSTANTIATE(EMB_INT4, int4)
INSTANTIATE(EMB_INT2, int2)
INSTANTIATE(EMB_RBE1, rbe1)
INSTANTIATE(EMB_RBE2, rbe2)
INSTANTIATE(EMB_RBE3, rbe3)
INSTANTIATE(EMB_RBE4, rbe4)
INSTANTIATE(EMB_RBE5, rbe5)
INSTANTIATE(EMB_RBE6, rbe6)
INSTANTIATE(EMB_RBE7, rbe7)
INSTANTIATE(EMB_RBE8, rbe8)
INSTANTIATE(EMB_BLOCK_INT16, block_int16)
INSTANTIATE(EMB_BLOCK_INT8, block_int8)
INSTANTIATE(EMB_BLOCK_INT4, block_int4)
INSTANTIATE(EMB_BLOCK_INT2, block_int2)
INSTANTIATE(EMB_E4M3, e4m3)
INSTANTIATE(EMB_E5M2, e5m2)

static void NAMED(generate, uniform)(uint64_t row, uint64_t salt, float *out, size_t count) {
    emb_generate_uniform_row(row, salt, out, count);
}

static void NAMED(generate, normal)(uint64_t row, uint64_t salt, double scale, float *out, size_t count) {
    emb_generate_normal_row(row, salt, scale, out, count);
}

static void NAMED(generate, learned)(uint64_t row, const uint8_t *coefficients, uint32_t buckets, float *out,
                                     size_t count) {
    emb_generate_learned_row(row, coefficients, buckets, out, count);
}

static void NAMED(expand, sparse)(const uint8_t *bitmap, const uint8_t *values, emb_element element, float scale,
                                  float *out, size_t dims) {
    if (element == EMB_F16) emb_expand_row(bitmap, values, EMB_F16, 1, out, dims);
    else emb_expand_row(bitmap, values, EMB_INT8, scale, out, dims);
}

static size_t NAMED(narrow, i32)(const int32_t *ids, size_t count, uint64_t row_count, uint32_t *rows) {
    return emb_narrow_ids32(ids, count, row_count, rows);
}

static size_t NAMED(narrow, i64)(const int64_t *ids, size_t count, uint64_t row_count, uint32_t *rows) {
    return emb_narrow_ids64((const uint64_t *)ids, count, row_count, rows);
}

static size_t NAMED(narrow, u64)(const uint64_t *ids, size_t count, uint64_t row_count, uint32_t *rows) {
    return emb_narrow_ids64(ids, count, row_count, rows);
}

static uint32_t NAMED(limit, rows)(const uint32_t *rows, size_t count) { return emb_row_limit(rows, count); }
static int NAMED(ascend, ends)(const uint32_t *ends, size_t count) { return emb_ascend(ends, count); }

static void NAMED(hash, rows)(const uint64_t *keys, size_t count, uint64_t salt, uint32_t buckets, uint32_t first,
                              uint32_t *rows) {
    emb_hash_rows(keys, count, salt, buckets, first, rows);
}

static void NAMED(hash, probes)(const uint64_t *keys, size_t stride, size_t count, const emb_probe *probes,
                                size_t probe_count, uint32_t *rows, size_t row_stride) {
    hash_probes(keys, stride, count, probes, probe_count, rows, row_stride);
}

static void NAMED(convert, f16)(const float *in, uint16_t *out, size_t count) {
    narrow_f16_row(in, (uint8_t *)out, count);
}

static void NAMED(convert, bf16)(const float *in, uint16_t *out, size_t count) {
    emb_narrow_bf16_row(in, (uint8_t *)out, count);
}

static void NAMED(hadamard, scale_first)(float *x, const float *factor, size_t n) {
    for (size_t j = 0; j < n; j++) x[j] *= factor[j];
    hadamard(x, n);
}

static void NAMED(hadamard, scale_last)(float *x, const float *factor, size_t n) {
    hadamard(x, n);
    for (size_t j = 0; j < n; j++) x[j] *= factor[j];
}

static void NAMED(compare, f32)(const float *a, const float *b, size_t count, double sums[4]) {
    compare(a, b, count, sums);
}

static void NAMED(gather, coded)(const emb_coded_rows *table, const emb_row_list *list, float *out, size_t out_stride,
                                 size_t dims) {
    gather_coded(table, list, out, out_stride, dims);
}

static void NAMED(sum, coded)(const emb_coded_rows *table, const emb_row_list *list, const emb_bags *bags, float *out,
                              size_t out_stride, size_t dims) {
    pool_coded(SUM, table, list, bags, out, out_stride, dims);
}

static void NAMED(max, coded)(const emb_coded_rows *table, const emb_row_list *list, const emb_bags *bags, float *out,
                              size_t out_stride, size_t dims) {
    pool_coded(MAX, table, list, bags, out, out_stride, dims);
}

static void NAMED(score, codewords)(const emb_codebook *book, const float *values, size_t count, size_t stride,
                                    float *scores) {
    score_codewords(book, values, count, stride, scores);
}

static void NAMED(nearest, codewords)(const emb_codebook *book, const float *values, size_t count, size_t stride,
                                      uint8_t *codes, size_t code_stride, float *least) {
    nearest_codewords(book, values, count, stride, codes, code_stride, least);
}

static void NAMED(scan, blocks)(const uint8_t *blocks, size_t count, size_t books, const uint8_t *bytes, float scale,
                                float base, int floored, float *out) {
    if (floored) scan_blocks(true, blocks, count, books, bytes, scale, base, out);
    else scan_blocks(false, blocks, count, books, bytes, scale, base, out);
}

static void NAMED(affine, f32)(const float *matrix, const float *constant, const float *factors, const float *in,
                               size_t count, size_t inputs, size_t width, float *out) {
    affine(matrix, constant, factors, in, count, inputs, width, out);
}

static void NAMED(score, f32)(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out,
                              size_t out_stride) {
    score_f32(rows, queries, metric, out, out_stride);
}

static void NAMED(score, int8)(const emb_scored_rows *rows, const emb_queries *queries, emb_metric metric, float *out,
                               size_t out_stride) {
    score_int8(rows, queries, metric, out, out_stride);
}

static void NAMED(score, grid)(emb_element element, const emb_scored_rows *rows, const emb_grid_queries *queries,
                               emb_metric metric, float *out, size_t out_stride) {
    score_grid(emb_element_bits(element), rows, queries, metric, out, out_stride);
}

static void NAMED(score, sign)(const emb_scored_rows *rows, const emb_grid_queries *queries, emb_metric metric,
                               float *out, size_t out_stride) {
    score_sign(rows, queries, metric, out, out_stride);
}

static size_t NAMED(pick, f32)(const float *scores, size_t count, float worst, int small, uint32_t *places) {
    return small ? emb_pick(true, scores, count, worst, places) : emb_pick(false, scores, count, worst, places);
}

static void NAMED(network, relu)(float *x, size_t count) { relu(x, count); }
static void NAMED(network, mish)(float *x, size_t count) { mish(x, count); }
static void NAMED(network, unit)(float *x, size_t count) { unit(x, count); }

const emb_kernels NAMED_TABLE = {
    .level = LEVEL_ID,
    .name = EMB_NAME_OF(LEVEL),
    .rows = {
        [EMB_F32] = ENTRY(f32),
        [EMB_F16] = ENTRY(f16),
        [EMB_BF16] = ENTRY(bf16),
        [EMB_INT16] = ENTRY(int16),
        [EMB_INT8] = ENTRY(int8),
        [EMB_INT4] = ENTRY(int4),
        [EMB_INT2] = ENTRY(int2),
        [EMB_RBE1] = ENTRY(rbe1),
        [EMB_RBE2] = ENTRY(rbe2),
        [EMB_RBE3] = ENTRY(rbe3),
        [EMB_RBE4] = ENTRY(rbe4),
        [EMB_RBE5] = ENTRY(rbe5),
        [EMB_RBE6] = ENTRY(rbe6),
        [EMB_RBE7] = ENTRY(rbe7),
        [EMB_RBE8] = ENTRY(rbe8),
        [EMB_BLOCK_INT16] = ENTRY(block_int16),
        [EMB_BLOCK_INT8] = ENTRY(block_int8),
        [EMB_BLOCK_INT4] = ENTRY(block_int4),
        [EMB_BLOCK_INT2] = ENTRY(block_int2),
        [EMB_E4M3] = ENTRY(e4m3),
        [EMB_E5M2] = ENTRY(e5m2),
    },
    .generate_uniform = NAMED(generate, uniform),
    .generate_learned = NAMED(generate, learned),
    .generate_normal = NAMED(generate, normal),
    .expand = NAMED(expand, sparse),
    .narrow_i32 = NAMED(narrow, i32),
    .narrow_i64 = NAMED(narrow, i64),
    .narrow_u64 = NAMED(narrow, u64),
    .row_limit = NAMED(limit, rows),
    .ascend = NAMED(ascend, ends),
    .hash_rows = NAMED(hash, rows),
    .hash_probes = NAMED(hash, probes),
    .f32_to_f16 = NAMED(convert, f16),
    .f32_to_bf16 = NAMED(convert, bf16),
    .scale_then_hadamard = NAMED(hadamard, scale_first),
    .hadamard_then_scale = NAMED(hadamard, scale_last),
    .compare = NAMED(compare, f32),
    .coded = {NAMED(gather, coded), NAMED(sum, coded), NAMED(max, coded), NAMED(score, codewords),
              NAMED(nearest, codewords), emb_sum_tables, NAMED(scan, blocks), NAMED(affine, f32)},
    .scores = {NAMED(score, f32), NAMED(score, int8), NAMED(score, grid), NAMED(score, sign), NAMED(pick, f32)},
    .network = {NAMED(network, relu), NAMED(network, mish), NAMED(network, unit)},
};
