// The encoders: the examples of Formats/codecs, equal bytes and refusals at every level, and how far decoding lands
// from what was encoded.
#include "parity.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 4

enum { PLAIN, CONSTANT, ZEROS, DENORMAL, HUGE_VALUES, NARROW_RANGE, HALF_LIMIT, NOT_FINITE, SPECIALS, KINDS };
static const char *const kind_names[KINDS] = {"plain",        "constant",   "zeros",      "denormal", "huge",
                                              "narrow range", "half limit", "not finite", "specials"};

static void draw_row(emb_test *t, int kind, float *row, size_t dim) {
    const float constant = random_float(t), limits[] = {65504, 65519.9f, 65520, -65504, -65519, 65000, 3.4e38f};
    const float specials[] = {NAN, INFINITY, -INFINITY, 0, -0.0f, 0x1p-149f, 0x1p-25f, 0x1.8p-25f};
    for (size_t j = 0; j < dim; j++) {
        const float x = random_float(t);
        switch (kind) {
        case PLAIN: row[j] = x; break;
        case CONSTANT: row[j] = constant; break;
        case ZEROS: row[j] = x < -0.5f ? -0.0f : x < 0.5f ? 0 : x; break; // both, among positive numbers
        case DENORMAL: row[j] = x * 0x1p-126f; break;
        case HUGE_VALUES: row[j] = x * FLT_MAX; break;
        case NARROW_RANGE: row[j] = 1000 + x * 0x1p-10f; break;
        case HALF_LIMIT: row[j] = random_below(t, 4) ? x : limits[random_below(t, 7)]; break;
        case NOT_FINITE: row[j] = x; break;
        default: row[j] = random_below(t, 4) ? x : specials[random_below(t, 8)];
        }
    }
    if (kind == NOT_FINITE) row[random_below(t, dim)] = specials[random_below(t, 3)];
}

static bool is_fp8(emb_element element) { return element >= EMB_E4M3; }

static float scale_at(emb_header header, const uint8_t *head) {
    float scale;
    memcpy(&scale, head, sizeof scale);
    if (header == EMB_AFFINE_F32 || header == EMB_SYMMETRIC_F32) return scale;
    if (header == EMB_SCALE_E8M0) return ldexpf(1, *head - 127);
    uint16_t half;
    memcpy(&half, head, sizeof half);
    return half < 0x400 ? ldexpf(half, -24) : ldexpf((float)(0x400 | (half & 0x3ff)), (half >> 10) - 25);
}

/// Half a unit of a number's last place, or of the smallest codes'.
static double fp8_limit(emb_element element, float step, float x) {
    const bool wide = element == EMB_E4M3;
    const double share = fabs((double)x) * (wide ? 0x1p-4 : 0x1p-3), least = (double)step * (wide ? 0x1p-10 : 0x1p-17);
    return (share > least ? share : least) * (1 + 0x1p-20) + 0x1p-149;
}

/// A row of codes decodes to within half a step, plus what rounding a code's distance and the result may cost.
static void check_error(const emb_kernels *scalar, emb_element element, const emb_rows *table, const float *row,
                        uint32_t index, size_t dim) {
    const emb_row_list list = {.rows = &index, .count = 1, .readable = 1};
    float *decoded = exact(dim * sizeof *decoded);
    scalar->rows[element].gather(table, &list, decoded, dim, dim);
    const uint8_t *head = table->base + index * table->stride;
    const size_t block = table->block ? table->block : dim;
    for (size_t first = 0; first < dim; first += block) {
        const float step = scale_at(table->header, head + head_bytes(table->header, block, first));
        float magnitude = 0;
        for (size_t j = first; j < first + block && j < dim; j++) magnitude = fmaxf(magnitude, fabsf(row[j]));
        for (size_t j = first; j < first + block && j < dim; j++) {
            const double error = fabs((double)decoded[j] - (double)row[j]);
            const double limit = 0.5 * (double)step * (1 + 0x1p-20) + 0x1p-21 * (double)magnitude + 65535 * 0x1p-149;
            if (!(error <= (is_fp8(element) ? fp8_limit(element, step, row[j]) : limit)))
                fail("round trip", "%a came back as %a, step %a", (double)row[j], (double)decoded[j], (double)step);
        }
    }
    free(decoded);
}

