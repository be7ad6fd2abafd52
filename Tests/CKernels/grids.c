// Scores of rbe rows against the scalar definition: widths, headers, row lengths, metrics, lists and batches; and of signs.
#include "parity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 37
#define QUERIES 70

static const char *const metric_names[] = {"dot", "cosine", "l2"};

static void fill(emb_test *t, emb_element element, emb_header header, uint8_t *row, size_t dim) {
    const size_t head = row_bytes(element, header, 0, 0), width = header == EMB_SYMMETRIC_F16 || header == EMB_ESTIMATOR_F16 ? 2 : 4;
    for (size_t i = 0; i < row_bytes(element, header, 0, dim); i++) row[i] = (uint8_t)random_bits(t);
    if (random_below(t, 4) == 0) return; // factors of any bits
    for (size_t i = 0; i < head; i += width) {
        const float x = fabsf(random_float(t));
        const uint16_t f16 = (uint16_t)((random_bits(t) & 0x3ff) | (7 + random_below(t, 9)) << 10);
        memcpy(row + i, width == 2 ? (const void *)&f16 : &x, width);
    }
}

static void check_grid(emb_test *t, bool signs, emb_element element, emb_header header, size_t dim, emb_metric metric) {
    if (!takes_cell(t)) return;
    const bool listed = random_below(t, 2);
    const size_t stride = row_bytes(element, header, 0, dim) + random_below(t, 5);
    const size_t count = random_below(t, ROWS + 1), query_count = random_below(t, 8) ? random_below(t, 12) : QUERIES;
    name_cell("%s %s %s, %s, dim %zu, %zu rows%s, %zu queries", signs ? "signs of" : "score", element_names[element],
              header_names[header], metric_names[metric], dim, count, listed ? " listed" : "", query_count);
    uint8_t *base = exact(ROWS * stride + EMB_ROW_SLACK);
    memset(base, 0x7f, ROWS * stride + EMB_ROW_SLACK);
    for (size_t r = 0; r < ROWS; r++) fill(t, element, header, base + r * stride, dim);
    uint32_t list[ROWS];
    for (size_t r = 0; r < count; r++) list[r] = (uint32_t)random_below(t, ROWS);
    const emb_scored_rows rows = {base, stride, header, listed ? list : NULL, ROWS - count, count, dim};

    const size_t query_stride = (dim + 63) / 64 * 64;
    int8_t *codes = calloc(query_count + 1, query_stride);
    int32_t sums[QUERIES];
    float units[QUERIES], squares[QUERIES];
    for (size_t q = 0; q < query_count; q++) {
        sums[q] = 0;
        for (size_t j = 0; j < dim; j++) {
            const int code = random_below(t, 5) ? (int)random_below(t, 255) - 127 : random_below(t, 2) ? 127 : -127;
            codes[q * query_stride + j] = (int8_t)code;
            sums[q] += code;
        }
        units[q] = random_float(t);
        squares[q] = fabsf(random_float(t)) * 50;
    }
    const emb_grid_queries queries = {query_count, query_stride, codes, sums, units, squares};
    const size_t out_stride = count + random_below(t, 3), written = query_count ? (query_count - 1) * out_stride + count : 0;
    guarded expected = {0};
    for (size_t l = 0; l < t->level_count; l++) {
        const emb_score_kernels *k = &t->levels[l]->scores;
        guarded out = make_guarded(written * 4, 4 * random_below(t, 16));
        memset(out.bytes, 0, written * 4);
        if (signs) k->sign(&rows, &queries, metric, (float *)out.bytes, out_stride);
        else k->grid(element, &rows, &queries, metric, (float *)out.bytes, out_stride);
        if (l == 0) expected = out;
        else {
            check_floats(t->levels[l]->name, &expected, &out);
            free_guarded(&out);
        }
    }
    free_guarded(&expected);
    free(codes);
    free(base);
}

/// Of two rows and one query, worked out by hand: codes 0 3 2 1 1 and 3 3 3 3 3 of two bits, query 1 2 -3 4 -5.
static void check_by_hand(emb_test *t) {
    name_cell("scores by hand");
    const uint8_t rows[2 + EMB_ROW_SLACK][2] = {{0x6c, 0xfd}, {0xff, 0x03}}; // spare bits of the first row are set
    const int8_t codes[64] = {1, 2, -3, 4, -5};
    const int32_t sum = -1;
    const float unit = 0.5f, square = 13.75f;
    const emb_scored_rows table = {rows[0], 2, EMB_NO_HEADER, NULL, 0, 2, 5};
    const emb_grid_queries queries = {1, 64, codes, &sum, &unit, &square};
    // Values -1.5 1.5 0.5 -0.5 -0.5 and 1.5 each; the query is half its codes.
    const float expected[3][2] = {{0.25f * (-3 + 6 - 3 - 4 + 5), -0.75f},
                                  {0.25f / sqrtf(5.25f), -0.75f / sqrtf(11.25f)},
                                  {5.25f + 13.75f - 0.5f, 11.25f + 13.75f + 1.5f}};
    for (int metric = EMB_DOT; metric <= EMB_L2; metric++) {
        float out[2];
        t->levels[0]->scores.grid(EMB_RBE2, &table, &queries, (emb_metric)metric, out, 2);
        if (memcmp(out, expected[metric], sizeof out)) fail("scalar", "%g %g, metric %d", (double)out[0], (double)out[1], metric);
    }
    const uint8_t bits[64] = {0x0e};
    const emb_grid_queries signs = {1, 64, (const int8_t *)bits, &sum, &unit, &square};
    // The query's 0 1 1 1 0 against 0 0 1 1 0 and 1 1 1 1 1, spare bits set: one place and two.
    float out[2];
    const emb_scored_rows one = {(const uint8_t *)"\xec\xff" /* and slack */ "0123456789012345678901234567890123456789012345678901234567890123",
                                 1, EMB_NO_HEADER, NULL, 0, 2, 5};
    for (int metric = EMB_DOT; metric <= EMB_L2; metric++) {
        t->levels[0]->scores.sign(&one, &signs, (emb_metric)metric, out, 2);
        const float close[3] = {3, 3 / 5.0f, 4}, far[3] = {1, 1 / 5.0f, 8};
        if (out[0] != close[metric] || out[1] != far[metric])
            fail("scalar", "signs %g %g, metric %d", (double)out[0], (double)out[1], metric);
    }
}

void test_grids(emb_test *t) {
    check_by_hand(t);
    for (int element = EMB_RBE1; element <= EMB_RBE8; element++)
        for (int header = 0; header < EMB_HEADER_COUNT; header++)
            for (size_t d = 0; d < dims_count && has_header((emb_element)element, (emb_header)header); d++)
                for (int metric = EMB_DOT; metric <= EMB_L2; metric++)
                    check_grid(t, false, (emb_element)element, (emb_header)header, dims_grid[d], (emb_metric)metric);
    for (size_t d = 0; d < dims_count; d++)
        for (int metric = EMB_DOT; metric <= EMB_L2; metric++)
            check_grid(t, true, EMB_RBE1, EMB_NO_HEADER, dims_grid[d], (emb_metric)metric);
    for (int element = EMB_RBE1; element <= EMB_RBE8; element++) // slabs
        check_grid(t, false, (emb_element)element, EMB_SYMMETRIC_F16, 2100, EMB_COSINE);
}
