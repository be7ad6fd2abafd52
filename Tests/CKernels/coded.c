// Coded rows, the search of codebooks and affine maps against the scalar definition.
#include "parity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 75, LIST = 40, BAGS = 4 };

static float number(emb_test *t, bool wild) {
    const float specials[] = {NAN, INFINITY, -INFINITY, -0.0f, 0x1p-140f, 3e38f};
    return wild && random_below(t, 9) == 0 ? specials[random_below(t, 6)] : random_float(t);
}

static uint8_t *random_bytes(emb_test *t, size_t size) {
    uint8_t *bytes = exact(size);
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)random_bits(t);
    return bytes;
}

typedef struct layout {
    unsigned bits, cold_bits;
    bool fastscan, additive, half;
} layout;

static size_t codeword_bytes(const layout *l, size_t books, size_t dim) {
    return ((size_t)1 << l->bits) * dim * (l->additive ? books : 1) * (l->half ? 2 : 4);
}

static uint8_t *draw_codewords(emb_test *t, const layout *l, size_t books, size_t dim, bool wild) {
    const size_t bytes = codeword_bytes(l, books, dim);
    uint8_t *codewords = random_bytes(t, bytes + EMB_ROW_SLACK);
    for (size_t i = 0; i < bytes; i += l->half ? 2 : 4) {
        const float x = number(t, wild);
        uint16_t half = (uint16_t)random_bits(t);
        if (!wild && (half & 0x7c00) == 0x7c00) half &= 0x7bff;
        if (l->half) memcpy(codewords + i, &half, sizeof half);
        else memcpy(codewords + i, &x, sizeof x);
    }
    return codewords;
}

/// Every operation at every level, whole and with the last bag cut in two.
static void check_calls(emb_test *t, const emb_coded_rows *table, size_t dims) {
    uint32_t rows[LIST + 8], ends[BAGS], end = 0;
    float weights[LIST], divisors[BAGS];
    const bool zeros = random_below(t, 2);
    for (size_t i = 0; i < LIST + 8; i++)
        rows[i] = zeros && random_below(t, 9) == 0 ? EMB_ZERO_ROW : (uint32_t)random_below(t, ROWS);
    for (size_t i = 0; i < LIST; i++) weights[i] = number(t, random_below(t, 8) == 0);
    for (size_t b = 0; b < BAGS; b++) {
        end = b + 1 == BAGS ? LIST : end + (uint32_t)random_below(t, 12);
        ends[b] = end;
        divisors[b] = random_below(t, 3) ? 3 : 0;
    }
    const emb_row_list list = {rows, LIST, LIST + 8, random_below(t, 2) * 5, random_below(t, 2) ? weights : NULL};
    const emb_bags bags = {.ends = ends, .count = BAGS, .divisors = random_below(t, 2) ? divisors : NULL};
    const size_t stride = dims + random_below(t, 3);
    guarded expected[3] = {0};
    for (size_t l = 0; l < t->level_count; l++) {
        const emb_kernels *k = t->levels[l];
        for (int op = 0; op < 3; op++) {
            const size_t count = op == 0 ? LIST : BAGS;
            guarded out = make_guarded(((count - 1) * stride + dims) * sizeof(float), 4 * random_below(t, 16));
            float *floats = (float *)out.bytes;
            if (op == 0) k->coded.gather(table, &list, floats, stride, dims);
            if (op == 1) k->coded.sum(table, &list, &bags, floats, stride, dims);
            if (op == 2) k->coded.max(table, &list, &bags, floats, stride, dims);
            if (l == 0) expected[op] = out;
            else check_floats(k->name, &expected[op], &out), free_guarded(&out);
            const size_t begin = BAGS > 1 ? ends[BAGS - 2] : 0;
            if (op == 0 || LIST - begin < 2) continue;
            // The last bag alone, in two calls.
            guarded split = make_guarded(dims * sizeof(float), 0), last = make_guarded(dims * sizeof(float), 0);
            memcpy(last.bytes, expected[op].bytes + (BAGS - 1) * stride * sizeof(float), dims * sizeof(float));
            emb_row_list part = list;
            uint32_t middle = 1;
            part.rows += begin, part.count = 1, part.readable = 1;
            if (part.weights) part.weights += begin;
            emb_bags open = {.ends = &middle, .count = 1, .suspend = 1};
            (op == 1 ? k->coded.sum : k->coded.max)(table, &part, &open, (float *)split.bytes, dims, dims);
            part.rows++, part.count = part.readable = LIST - begin - 1;
            if (part.weights) part.weights++;
            middle = (uint32_t)part.count;
            emb_bags closed = {.ends = &middle, .count = 1, .resume = 1,
                               .divisors = bags.divisors ? bags.divisors + BAGS - 1 : NULL};
            (op == 1 ? k->coded.sum : k->coded.max)(table, &part, &closed, (float *)split.bytes, dims, dims);
            check_floats(k->name, &last, &split);
            free_guarded(&split);
            free_guarded(&last);
        }
    }
    for (int op = 0; op < 3; op++) free_guarded(&expected[op]);
}

