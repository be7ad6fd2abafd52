// gather, sum and max against the scalar definition: every element, header and row length, with prefixes, bags,
// weights, zero rows, divisors and prefetch drawn for each cell; and the same work split over several calls.
#include "parity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GATHER, SUM, MAX, OPERATIONS };
static const char *const operation_names[OPERATIONS] = {"gather", "sum", "max"};

enum { NO_WEIGHTS, ONES, WEIGHTS, NEGATIVE, NOT_NUMBERS, WEIGHT_KINDS };
static const char *const weight_names[WEIGHT_KINDS] = {"no weights", "weights 1", "weights", "negative weights",
                                                       "weights with NaN"};

static const size_t bag_lengths[] = {0, 1, 2, 17, 100};
#define BAG_LENGTHS (sizeof bag_lengths / sizeof *bag_lengths)
#define TABLE_ROWS 41
#define MAX_BAGS 5

/// What one cell runs. `expected` is the output of scalar in one call.
typedef struct task {
    int operation;
    emb_element element;
    emb_rows table;
    emb_row_list list;
    uint32_t ends[MAX_BAGS];
    size_t bag_count;
    float divisors[MAX_BAGS];
    bool divided;
    size_t dims, out_stride, out_rows;
    guarded expected;
} task;

static float special(emb_test *t) {
    const float values[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 0x1p-140f, -0x1p-149f, 3e38f, -3e38f};
    return values[random_below(t, sizeof values / sizeof *values)];
}

/// A 16-bit float near the given one: the sign and exponent may become anything if `wild`.
static uint16_t half_bits(emb_test *t, bool bf16, bool wild) {
    static const uint16_t f16_specials[] = {0x7e01, 0xfc00, 0x7c00, 0x8000, 0x0001, 0x83ff, 0x7bff, 0x7c01};
    static const uint16_t bf16_specials[] = {0x7fc1, 0xff80, 0x7f80, 0x8000, 0x0001, 0x807f, 0x7f7f, 0x7f81};
    const uint16_t bits = (uint16_t)random_bits(t);
    if (wild && bits % 8 == 0) return (bf16 ? bf16_specials : f16_specials)[bits / 8 % 8];
    // Keeps sign and fraction, moves the exponent to 2^-8 ... 1.
    if (bf16) return (uint16_t)((bits & 0x807f) | (0x77 + bits % 9) << 7);
    return (uint16_t)((bits & 0x83ff) | (7 + bits % 9) << 10);
}

static void put_float(emb_test *t, uint8_t *p, bool wild) {
    const float x = wild && random_below(t, 8) == 0 ? special(t) : random_float(t);
    memcpy(p, &x, sizeof x);
}

static void fill_row(emb_test *t, const task *task, uint8_t *row, size_t dim, bool wild) {
    const emb_element element = task->element;
    const emb_header header = task->table.header;
    const size_t bytes = row_bytes(element, header, task->table.block, dim), head = task->table.head_bytes;
    for (size_t i = 0; i < bytes; i++) row[i] = (uint8_t)random_bits(t);
    const bool half = header == EMB_AFFINE_F16 || header == EMB_SYMMETRIC_F16 || header == EMB_ESTIMATOR_F16;
    for (size_t i = 0; header == EMB_SCALE_E8M0 && !wild && i < head; i++) row[i] = (uint8_t)(112 + row[i] % 16);
    for (size_t i = 0; header != EMB_SCALE_E8M0 && i < head; i += half ? 2 : 4) {
        const uint16_t bits = half_bits(t, false, wild && random_below(t, 4) == 0);
        if (half) memcpy(row + i, &bits, sizeof bits);
        else put_float(t, row + i, wild && random_below(t, 4) == 0);
    }
    for (size_t j = 0; is_float(element) && j < dim; j++) {
        const uint16_t bits = half_bits(t, element == EMB_BF16, wild);
        if (element == EMB_F32) put_float(t, row + 4 * j, wild);
        else memcpy(row + 2 * j, &bits, sizeof bits);
    }
}

