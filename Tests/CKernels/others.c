// The kernels that know no rows: narrowing ids, converting floats, the Hadamard transforms, comparing.
#include "parity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t row_counts[] = {0, 1, 1000, INT32_MAX, 1u << 31, (1u << 31) + 5u, UINT32_MAX};

static uint64_t draw_id(emb_test *t, uint64_t row_count) {
    const uint64_t edges[] = {row_count, row_count - 1, 0, UINT64_MAX, INT64_MAX, 1ull << 63, 1ull << 32, UINT32_MAX};
    return random_below(t, 4) ? random_bits(t) % (row_count + 1) : edges[random_below(t, 8)];
}

static void check_narrow(emb_test *t, uint64_t row_count, size_t count) {
    name_cell("narrow %zu ids, %llu rows", count, (unsigned long long)row_count);
    uint64_t *ids = exact(count * sizeof *ids);
    int32_t *small = exact(count * sizeof *small);
    for (size_t i = 0; i < count; i++) ids[i] = draw_id(t, row_count);
    for (size_t i = 0; i < count; i++) small[i] = (int32_t)ids[i];
    for (size_t l = 0; l < t->level_count; l++) {
        const emb_kernels *k = t->levels[l];
        guarded rows[3];
        for (size_t n = 0; n < 3; n++) rows[n] = make_guarded(count * sizeof(uint32_t), 4 * random_below(t, 16));
        const size_t outside[] = {k->narrow_i32(small, count, row_count, (uint32_t *)rows[0].bytes),
                                  k->narrow_i64((int64_t *)ids, count, row_count, (uint32_t *)rows[1].bytes),
                                  k->narrow_u64(ids, count, row_count, (uint32_t *)rows[2].bytes)};
        for (size_t n = 0; n < 3; n++) {
            guarded expected = make_guarded(rows[n].size, 0);
            size_t expected_outside = 0;
            for (size_t i = 0; i < count; i++) {
                const bool inside = n == 0 ? small[i] >= 0 && (uint64_t)small[i] < row_count
                                           : ids[i] <= INT64_MAX && ids[i] < row_count;
                const uint32_t row = !inside ? EMB_ZERO_ROW : n == 0 ? (uint32_t)small[i] : (uint32_t)ids[i];
                memcpy(expected.bytes + 4 * i, &row, sizeof row);
                expected_outside += !inside;
            }
            if (outside[n] != expected_outside) fail(k->name, "counted %zu, not %zu", outside[n], expected_outside);
            check_bytes(k->name, &expected, &rows[n]);
            free_guarded(&expected);
            free_guarded(&rows[n]);
        }
    }
    free(small);
    free(ids);
}

static void check_limits(emb_test *t, size_t count) {
    name_cell("limits of %zu rows and ends", count);
    uint32_t *rows = exact(count * sizeof *rows), *ends = exact(count * sizeof *ends);
    uint32_t limit = 0, end = 0;
    for (size_t i = 0; i < count; i++) {
        rows[i] = random_below(t, 4) ? (uint32_t)random_bits(t) >> random_below(t, 32) : EMB_ZERO_ROW;
        if (rows[i] != EMB_ZERO_ROW && rows[i] + 1 > limit) limit = rows[i] + 1;
        ends[i] = end += (uint32_t)random_below(t, 3);
    }
    for (size_t l = 0; l < t->level_count; l++) {
        const emb_kernels *k = t->levels[l];
        if (k->row_limit(rows, count) != limit) fail(k->name, "limit %u, not %u", k->row_limit(rows, count), limit);
        if (!k->ascend(ends, count)) fail(k->name, "ends that ascend do not");
        if (count < 2 || end == 0) continue;
        const size_t place = random_below(t, count - 1);
        const uint32_t kept = ends[place];
        ends[place] = end + 1;
        if (k->ascend(ends, count)) fail(k->name, "ends that fall at %zu ascend", place + 1);
        ends[place] = kept;
    }
    free(rows);
    free(ends);
}