/// Sums of tables of scores against the same sums of codes that are taken out one by one.
static void check_sums(emb_test *t, const emb_coded_rows *table) {
    const size_t codewords = (size_t)1 << table->book_bits;
    float *tables = exact(table->books * codewords * sizeof(float));
    for (size_t i = 0; i < table->books * codewords; i++) tables[i] = random_float(t);
    uint32_t rows[LIST];
    for (size_t i = 0; i < LIST; i++) rows[i] = (uint32_t)random_below(t, ROWS);
    guarded expected = make_guarded(LIST * sizeof(float), 0);
    for (size_t i = 0; i < LIST; i++) {
        float s[4] = {0};
        for (size_t m = 0; m < table->books; m++) {
            const uint32_t row = rows[i];
            const bool hot = row < table->hot_rows;
            const size_t bits = hot ? table->bits : table->cold_bits;
            const uint8_t *bytes = hot ? table->rows + row * table->stride : table->cold + (row - table->hot_rows) * table->cold_stride;
            size_t code = 0;
            for (size_t b = 0; b < bits; b++) code |= (size_t)(bytes[(m * bits + b) / 8] >> (m * bits + b) % 8 & 1) << b;
            if (table->fastscan) code = table->rows[row / 32 * 16 * table->books + 16 * m + row % 16] >> row % 32 / 16 * 4 & 15;
            s[m % 4] += tables[m * codewords + code];
        }
        ((float *)expected.bytes)[i] = (s[0] + s[2]) + (s[1] + s[3]);
    }
    for (size_t l = 0; l < t->level_count; l++) {
        guarded out = make_guarded(LIST * sizeof(float), 4 * random_below(t, 16));
        t->levels[l]->coded.sum_tables(table, tables, rows, LIST, (float *)out.bytes);
        check_floats(t->levels[l]->name, &expected, &out);
        free_guarded(&out);
    }
    free_guarded(&expected);
    free(tables);
}