static void call(const emb_kernels *k, const task *task, const emb_row_list *list, emb_bags *bags, float *out) {
    const emb_row_kernels *rows = &k->rows[task->element];
    switch (task->operation) {
    case GATHER: rows->gather(&task->table, list, out, task->out_stride, task->dims); break;
    case SUM: rows->sum(&task->table, list, bags, out, task->out_stride, task->dims); break;
    default: rows->max(&task->table, list, bags, out, task->out_stride, task->dims);
    }
}

static guarded make_output(const task *task, size_t offset) {
    // The last row has no gap behind it: the sentry follows at once.
    const size_t floats = task->out_rows ? (task->out_rows - 1) * task->out_stride + task->dims : 0;
    return make_guarded(floats * sizeof(float), offset);
}

static guarded run_whole(const emb_kernels *k, const task *task, const float *weights, size_t offset) {
    guarded out = make_output(task, offset);
    emb_row_list list = task->list;
    list.weights = weights;
    emb_bags bags = {.ends = task->ends, .count = task->bag_count, .divisors = task->divided ? task->divisors : NULL};
    call(k, task, &list, &bags, (float *)out.bytes);
    return out;
}

/// The same in calls of list positions cuts[c] ..< cuts[c + 1].
static guarded run_split(const emb_kernels *k, const task *task, const size_t *cuts, size_t cut_count) {
    guarded out = make_output(task, 0);
    size_t bag = 0;
    bool open = false;
    float carry = NAN;
    for (size_t c = 0; c + 1 < cut_count; c++) {
        const size_t from = cuts[c], to = cuts[c + 1];
        emb_row_list list = task->list;
        list.rows += from;
        list.count = to - from;
        list.readable -= from;
        if (list.weights) list.weights += from;
        uint32_t ends[MAX_BAGS];
        size_t count = 0;
        bool suspend = false;
        for (size_t b = bag; b < task->bag_count && !suspend; b++) {
            const size_t begin = b ? task->ends[b - 1] : 0;
            suspend = task->ends[b] > to;
            if (suspend && begin >= to) {
                suspend = false; // starts with the next call
                break;
            }
            ends[count++] = (uint32_t)((suspend ? to : task->ends[b]) - from);
        }
        emb_bags bags = {.ends = ends, .count = count, .divisors = task->divided ? task->divisors + bag : NULL,
                         .carry = carry, .resume = open, .suspend = suspend};
        const size_t first_row = task->operation == GATHER ? from : bag;
        call(k, task, &list, &bags, (float *)out.bytes + first_row * task->out_stride);
        bag += count - suspend;
        open = suspend;
        carry = bags.carry;
    }
    return out;
}

static void check_level(emb_test *t, const emb_kernels *k, const task *task, const float *weights) {
    guarded whole = run_whole(k, task, weights, 4 * random_below(t, 16));
    check_floats(k->name, &task->expected, &whole);
    free_guarded(&whole);
    const size_t count = task->list.count;
    size_t cuts[4] = {0, count ? random_below(t, count) : 0, count ? random_below(t, count) : 0, count};
    if (cuts[1] > cuts[2]) {
        const size_t swap = cuts[1];
        cuts[1] = cuts[2];
        cuts[2] = swap;
    }
    guarded split = run_split(k, task, cuts, 4);
    check_floats("split over calls", &task->expected, &split);
    free_guarded(&split);
}

static void draw_bags(emb_test *t, task *task, size_t length) {
    uint32_t end = 0;
    task->bag_count = 1 + random_below(t, length < 100 ? MAX_BAGS : 2);
    for (size_t b = 0; b < task->bag_count; b++) {
        end += (uint32_t)(b % 2 ? random_below(t, 4) : length);
        task->ends[b] = end;
        const float divisors[] = {0, (float)length, -2, 3, NAN};
        task->divisors[b] = divisors[random_below(t, 5)];
    }
    task->divided = random_below(t, 2);
    task->list.count = end;
    task->out_rows = task->operation == GATHER ? end : task->bag_count;
}