/// Every level's conversion of the same floats. `patterns` hold the bits.
static void check_conversion(emb_test *t, const uint32_t *patterns, size_t count) {
    float *in = exact(count * sizeof *in);
    memcpy(in, patterns, count * sizeof *in);
    for (int bf16 = 0; bf16 < 2; bf16++) {
        name_cell("f32 to %s, %zu values", bf16 ? "bf16" : "f16", count);
        guarded expected = {0};
        for (size_t l = 0; l < t->level_count; l++) {
            const emb_kernels *k = t->levels[l];
            guarded out = make_guarded(2 * count, 2 * random_below(t, 32));
            (bf16 ? k->f32_to_bf16 : k->f32_to_f16)(in, (uint16_t *)out.bytes, count);
            if (l == 0) expected = out;
            else {
                check_bytes(k->name, &expected, &out);
                free_guarded(&out);
            }
        }
        free_guarded(&expected);
    }
    free(in);
}

/// Around every half, and anywhere.
static void check_conversions(emb_test *t) {
    enum { COUNT = 1 << 16 };
    uint32_t *patterns = exact(COUNT * sizeof *patterns);
    for (size_t i = 0; i < COUNT; i++) patterns[i] = (uint32_t)random_bits(t);
    check_conversion(t, patterns, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        // Bits 12 ... 0 just below, at, and above a tie of f16; bits 15 ... 0 the same for bf16.
        const uint32_t low[] = {0x0fff, 0x1000, 0x1001, 0x3000, 0x7fff, 0x8000, 0x8001, 0};
        patterns[i] = (uint32_t)(random_bits(t) & 0xffff0000) | low[i % 8];
    }
    check_conversion(t, patterns, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        // Exponents at which f16 is denormal or overflows.
        const uint32_t exponent = i % 2 ? 100 + (uint32_t)random_below(t, 16) : 140 + (uint32_t)random_below(t, 6);
        patterns[i] = exponent << 23 | (uint32_t)(random_bits(t) & 0x807fffff);
    }
    check_conversion(t, patterns, COUNT);
    for (size_t count = 0; count < 40; count++) check_conversion(t, patterns, count);
    free(patterns);
}

static void check_hadamard(emb_test *t, size_t n) {
    float *factor = exact(n * sizeof *factor), *x = exact(n * sizeof *x);
    for (size_t j = 0; j < n; j++) factor[j] = random_float(t);
    for (size_t j = 0; j < n; j++) x[j] = random_below(t, 50) ? random_float(t) : -0.0f;
    for (int first = 0; first < 2; first++) {
        name_cell("hadamard of %zu, scaled %s", n, first ? "first" : "last");
        guarded expected = {0};
        for (size_t l = 0; l < t->level_count; l++) {
            const emb_kernels *k = t->levels[l];
            guarded out = make_guarded(n * sizeof *x, 4 * random_below(t, 16));
            memcpy(out.bytes, x, n * sizeof *x);
            (first ? k->scale_then_hadamard : k->hadamard_then_scale)((float *)out.bytes, factor, n);
            if (l == 0) expected = out;
            else {
                check_floats(k->name, &expected, &out);
                free_guarded(&out);
            }
        }
        free_guarded(&expected);
    }
    free(x);
    free(factor);
}

static void check_compare(emb_test *t, size_t count) {
    name_cell("compare %zu values", count);
    float *a = exact(count * sizeof *a), *b = exact(count * sizeof *b);
    for (size_t i = 0; i < count; i++) a[i] = random_float(t) * 1e3f;
    for (size_t i = 0; i < count; i++) b[i] = a[i] + random_float(t);
    double expected[4] = {0};
    for (size_t l = 0; l < t->level_count; l++) {
        double sums[4] = {1, 2, -3, 0};
        t->levels[l]->compare(a, b, count, sums);
        if (l == 0) memcpy(expected, sums, sizeof sums);
        for (size_t s = 0; s < 4; s++)
            if (sums[s] != expected[s])
                fail(t->levels[l]->name, "sum %zu is %a, scalar has %a", s, sums[s], expected[s]);
    }
    free(b);
    free(a);
}

