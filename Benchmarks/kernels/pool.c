// How fast a level pools rows: in cache, and from a table far larger than it, next to what plain random reads of
// the same bytes reach in the same run. Usage: pool [LEVEL [ROWS [DIM]]]
// Variants are interleaved and every pass draws new ids, so that a disturbed moment hits all of them alike.
#define _GNU_SOURCE
#include "CEmbKernels.h"
#include "benchmark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BAGS 2048
#define BAG 20
#define COUNT ((size_t)BAGS * BAG)
#define AHEAD 128 // ids behind the call's own, for the prefetch
#define PASSES 15
#define CACHED_ROWS 4096

static const size_t distances[] = {0, 16, 32, 64, 128};
#define DISTANCES (sizeof distances / sizeof *distances)
enum { CACHED = DISTANCES, ROOF, VARIANTS };

static const struct {
    const char *name;
    emb_element element;
    emb_header header;
    size_t head_bytes, bits;
} kinds[] = {
    {"f32", EMB_F32, EMB_NO_HEADER, 0, 32},      {"f16", EMB_F16, EMB_NO_HEADER, 0, 16},
    {"bf16", EMB_BF16, EMB_NO_HEADER, 0, 16},    {"int16", EMB_INT16, EMB_AFFINE_F16, 4, 16},
    {"int8", EMB_INT8, EMB_AFFINE_F16, 4, 8},    {"int8 symmetric", EMB_INT8, EMB_SYMMETRIC_F16, 2, 8},
    {"int4", EMB_INT4, EMB_AFFINE_F16, 4, 4},    {"int2", EMB_INT2, EMB_AFFINE_F16, 4, 2},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/// One load from each line of each row, as far ahead as the kernels' best.
static uint64_t read_lines(const uint8_t *table, size_t stride, size_t bytes, const uint32_t *ids) {
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const uint8_t *ahead = table + ids[i + 64] * stride, *row = table + ids[i] * stride;
        for (size_t o = 0; o + 64 <= bytes; o += 64) __builtin_prefetch(ahead + o, 0, 2);
        __builtin_prefetch(ahead + bytes - 1, 0, 2);
        for (size_t o = 0; o + 64 <= bytes; o += 64) sum += row[o];
        sum += row[bytes - 1];
    }
    return sum;
}

int main(int argc, char **argv) {
    const emb_kernels *kernels = emb_kernels_at(emb_best_level());
    for (int level = 0; argc > 1 && level < EMB_LEVEL_COUNT; level++) {
        const emb_kernels *candidate = emb_kernels_at((emb_level)level);
        if (candidate && strcmp(candidate->name, argv[1]) == 0) kernels = candidate;
    }
    const size_t rows = argc > 2 ? strtoull(argv[2], NULL, 0) : 4000000;
    const size_t dim = argc > 3 ? strtoull(argv[3], NULL, 0) : 64;
    // These bits are a small positive number as f32, f16 and bf16: any element type may read them.
    uint8_t *table = make_table(rows * dim * 4 + (2 << 20), 0x3b3b3b3b3b3b3b3b);
    uint32_t *ids = malloc((COUNT + AHEAD) * sizeof *ids), ends[BAGS];
    float *out = aligned_alloc(64, BAGS * dim * sizeof *out);
    if (!ids || !out) abort();
    for (size_t b = 0; b < BAGS; b++) ends[b] = (uint32_t)((b + 1) * BAG);
    static double times[KINDS][VARIANTS][PASSES];
    double observed = 0;
    for (size_t pass = 0; pass < PASSES; pass++)
        for (size_t k = 0; k < KINDS; k++)
            for (size_t v = 0; v < VARIANTS; v++) {
                const size_t bytes = kinds[k].head_bytes + dim * kinds[k].bits / 8;
                const size_t drawn = v == CACHED ? CACHED_ROWS : rows;
                for (size_t i = 0; i < COUNT + AHEAD; i++) ids[i] = (uint32_t)(random_bits() % drawn);
                const emb_rows stored = {.base = table, .stride = bytes, .header = kinds[k].header, 
                                         .head_bytes = kinds[k].head_bytes};
                emb_row_list list = {.rows = ids, .count = COUNT, .readable = COUNT + AHEAD};
                if (v < DISTANCES) list.distance = distances[v];
                emb_bags bags = {.ends = ends, .count = BAGS};
                // The second run of the cached variant is the one that finds its rows in the cache.
                for (int again = 0; again < (v == CACHED ? 2 : 1); again++) {
                    const double start = seconds();
                    if (v == ROOF) observed += (double)read_lines(table, bytes, bytes, ids);
                    else kernels->rows[kinds[k].element].sum(&stored, &list, &bags, out, dim, dim);
                    times[k][v][pass] = 1e9 * (seconds() - start) / (double)COUNT;
                }
                observed += (double)out[random_bits() % (BAGS * dim)];
            }
    printf("%s, %zu rows, dim %zu, bags of %d; ns per row, medians of %d\n", kernels->name, rows, dim, BAG, PASSES);
    printf("%-15s %6s %8s  prefetch distance", "", "bytes", "in cache");
    printf("\n%-15s %6s %8s ", "", "", "");
    for (size_t d = 0; d < DISTANCES; d++) printf(" %7zu", distances[d]);
    printf("  %8s  best/reads\n", "reads");
    for (size_t k = 0; k < KINDS; k++) {
        double median[VARIANTS], best = 1e9;
        for (size_t v = 0; v < VARIANTS; v++) {
            qsort(times[k][v], PASSES, sizeof(double), ascending);
            median[v] = times[k][v][PASSES / 2];
            if (v < DISTANCES && median[v] < best) best = median[v];
        }
        printf("%-15s %6zu %8.2f ", kinds[k].name, kinds[k].head_bytes + dim * kinds[k].bits / 8, median[CACHED]);
        for (size_t d = 0; d < DISTANCES; d++) printf(" %7.2f", median[d]);
        printf("  %8.2f  %10.2f\n", median[ROOF], best / median[ROOF]);
    }
    printf("(observed %g)\n", observed);
}