static void check_table(emb_test *t, const layout *l, size_t books, size_t dim) {
    const bool wild = random_below(t, 4) == 0;
    const uint32_t hot = l->cold_bits ? (uint32_t)random_below(t, ROWS + 1) : UINT32_MAX;
    emb_coded_rows table = {.bits = (uint8_t)l->bits, .cold_bits = (uint8_t)l->cold_bits, .book_bits = (uint8_t)l->bits,
                            .fastscan = l->fastscan, .additive = l->additive, .half = l->half, .hot_rows = hot,
                            .stride = (books * l->bits + 7) / 8, .cold_stride = (books * l->cold_bits + 7) / 8,
                            .books = books, .dim = dim};
    const size_t bytes = l->fastscan ? (ROWS + 31) / 32 * 16 * books : ROWS * table.stride;
    uint8_t *rows = random_bytes(t, bytes + EMB_ROW_SLACK);
    uint8_t *cold = random_bytes(t, ROWS * table.cold_stride + EMB_ROW_SLACK);
    uint8_t *codewords = draw_codewords(t, l, books, dim, wild);
    table.rows = rows, table.cold = cold, table.codewords = codewords;
    const size_t dims = random_below(t, 3) ? dim : 1 + random_below(t, dim);
    name_cell("coded rows: %zux%u, cold %u of %u, dim %zu, dims %zu%s%s%s", books, l->bits, l->cold_bits, hot, dim, dims,
              l->fastscan ? ", fastscan" : "", l->additive ? ", additive" : "", l->half ? ", f16" : "");
    check_calls(t, &table, dims);
    if (!l->additive) check_sums(t, &table);
    free(codewords);
    free(cold);
    free(rows);
}

static void check_tables(emb_test *t) {
    static const layout layouts[] = {{8, 0, false, false, false}, {4, 0, false, false, false}, {4, 0, true, false, false},
                                     {8, 6, false, false, false}, {8, 3, false, false, false}, {4, 1, false, false, false},
                                     {8, 0, false, true, false},  {4, 0, false, true, false}};
    static const size_t books[] = {1, 2, 3, 7, 8, 16, 32, 63, 64, 65, 130};
    static const size_t widths[] = {1, 2, 3, 4, 5, 8, 12, 16, 17, 40};
    for (size_t n = 0; n < sizeof layouts / sizeof *layouts; n++)
        for (int half = 0; half < 2; half++)
            for (size_t b = 0; b < sizeof books / sizeof *books; b++)
                for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
                    if (books[b] * widths[w] > 600 || !takes_cell(t)) continue;
                    layout l = layouts[n];
                    l.half = half;
                    check_table(t, &l, books[b], l.additive ? widths[w] : books[b] * widths[w] + random_below(t, books[b]));
                }
}

/// Codewords of one width, and lists of more rows than are worked on together.
static void check_long_list(emb_test *t, const layout *l, size_t books, size_t width) {
    const size_t dim = books * width, count = 1030, stride = dim + random_below(t, 2);
    const uint32_t hot = l->cold_bits ? ROWS / 2 : UINT32_MAX;
    emb_coded_rows table = {.bits = (uint8_t)l->bits, .cold_bits = (uint8_t)l->cold_bits, .book_bits = (uint8_t)l->bits,
                            .fastscan = l->fastscan, .half = l->half, .hot_rows = hot, .stride = (books * l->bits + 7) / 8,
                            .cold_stride = (books * l->cold_bits + 7) / 8, .books = books, .dim = dim};
    name_cell("%zu rows: %zux%u, width %zu, cold %u%s%s", count, books, l->bits, width, l->cold_bits,
              l->fastscan ? ", fastscan" : "", l->half ? ", f16" : "");
    uint8_t *rows = random_bytes(t, (l->fastscan ? (ROWS + 31) / 32 * 16 * books : ROWS * table.stride) + EMB_ROW_SLACK);
    uint8_t *cold = random_bytes(t, ROWS * table.cold_stride + EMB_ROW_SLACK);
    uint8_t *codewords = draw_codewords(t, l, books, dim, false);
    table.rows = rows, table.cold = cold, table.codewords = codewords;
    uint32_t *indices = exact(count * sizeof *indices);
    const size_t zeros = random_below(t, 3); // none, some in one part of the list, or some in all
    for (size_t i = 0; i < count; i++) {
        const bool zero = zeros && i < zeros * 515 && random_below(t, 99) == 0;
        indices[i] = zero ? EMB_ZERO_ROW : (uint32_t)random_below(t, ROWS);
    }
    float *weights = exact(count * sizeof *weights);
    for (size_t i = 0; i < count; i++) weights[i] = number(t, false);
    uint32_t ends[64] = {0};
    size_t bag_count = 1;
    for (; bag_count < 63 && ends[bag_count - 1] < count; bag_count++) // from empty ones to such as are worked on in parts
        ends[bag_count] = ends[bag_count - 1] + (uint32_t)random_below(t, random_below(t, 4) ? 40 : 600);
    ends[bag_count - 1] = (uint32_t)count;
    const emb_row_list list = {indices, count, count, random_below(t, 2) * 64, random_below(t, 2) ? weights : NULL};
    const emb_bags bags = {.ends = ends, .count = bag_count};
    for (int op = 0; op < 2; op++) {
        guarded expected = {0};
        const size_t out_rows = op ? bag_count : count;
        for (size_t n = 0; n < t->level_count; n++) {
            guarded out = make_guarded(((out_rows - 1) * stride + dim) * sizeof(float), 4 * random_below(t, 16));
            const emb_coded_kernels *k = &t->levels[n]->coded;
            if (op) k->sum(&table, &list, &bags, (float *)out.bytes, stride, dim);
            else k->gather(&table, &list, (float *)out.bytes, stride, dim);
            if (n == 0) expected = out;
            else check_floats(t->levels[n]->name, &expected, &out), free_guarded(&out);
        }
        free_guarded(&expected);
    }
    free(weights);
    free(indices), free(codewords), free(cold), free(rows);
}

