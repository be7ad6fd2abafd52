// Runs every level that this processor has against the scalar definition. Usage: parity [SEED [ONE_IN [LEVEL]]]
// ONE_IN thins the large grids; LEVEL is the best level that must be detected.
#include "parity.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char cell[512] = "start";

const char *const element_names[EMB_ELEMENT_COUNT] = {
    "f32",  "f16",  "bf16", "int16", "int8", "int4", "int2",        "rbe1",       "rbe2",       "rbe3",
    "rbe4", "rbe5", "rbe6", "rbe7",  "rbe8", "int16 block", "int8 block", "int4 block", "int2 block", "e4m3",
    "e5m2"};
const char *const header_names[EMB_HEADER_COUNT] = {"no header",     "affine f16",    "symmetric f16", "affine f32",
                                                    "symmetric f32", "estimator f16", "estimator f32", "e8m0"};
const size_t dims_grid[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,  13,  14,  15,  16,  17, 31,
                            32, 33, 50, 63, 64, 65, 85, 127, 128, 129, 163, 256, 300};
const size_t dims_count = sizeof dims_grid / sizeof *dims_grid;

uint64_t random_bits(emb_test *t) {
    uint64_t z = (t->state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

size_t random_below(emb_test *t, size_t below) { return (size_t)(random_bits(t) % below); }

float random_float(emb_test *t) { return (float)(int32_t)random_bits(t) * 0x1p-31f; }

bool takes_cell(emb_test *t) {
    if (random_bits(t) % t->one_in) return false;
    t->cells++;
    return true;
}

void *exact(size_t size) {
    void *p = malloc(size ? size : 1);
    if (!p) abort();
    return p;
}

guarded make_guarded(size_t size, size_t offset) {
    guarded g = {.size = size};
    const size_t total = offset + size + 2 * SENTRY;
    g.block = exact(total);
    memset(g.block, FILL, total);
    g.bytes = g.block + offset + SENTRY;
    return g;
}

void free_guarded(guarded *g) { free(g->block); }

void name_cell(const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(cell, sizeof cell, format, list);
    va_end(list);
}

void fail(const char *level, const char *format, ...) {
    va_list list;
    va_start(list, format);
    printf("FAILED %s: %s: ", level, cell);
    vprintf(format, list);
    printf("\n");
    va_end(list);
    exit(1);
}

static void check_sentries(const char *level, const guarded *g) {
    for (size_t i = 0; i < SENTRY; i++) {
        if (g->bytes[-1 - (ptrdiff_t)i] != FILL) fail(level, "wrote %zu bytes before the output", i + 1);
        if (g->bytes[g->size + i] != FILL) fail(level, "wrote %zu bytes behind the output", i + 1);
    }
}

void check_floats(const char *level, const guarded *expected, const guarded *actual) {
    check_sentries(level, actual);
    for (size_t i = 0; i < expected->size / 4; i++) {
        float x, y;
        memcpy(&x, expected->bytes + 4 * i, 4);
        memcpy(&y, actual->bytes + 4 * i, 4);
        if (memcmp(&x, &y, 4) != 0 && !(isnan(x) && isnan(y)))
            fail(level, "float %zu of the output is %a, scalar has %a", i, (double)y, (double)x);
    }
}

void check_bytes(const char *level, const guarded *expected, const guarded *actual) {
    check_sentries(level, actual);
    for (size_t i = 0; i < expected->size; i++)
        if (expected->bytes[i] != actual->bytes[i])
            fail(level, "byte %zu of the output is %02x, scalar has %02x", i, actual->bytes[i], expected->bytes[i]);
}

bool is_float(emb_element element) { return element <= EMB_BF16; }

bool is_rbe(emb_element element) { return element >= EMB_RBE1 && element <= EMB_RBE8; }
bool is_blocked(emb_element element) { return element >= EMB_BLOCK_INT16; }

bool has_header(emb_element element, emb_header header) {
    const bool affine = header == EMB_AFFINE_F16 || header == EMB_AFFINE_F32, e8m0 = header == EMB_SCALE_E8M0;
    if (is_float(element)) return header == EMB_NO_HEADER;
    if (is_rbe(element)) return !affine && !e8m0;
    if (element >= EMB_E4M3) return e8m0 || header == EMB_SYMMETRIC_F16;
    return affine || header == EMB_SYMMETRIC_F16 || header == EMB_SYMMETRIC_F32;
}

size_t draw_block(emb_test *t, emb_element element) {
    return is_blocked(element) ? (size_t)16 << random_below(t, 4) : 0;
}

size_t head_bytes(emb_header header, size_t block, size_t dim) {
    static const size_t bytes[EMB_HEADER_COUNT] = {0, 4, 2, 8, 4, 6, 12, 1};
    return bytes[header] * (block ? (dim + block - 1) / block : 1);
}

size_t row_bytes(emb_element element, emb_header header, size_t block, size_t dim) {
    static const size_t bits[EMB_ELEMENT_COUNT] = {32, 16, 16, 16, 8, 4, 2, 1, 2, 3, 4, 5, 6, 7, 8, 16, 8, 4, 2, 8, 8};
    return head_bytes(header, block, dim) + (dim * bits[element] + 7) / 8;
}

int main(int argc, char **argv) {
    emb_test t = {.state = 1, .one_in = 1};
    if (argc > 1) t.state = strtoull(argv[1], NULL, 0);
    if (argc > 2) t.one_in = strtoull(argv[2], NULL, 0);
    const emb_kernels *best = emb_kernels_at(emb_best_level());
    printf("seed %llu, one cell in %llu, levels:", (unsigned long long)t.state, (unsigned long long)t.one_in);
    for (int level = 0; level < EMB_LEVEL_COUNT; level++) {
        const emb_kernels *kernels = emb_kernels_at((emb_level)level);
        if (!kernels) continue;
        if (kernels->level != (emb_level)level) fail(kernels->name, "is at the place of level %d", level);
        printf(" %s", kernels->name);
        t.levels[t.level_count++] = kernels;
    }
    if (!best) fail("detection", "there are no kernels at the best level");
    printf(", best %s\n", best->name);
    if (argc > 3 && strcmp(argv[3], best->name) != 0) fail("detection", "the best level should be %s", argv[3]);
    test_detection();
    test_others(&t);
    test_hashes(&t);
    test_encoders(&t);
    test_coded(&t);
    test_scores(&t);
    test_grids(&t);
    test_rows(&t);
    printf("all equal, %llu cells\n", (unsigned long long)t.cells);
}
