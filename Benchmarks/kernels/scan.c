// How fast a level scores rows that lie one after the other, next to plain reads of the same bytes in the same run: a table that fits a
// core's second cache, one that fits the third, and one in memory. Usage: scan [LEVEL [DIM [QUERIES]]]
#define _GNU_SOURCE
#include "CEmbKernels.h"
#include "benchmark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TILE 512 // rows a scan scores at a time
#define PASSES 15
enum { READ = EMB_L2 + 1, VARIANTS };

static const size_t row_counts[] = {8192, 300000, 4000000};
static const struct {
    const char *name;
    emb_element element;
    emb_header header;
    size_t head_bytes, bits;
} kinds[] = {
    {"int8", EMB_INT8, EMB_AFFINE_F16, 4, 8},          {"rbe(bits=8)", EMB_RBE8, EMB_SYMMETRIC_F16, 2, 8},
    {"rbe(bits=6)", EMB_RBE6, EMB_SYMMETRIC_F16, 2, 6}, {"rbe(bits=4)", EMB_RBE4, EMB_SYMMETRIC_F16, 2, 4},
    {"rbe(bits=2)", EMB_RBE2, EMB_SYMMETRIC_F16, 2, 2},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static double seconds(void) { // of this process: others may be busy
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/// Everything read, a vector at a time, as the compiler likes.
static uint64_t read_all(const uint8_t *p, size_t bytes) {
    typedef uint64_t words __attribute__((vector_size(64)));
    words a = {0}, b = {0};
    for (size_t i = 0; i + 128 <= bytes; i += 128) {
        words x, y;
        memcpy(&x, p + i, sizeof x);
        memcpy(&y, p + i + 64, sizeof y);
        a += x, b += y;
    }
    a += b;
    return a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
}

/// Queries of both kinds: the numbers do not matter to time.
static void make_queries(size_t count, size_t dim, emb_queries *integer, emb_grid_queries *grid) {
    const size_t stride = (dim + EMB_QUERY_PADDING - 1) / EMB_QUERY_PADDING * EMB_QUERY_PADDING, n = count * stride;
    int16_t *codes = calloc(n, sizeof *codes);
    int8_t *high = calloc(n, 1), *low = calloc(n, 1);
    int32_t *sums = calloc(count, sizeof *sums), *low_sums = calloc(count, sizeof *low_sums);
    float *ones = calloc(count, sizeof *ones);
    if (!codes || !high || !low || !sums || !low_sums || !ones) abort();
    for (size_t q = 0; q < count; q++) {
        ones[q] = 1;
        for (size_t j = 0; j < dim; j++) {
            const size_t i = q * stride + j;
            codes[i] = (int16_t)((int)(random_bits() % 65025) - 32512);
            low[i] = (int8_t)(uint8_t)codes[i];
            high[i] = (int8_t)((codes[i] - low[i]) / 256);
            sums[q] += codes[i], low_sums[q] += low[i];
        }
    }
    *integer = (emb_queries){.count = count, .stride = stride, .codes = codes, .high = high, .low = low, .code_sums = sums,
                             .scales = ones, .offsets = ones, .squares = ones};
    *grid = (emb_grid_queries){.count = count, .stride = stride, .codes = low, .sums = low_sums, .units = ones, .squares = ones};
}

int main(int argc, char **argv) {
    const emb_kernels *kernels = emb_kernels_at(emb_best_level());
    for (int level = 0; argc > 1 && level < EMB_LEVEL_COUNT; level++) {
        const emb_kernels *candidate = emb_kernels_at((emb_level)level);
        if (candidate && strcmp(candidate->name, argv[1]) == 0) kernels = candidate;
    }
    const size_t dim = argc > 2 ? strtoull(argv[2], NULL, 0) : 64, queries = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
    uint8_t *table = make_table(row_counts[2] * (dim + 4) + (1 << 16), UINT64_MAX);
    float *out = aligned_alloc(64, TILE * queries * sizeof *out);
    if (!out) abort();
    emb_queries integer;
    emb_grid_queries grid;
    make_queries(queries, dim, &integer, &grid);
    double observed = 0;
    printf("%s, dim %zu, %zu queries; ns per row and query, medians of %d\n", kernels->name, dim, queries, PASSES);
    printf("%-12s %8s %6s %7s %7s %7s %9s  l2/reads\n", "", "rows", "bytes", "dot", "cosine", "l2", "reads");
    for (size_t c = 0; c < sizeof row_counts / sizeof *row_counts; c++)
        for (size_t k = 0; k < KINDS; k++) {
            const size_t rows = row_counts[c], bytes = kinds[k].head_bytes + (dim * kinds[k].bits + 7) / 8;
            static double times[VARIANTS][PASSES];
            for (size_t pass = 0; pass < PASSES; pass++)
                for (int v = 0; v < VARIANTS; v++) {
                    const double start = seconds();
                    if (v == READ) observed += (double)read_all(table, rows * bytes);
                    for (size_t first = 0; v != READ && first < rows; first += TILE) {
                        const emb_scored_rows tile = {.base = table, .stride = bytes, .header = kinds[k].header, .first = first,
                                                      .count = rows - first < TILE ? rows - first : TILE, .dim = dim};
                        if (kinds[k].element == EMB_INT8) kernels->scores.int8(&tile, &integer, (emb_metric)v, out, TILE);
                        else kernels->scores.grid(kinds[k].element, &tile, &grid, (emb_metric)v, out, TILE);
                        observed += (double)out[0];
                    }
                    times[v][pass] = 1e9 * (seconds() - start) / (double)(rows * (v == READ ? 1 : queries));
                }
            for (int v = 0; v < VARIANTS; v++) qsort(times[v], PASSES, sizeof **times, ascending);
            const double *middle[VARIANTS];
            for (int v = 0; v < VARIANTS; v++) middle[v] = &times[v][PASSES / 2];
            printf("%-12s %8zu %6zu %7.2f %7.2f %7.2f %9.2f  %.2f\n", kinds[k].name, rows, bytes, *middle[EMB_DOT], *middle[EMB_COSINE],
                   *middle[EMB_L2], *middle[READ], *middle[EMB_L2] / *middle[READ]);
        }
    if (observed == 1) puts(""); // or nothing would be done
    return 0;
}