/// An rbe row keeps more of its row than the signs alone would: the squared error is below that of one bit, whose scale
/// is the mean magnitude, but for the rounding of the scale.
static void check_gain(const emb_kernels *scalar, emb_element element, const emb_rows *table, const float *row,
                       uint32_t index, size_t dim) {
    const emb_row_list list = {.rows = &index, .count = 1, .readable = 1};
    float *decoded = exact(dim * sizeof *decoded);
    scalar->rows[element].gather(table, &list, decoded, dim, dim);
    double sum = 0, squares = 0, error = 0;
    for (size_t j = 0; j < dim; j++) {
        const double x = (double)row[j], d = (double)decoded[j] - x;
        sum += fabs(x);
        squares += x * x;
        error += d * d;
    }
    const double limit = squares - sum * sum / (double)dim + squares / 128;
    if (!(error <= limit)) fail("round trip", "squared error %g, of signs %g", error, limit);
    free(decoded);
}

static void run_cell(emb_test *t, emb_element element, emb_header header, size_t dim, int kind) {
    name_cell("encode %s %s, dim %zu, %s rows", element_names[element], header_names[header], dim, kind_names[kind]);
    const size_t block = draw_block(t, element), used = row_bytes(element, header, block, dim), stride = used + random_below(t, 2) * 5;
    const size_t odd = random_below(t, ROWS), offset = random_below(t, 64);
    float *values = exact(ROWS * dim * sizeof *values);
    // One row of the kind among plain ones shows where an encoder stops.
    for (size_t r = 0; r < ROWS; r++) draw_row(t, r == odd ? kind : PLAIN, values + r * dim, dim);
    guarded expected = make_guarded(ROWS * stride + EMB_ROW_SLACK, 0);
    emb_refusal reason;
    const emb_kernels *scalar = t->levels[0];
    const size_t count = scalar->rows[element].encode(values, ROWS, dim, header, block, expected.bytes, stride, &reason);
    if ((count == ROWS) != (reason == EMB_ENCODED)) fail("scalar", "encoded %zu rows with reason %d", count, reason);
    // A plain row before it may be refused for its scale: a single number can be too small.
    if (kind == NOT_FINITE && !is_float(element) && (count > odd || (count == odd && reason != EMB_NOT_FINITE)))
        fail("scalar", "took a row that is not finite");
    for (size_t r = 0; r < count; r++)
        for (size_t i = used; i < stride; i++)
            if (expected.bytes[r * stride + i]) fail("scalar", "left byte %zu of a row", i);
    const emb_rows table = {.base = expected.bytes, .stride = stride, .header = header, .block = block,
                            .head_bytes = head_bytes(header, block, dim)};
    for (size_t r = 0; r < count && is_rbe(element) && header != EMB_NO_HEADER; r++)
        check_gain(scalar, element, &table, values + r * dim, (uint32_t)r, dim);
    for (size_t r = 0; r < count && !is_float(element) && !is_rbe(element); r++)
        check_error(scalar, element, &table, values + r * dim, (uint32_t)r, dim);
    for (size_t l = 1; l < t->level_count; l++) {
        const emb_kernels *k = t->levels[l];
        guarded actual = make_guarded(expected.size, offset);
        emb_refusal why;
        const size_t done = k->rows[element].encode(values, ROWS, dim, header, block, actual.bytes, stride, &why);
        if (done != count || why != reason)
            fail(k->name, "stopped at %zu with %d, scalar at %zu with %d", done, why, count, reason);
        check_bytes(k->name, &expected, &actual);
        free_guarded(&actual);
    }
    free_guarded(&expected);
    free(values);
}