static void check_long_lists(emb_test *t) {
    static const layout layouts[] = {{8, 0, false, false, false}, {4, 0, false, false, false}, {4, 0, true, false, false},
                                     {8, 6, false, false, false}};
    static const size_t books[] = {1, 5, 16, 33, 130}, widths[] = {1, 2, 4, 8, 16};
    for (size_t n = 0; n < sizeof layouts / sizeof *layouts; n++)
        for (int half = 0; half < 2; half++)
            for (size_t b = 0; b < sizeof books / sizeof *books; b++)
                for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
                    if (books[b] * widths[w] > 300 || !takes_cell(t)) continue;
                    layout l = layouts[n];
                    l.half = half;
                    check_long_list(t, &l, books[b], widths[w]);
                }
}

static void check_codebook(emb_test *t, size_t codewords, size_t width, size_t count) {
    const bool wild = random_below(t, 4) == 0;
    name_cell("codebook of %zu, width %zu, %zu values%s", codewords, width, count, wild ? ", wild" : "");
    const size_t stride = width + random_below(t, 3);
    float *transposed = exact(codewords * width * 4), *norms = exact(codewords * 4), *centre = exact(width * 4);
    float *values = exact((count * stride) * 4);
    // Few different numbers: equal scores are met.
    for (size_t i = 0; i < codewords * width; i++) transposed[i] = wild ? number(t, true) : (float)random_below(t, 3);
    for (size_t k = 0; k < codewords; k++) norms[k] = random_below(t, 8) ? (float)random_below(t, 2) : INFINITY;
    for (size_t i = 0; i < width; i++) centre[i] = random_float(t);
    for (size_t i = 0; i < count * stride; i++) values[i] = wild ? number(t, true) : (float)random_below(t, 3);
    const emb_codebook book = {transposed, norms, random_below(t, 2) ? centre : NULL, width, codewords};
    const size_t code_stride = 1 + random_below(t, 3);
    guarded scores = {0}, codes = {0}, least = {0};
    for (size_t l = 0; l < t->level_count; l++) {
        const emb_kernels *k = t->levels[l];
        guarded s = make_guarded(count * codewords * 4, 4 * random_below(t, 16));
        guarded c = make_guarded((count - 1) * code_stride + 1, random_below(t, 16)), m = make_guarded(count * 4, 4);
        k->coded.score(&book, values, count, stride, (float *)s.bytes);
        k->coded.nearest(&book, values, count, stride, c.bytes, code_stride, l ? (float *)m.bytes : NULL);
        if (l < 2) k->coded.nearest(&book, values, count, stride, c.bytes, code_stride, (float *)m.bytes);
        if (l == 0) {
            scores = s, codes = c, least = m;
            continue;
        }
        check_floats(k->name, &scores, &s);
        check_bytes(k->name, &codes, &c);
        check_floats(k->name, &least, &m);
        free_guarded(&s), free_guarded(&c), free_guarded(&m);
    }
    free_guarded(&scores), free_guarded(&codes), free_guarded(&least);
    free(values), free(centre), free(norms), free(transposed);
}

