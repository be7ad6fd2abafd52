// Scores against the scalar definition: metrics, row lengths, headers, lists, batches; and what is picked of them.
#include "parity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 37
#define QUERIES 9

static const char *const metric_names[] = {"dot", "cosine", "l2"};

typedef struct batch {
    emb_queries queries;
    float *values, *scales, *offsets, *squares;
    int16_t *codes;
    int8_t *high, *low;
    int32_t *sums;
} batch;

static batch make_batch(emb_test *t, size_t count, size_t dim) {
    const size_t stride = (dim + EMB_QUERY_PADDING - 1) / EMB_QUERY_PADDING * EMB_QUERY_PADDING, n = count * stride;
    batch b = {.values = calloc(n + 1, 4), .scales = calloc(count + 1, 4), .offsets = calloc(count + 1, 4),
               .squares = calloc(count + 1, 4), .codes = calloc(n + 1, 2), .high = calloc(n + 1, 1),
               .low = calloc(n + 1, 1), .sums = calloc(count + 1, 4)};
    for (size_t q = 0; q < count; q++) {
        for (size_t j = 0; j < dim; j++) {
            const size_t i = q * stride + j;
            const int code = (int)random_below(t, 65279) - 32639;
            b.values[i] = random_below(t, 30) ? random_float(t) : -0.0f;
            b.codes[i] = (int16_t)(random_below(t, 10) ? code : code < 0 ? -32639 : 32639);
            b.low[i] = (int8_t)(uint8_t)b.codes[i];
            b.high[i] = (int8_t)((b.codes[i] - b.low[i]) / 256);
            b.sums[q] += b.codes[i];
        }
        b.scales[q] = random_float(t);
        b.offsets[q] = random_float(t);
        b.squares[q] = fabsf(random_float(t)) * 50;
    }
    b.queries = (emb_queries){count, stride, b.values, b.codes, b.high, b.low, b.sums, b.scales, b.offsets, b.squares};
    return b;
}

static void free_batch(batch *b) {
    void *all[] = {b->values, b->scales, b->offsets, b->squares, b->codes, b->high, b->low, b->sums};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void fill(emb_test *t, bool wild, emb_header header, uint8_t *row, size_t dim) {
    if (header == EMB_NO_HEADER) {
        for (size_t j = 0; j < dim; j++) {
            float x = random_float(t);
            const float edges[] = {NAN, INFINITY, -INFINITY, -0.0f, 3e38f, 0x1p-140f, -0x1p-149f};
            if (wild && random_below(t, 12) == 0) x = edges[random_below(t, 7)];
            memcpy(row + 4 * j, &x, 4);
        }
        return;
    }
    for (size_t i = 0; i < row_bytes(EMB_INT8, header, 0, dim); i++) row[i] = (uint8_t)random_bits(t);
    const bool half = header == EMB_AFFINE_F16 || header == EMB_SYMMETRIC_F16;
    for (size_t k = 0; !wild && k < row_bytes(EMB_INT8, header, 0, 0) / (half ? 2 : 4); k++) {
        const float x = random_float(t);
        const uint16_t f16 = (uint16_t)((random_bits(t) & 0x83ff) | (7 + random_below(t, 9)) << 10);
        memcpy(row + k * (half ? 2 : 4), half ? (const void *)&f16 : &x, half ? 2 : 4);
    }
}

static void check_scores(emb_test *t, emb_header header, size_t dim, emb_metric metric) {
    if (!takes_cell(t)) return;
    const bool floats = header == EMB_NO_HEADER, wild = random_below(t, 3) == 0, listed = random_below(t, 2);
    const size_t bytes = floats ? 4 * dim : row_bytes(EMB_INT8, header, 0, dim), stride = bytes + random_below(t, 5);
    const size_t count = random_below(t, ROWS + 1), queries = random_below(t, QUERIES + 1);
    name_cell("score %s, %s, dim %zu, %zu rows%s, %zu queries", header_names[header], metric_names[metric], dim, count,
              listed ? " listed" : "", queries);
    uint8_t *base = exact(ROWS * stride + EMB_ROW_SLACK);
    for (size_t i = 0; i < ROWS * stride + EMB_ROW_SLACK; i++) base[i] = 0x7f;
    for (size_t r = 0; r < ROWS; r++) fill(t, wild, header, base + r * stride, dim);
    uint32_t list[ROWS];
    for (size_t r = 0; r < count; r++) list[r] = (uint32_t)random_below(t, ROWS);
    const emb_scored_rows rows = {base, stride, header, listed ? list : NULL, ROWS - count, count, dim};
    batch b = make_batch(t, queries, dim);
    const size_t out_stride = count + random_below(t, 3);
    const size_t written = queries ? (queries - 1) * out_stride + count : 0;
    guarded expected = {0};
    for (size_t l = 0; l < t->level_count; l++) {
        const emb_kernels *k = t->levels[l];
        guarded out = make_guarded(written * 4, 4 * random_below(t, 16));
        memset(out.bytes, 0, written * 4);
        (floats ? k->scores.f32 : k->scores.int8)(&rows, &b.queries, metric, (float *)out.bytes, out_stride);
        if (l == 0) expected = out;
        else {
            check_floats(k->name, &expected, &out);
            free_guarded(&out);
        }
    }
    free_guarded(&expected);
    free_batch(&b);
    free(base);
}

static void check_pick(emb_test *t, size_t count) {
    float *scores = exact(count * sizeof *scores);
    for (size_t i = 0; i < count; i++) scores[i] = random_below(t, 20) ? random_float(t) : NAN;
    const float worst = random_below(t, 3) ? 0.99f : random_float(t);
    for (int small = 0; small < 2; small++) {
        name_cell("pick of %zu", count);
        for (size_t l = 0; l < t->level_count; l++) {
            uint32_t *places = exact((count + 1) * sizeof *places);
            const size_t found = t->levels[l]->scores.pick(scores, count, small ? -worst : worst, small, places);
            size_t expected = 0;
            for (size_t i = 0; i < count; i++) {
                if (!(small ? scores[i] < -worst : scores[i] > worst)) continue;
                if (expected >= found || places[expected] != i) fail(t->levels[l]->name, "place %zu is wrong", expected);
                expected++;
            }
            if (found != expected) fail(t->levels[l]->name, "found %zu, not %zu", found, expected);
            free(places);
        }
    }
    free(scores);
}

void test_scores(emb_test *t) {
    for (int header = EMB_NO_HEADER; header <= EMB_SYMMETRIC_F32; header++)
        for (size_t d = 0; d < dims_count; d++)
            for (int metric = EMB_DOT; metric <= EMB_L2; metric++)
                for (int again = 0; again < 6; again++)
                    check_scores(t, (emb_header)header, dims_grid[d], (emb_metric)metric);
    for (size_t count = 0; count < 300; count++) check_pick(t, count);
}