static float draw_weight(emb_test *t, int kind) {
    switch (kind) {
    case WEIGHTS: return fabsf(random_float(t)) * 4;
    case NEGATIVE: return -fabsf(random_float(t));
    case NOT_NUMBERS: return random_below(t, 4) ? random_float(t) : special(t);
    default: return 1;
    }
}

static void run_cell(emb_test *t, task *task, size_t row_dim, size_t length, int weight_kind) {
    static const size_t distances[] = {0, 16, 64};
    const emb_header header = task->table.header;
    const size_t offset = random_below(t, 64), zero_rate = random_below(t, 3) * 4;
    const bool wild = random_below(t, 2);
    task->table.block = draw_block(t, task->element);
    task->table.head_bytes = head_bytes(header, task->table.block, row_dim);
    const size_t row_size = row_bytes(task->element, header, task->table.block, row_dim);
    task->table.stride = row_size + random_below(t, 2) * random_below(t, 9);
    task->out_stride = task->dims + random_below(t, 2) * random_below(t, 20);
    draw_bags(t, task, length);
    task->list.distance = distances[random_below(t, 3)];
    task->list.readable = task->list.count + random_below(t, 2) * 70;
    name_cell("%s %s, block %zu, %s, dims %zu of %zu, %zu bags of %zu, %s, distance %zu%s%s", element_names[task->element],
              header_names[header], task->table.block, operation_names[task->operation], task->dims, row_dim, task->bag_count, length,
              weight_names[weight_kind], task->list.distance, wild ? ", special values" : "",
              task->divided ? ", divided" : "");

    // The last row keeps its stride's padding out: exactly EMB_ROW_SLACK bytes follow its codes.
    const size_t used = (TABLE_ROWS - 1) * task->table.stride + row_size;
    uint8_t *table = exact(offset + used + EMB_ROW_SLACK);
    memset(table, 0xff, offset + used + EMB_ROW_SLACK);
    task->table.base = table + offset;
    for (size_t r = 0; r < TABLE_ROWS; r++)
        fill_row(t, task, table + offset + r * task->table.stride, row_dim, wild);
    uint32_t *rows = exact(task->list.readable * sizeof *rows);
    for (size_t i = 0; i < task->list.readable; i++)
        rows[i] = zero_rate && random_below(t, zero_rate) == 0 ? EMB_ZERO_ROW : (uint32_t)random_below(t, TABLE_ROWS);
    float *weights = exact(task->list.count * sizeof *weights);
    for (size_t i = 0; i < task->list.count; i++) weights[i] = draw_weight(t, weight_kind);

    task->list.rows = rows;
    // Weights of 1 must give the bits of no weights.
    task->list.weights = weight_kind == NO_WEIGHTS || weight_kind == ONES ? NULL : weights;
    task->expected = run_whole(t->levels[0], task, task->list.weights, 0);
    for (size_t l = 0; l < t->level_count; l++)
        check_level(t, t->levels[l], task, weight_kind == NO_WEIGHTS ? NULL : weights);
    free_guarded(&task->expected);
    free(weights);
    free(rows);
    free(table);
}

static void run_dims(emb_test *t, emb_element element, emb_header header, size_t dims) {
    const size_t row_dims[] = {dims, dims + 1, dims + 1 + random_below(t, 70)};
    for (int operation = 0; operation < OPERATIONS; operation++)
        for (size_t d = 0; d < 3; d++)
            for (size_t l = 0; l < BAG_LENGTHS; l++)
                for (int weights = 0; weights < WEIGHT_KINDS; weights++) {
                    if (!takes_cell(t)) continue;
                    task task = {.operation = operation, .element = element, .dims = dims};
                    task.table.header = header;
                    run_cell(t, &task, row_dims[d], bag_lengths[l], weights);
                }
}

void test_rows(emb_test *t) {
    for (int element = 0; element < EMB_ELEMENT_COUNT; element++) {
        for (int header = 0; header < EMB_HEADER_COUNT; header++)
            for (size_t d = 0; d < dims_count && has_header((emb_element)element, (emb_header)header); d++)
                run_dims(t, (emb_element)element, (emb_header)header, dims_grid[d]);
    }
}