/// The worked examples of the codec pages, so that the definition itself is tied to something.
static void check_examples(emb_test *t) {
    static const float integers[] = {0, 1, -2, 0.1f, 0.5f, 0.5f, 0.5f, 0.5f};
    static const float floats[] = {0, 1, -2, 0.1f, 1e-8f, 65504, INFINITY, -0.5f};
    static const struct {
        emb_element element;
        emb_header header;
        const char *bytes;
        size_t stride;
    } examples[] = {
        {EMB_F16, EMB_NO_HEADER, "\x00\x00\x00\x3c\x00\xc0\x66\x2e\x00\x00\xff\x7b\x00\x7c\x00\xb8", 8},
        {EMB_BF16, EMB_NO_HEADER, "\x00\x00\x80\x3f\x00\xc0\xcd\x3d\x2c\x32\x80\x47\x80\x7f\x00\xbf", 8},
        {EMB_INT16, EMB_AFFINE_F16, "\x01\x03\x00\xb8\x9c\x2a\xd5\x7f\x2b\x80\x22\x33\x00\x00\x00\x38\x00\x00\x00\x00\x00\x00\x00\x00", 12},
        {EMB_INT8, EMB_AFFINE_F16, "\x07\x22\xe8\xb7\x2a\x7f\x80\x32\x00\x00\x00\x38\x00\x00\x00\x00", 8},
        {EMB_INT4, EMB_AFFINE_F16, "\x67\x32\x66\xb6\x72\x28\x00\x00\x00\x38\x00\x00", 6},
        {EMB_INT2, EMB_AFFINE_F16, "\x00\x3c\x00\x00\x24\x00\x00\x00\x38\x00", 5},
        {EMB_RBE1, EMB_SYMMETRIC_F16, "\x33\x3a\x0b\x00\x38\x0f", 3},
        {EMB_RBE2, EMB_SYMMETRIC_F16, "\xbc\x3c\x8a\x55\x35\xff", 3},
        {EMB_RBE3, EMB_SYMMETRIC_F16, "\x8f\x3c\x2c\x08\x92\x34\xff\x0f", 4},
        {EMB_RBE4, EMB_SYMMETRIC_F32, "\x79\xa5\x89\x3f\xb8\x80\x89\x88\x88\x3e\xff\xff", 6},
        {EMB_RBE2, EMB_NO_HEADER, "\x8e\xaa", 1},
        {EMB_RBE1, EMB_ESTIMATOR_F16, "\x77\x3e\x7a\x40\x33\x3a\x0b\x00\x38\x00\x3c\x00\x38\x0f", 7},
        {EMB_RBE4, EMB_ESTIMATOR_F16, "\x52\x3c\x7a\x40\x4d\x3c\xb8\x80\x44\x34\x00\x3c\x44\x34\xff\xff", 8},
        {EMB_INT8, EMB_SYMMETRIC_F16, "\x09\x24\x00\x3f\x81\x06\x09\x1c\x7f\x7f\x7f\x7f", 6},
        {EMB_E4M3, EMB_SCALE_E8M0, "\x78\x00\x70\xf8\x55\x76\x78\x78\x78\x78", 5},
        {EMB_E4M3, EMB_SYMMETRIC_F16, "\x93\x1c\x00\x76\xfe\x5b\x93\x14\x7e\x7e\x7e\x7e", 6},
        {EMB_E5M2, EMB_SCALE_E8M0, "\x71\x00\x74\xf8\x66\x6f\x78\x78\x78\x78", 5},
        {EMB_E5M2, EMB_SYMMETRIC_F16, "\x4a\x02\x00\x77\xfb\x6a\x93\x00\x7b\x7b\x7b\x7b", 6},
    };
    for (size_t e = 0; e < sizeof examples / sizeof *examples; e++) {
        name_cell("example of %s %s", element_names[examples[e].element], header_names[examples[e].header]);
        const emb_row_kernels *rows = &t->levels[0]->rows[examples[e].element];
        uint8_t bytes[24];
        emb_refusal why;
        const float *values = is_float(examples[e].element) ? floats : integers;
        const size_t done = rows->encode(values, 2, 4, examples[e].header, is_blocked(examples[e].element) ? 32 : 0, bytes, examples[e].stride, &why);
        if (done != 2 || memcmp(bytes, examples[e].bytes, 2 * examples[e].stride)) fail("scalar", "is not the page's");
    }
}

void test_encoders(emb_test *t) {
    check_examples(t);
    for (int element = 0; element < EMB_ELEMENT_COUNT; element++) {
        for (int header = 0; header < EMB_HEADER_COUNT; header++)
            for (size_t d = 0; d < dims_count && has_header((emb_element)element, (emb_header)header); d++)
                for (int kind = 0; kind < KINDS; kind++)
                    for (int again = 0; again < 8; again++)
                        if (takes_cell(t)) run_cell(t, (emb_element)element, (emb_header)header, dims_grid[d], kind);
    }
}