/// Activations and lengths: equal at every level; mish also near to what it is, and exact where it must be.
static void check_network(emb_test *t, size_t count) {
    name_cell("network of %zu numbers", count);
    const float specials[] = {NAN, INFINITY, -INFINITY, -0.0f, 20, 20.1f, -80, -90, 1e-40f, -1e-40f, -0.3466f, 3e38f};
    for (int which = 0; which < 3; which++) {
        float *x = exact(count * sizeof *x);
        const bool wild = random_below(t, 2);
        for (size_t i = 0; i < count; i++)
            x[i] = wild && random_below(t, 4) == 0 ? specials[random_below(t, 12)] : random_float(t) * (which == 1 ? 30 : 2);
        guarded expected = {0};
        for (size_t l = 0; l < t->level_count; l++) {
            const emb_network_kernels *k = &t->levels[l]->network;
            guarded out = make_guarded(count * sizeof *x, 4 * random_below(t, 16));
            memcpy(out.bytes, x, count * sizeof *x);
            (which == 0 ? k->relu : which == 1 ? k->mish : k->unit)((float *)out.bytes, count);
            if (l == 0) expected = out;
            else {
                check_floats(t->levels[l]->name, &expected, &out);
                free_guarded(&out);
            }
        }
        for (size_t i = 0; which == 1 && i < count; i++) {
            const double a = (double)x[i], y = (double)((const float *)(const void *)expected.bytes)[i];
            const double exactly = a > 20 ? a : a * tanh(log1p(exp(a)));
            if (fabs(a) < 60 && !(fabs(y - exactly) <= 4e-7 * fabs(exactly) + 1e-37)) fail("scalar", "mish(%a) is %a", a, y);
        }
        free_guarded(&expected);
        free(x);
    }
}

/// The first numbers of a generated row, and of a sparse one.
static void check_computed(emb_test *t, size_t count) {
    name_cell("generated and sparse rows of %zu numbers", count);
    const uint64_t row = random_bits(t) >> 32, salt = random_bits(t);
    uint8_t *bitmap = exact((count + 7) / 8), *values = exact(2 * count);
    for (size_t i = 0; i < (count + 7) / 8; i++) bitmap[i] = (uint8_t)random_bits(t);
    for (size_t i = 0; i < 2 * count; i++) values[i] = (uint8_t)random_bits(t);
    uint8_t *coefficients = exact(24 * count);
    for (size_t i = 0; i < 3 * count; i++) {
        const uint64_t c = random_bits(t) >> random_below(t, 65 - 1);
        memcpy(coefficients + 8 * i, &(uint64_t){random_below(t, 8) == 0 ? 0 : c}, 8);
    }
    const uint32_t buckets = 2 + (uint32_t)(random_bits(t) >> 33 >> random_below(t, 24)) % ((1 << 24) - 1);
    guarded expected[5];
    for (size_t l = 0; l < t->level_count; l++) {
        const emb_kernels *k = t->levels[l];
        guarded out[5];
        for (size_t i = 0; i < 5; i++) out[i] = make_guarded(count * sizeof(float), 4 * random_below(t, 16));
        k->generate_uniform(row, salt, (float *)out[0].bytes, count);
        k->generate_normal(row, salt, 0.125, (float *)out[1].bytes, count);
        k->expand(bitmap, values, EMB_F16, 1, (float *)out[2].bytes, count);
        k->expand(bitmap, values, EMB_INT8, 0.37f, (float *)out[3].bytes, count);
        k->generate_learned(row, coefficients, buckets, (float *)out[4].bytes, count);
        for (size_t i = 0; i < 5; i++) {
            if (l == 0) {
                expected[i] = out[i];
                continue;
            }
            check_floats(k->name, &expected[i], &out[i]);
            free_guarded(&out[i]);
        }
    }
    for (size_t i = 0; i < 5; i++) free_guarded(&expected[i]);
    free(coefficients);
    free(values);
    free(bitmap);
}

void test_others(emb_test *t) {
    for (size_t count = 0; count < 70; count++) check_network(t, count);
    check_network(t, 1000);
    for (size_t count = 1; count < 200; count++) check_computed(t, count);
    check_computed(t, 5000);
    for (size_t count = 0; count < 70; count++) check_limits(t, count);
    for (size_t r = 0; r < sizeof row_counts / sizeof *row_counts; r++)
        for (size_t count = 0; count < 70; count++) check_narrow(t, row_counts[r], count);
    check_conversions(t);
    for (size_t n = 1; n <= 4096; n *= 2)
        for (int again = 0; again < 3; again++) check_hadamard(t, n);
    for (size_t count = 0; count < 50; count++) check_compare(t, count);
    check_compare(t, 10007);
}