static void check_affine(emb_test *t, size_t inputs, size_t width, size_t count) {
    const bool wild = random_below(t, 4) == 0;
    name_cell("affine, %zu to %zu, %zu rows%s", inputs, width, count, wild ? ", wild" : "");
    float *matrix = exact(inputs * width * 4), *constant = exact(width * 4), *in = exact(inputs * count * 4);
    float *factors = exact(count * 4);
    for (size_t i = 0; i < inputs * width; i++) matrix[i] = number(t, wild);
    for (size_t i = 0; i < width; i++) constant[i] = number(t, wild);
    for (size_t i = 0; i < inputs * count; i++) in[i] = number(t, wild);
    for (size_t i = 0; i < count; i++) factors[i] = number(t, wild);
    const float *with_constant = random_below(t, 3) ? constant : NULL, *with_factors = random_below(t, 2) ? factors : NULL;
    guarded expected = {0};
    for (size_t l = 0; l < t->level_count; l++) {
        guarded out = make_guarded(width * count * 4, 4 * random_below(t, 16));
        t->levels[l]->coded.affine(matrix, with_constant, with_factors, in, count, inputs, width, (float *)out.bytes);
        if (l == 0) expected = out;
        else check_floats(t->levels[l]->name, &expected, &out), free_guarded(&out);
    }
    free_guarded(&expected);
    free(factors), free(in), free(constant), free(matrix);
}

static void check_scan(emb_test *t, size_t books, size_t count) {
    name_cell("scan of %zu blocks, %zu books", count, books);
    uint8_t *blocks = random_bytes(t, count * 16 * books + EMB_ROW_SLACK), *bytes = random_bytes(t, 16 * (books + 3) / 4 * 4 + 64);
    memset(bytes + 16 * books, 0, 48);
    const float scale = random_float(t), base = random_float(t);
    for (int floored = 0; floored < 2; floored++) {
        guarded expected = {0};
        for (size_t l = 0; l < t->level_count; l++) {
            guarded out = make_guarded(count * 32 * 4, 4 * random_below(t, 16));
            t->levels[l]->coded.scan_blocks(blocks, count, books, bytes, scale, base, floored, (float *)out.bytes);
            if (l == 0) expected = out;
            else check_floats(t->levels[l]->name, &expected, &out), free_guarded(&out);
        }
        free_guarded(&expected);
    }
    free(bytes), free(blocks);
}

void test_coded(emb_test *t) {
    check_tables(t);
    check_long_lists(t);
    for (size_t books = 1; books <= 256; books += books < 9 ? 1 : 13)
        for (size_t n = 0; n < 3; n++) check_scan(t, books > 250 ? 256 : books, n);
    static const size_t codewords[] = {16, 32, 80, 256}, widths[] = {1, 2, 3, 4, 8, 17}, counts[] = {1, 2, 3, 4, 5, 9, 16};
    for (size_t c = 0; c < 4; c++)
        for (size_t w = 0; w < 6; w++)
            for (size_t n = 0; n < 7; n++)
                for (int again = 0; again < 4; again++)
                    if (takes_cell(t)) check_codebook(t, codewords[c], widths[w], counts[n]);
    for (size_t d = 0; d < dims_count; d++)
        for (size_t inputs = 1; inputs <= 40; inputs += 13)
            for (size_t n = 0; n < 6; n++)
                if (takes_cell(t)) check_affine(t, inputs, dims_grid[d], counts[n]);
}
