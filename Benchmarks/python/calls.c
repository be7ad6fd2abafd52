/* The same calls from C, timed in the process and on the arrays that Python calls with: CPU seconds per call. */
#include <embstore.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* -1 if a call fails. out: NULL: each call's output is allocated and freed, as numpy's is. */
double gathers(const embstore_table *table, const int64_t *ids, int64_t count, float *out, int64_t repeats) {
    double start = now();
    for (int64_t r = 0; r < repeats; r++) {
        embstore_ids run = embstore_int64s(ids, count);
        int64_t numbers = count * embstore_table_dim(table);
        float *target = out ? out : malloc((size_t)numbers * sizeof(float));
        if (embstore_gather(table, &run, target, numbers, 0)) return -1;
        if (!out) free(target);
    }
    return (now() - start) / (double)repeats;
}

double pools(
    const embstore_table *table, const int64_t *ids, int64_t count, const int64_t *offsets, int64_t bags, float *out,
    int64_t repeats) {
    double start = now();
    for (int64_t r = 0; r < repeats; r++) {
        embstore_ids run = embstore_int64s(ids, count);
        embstore_bags divided = embstore_offsets64(offsets, bags + 1);
        int64_t numbers = bags * embstore_table_dim(table);
        float *target = out ? out : malloc((size_t)numbers * sizeof(float));
        if (embstore_pool(table, &run, &divided, 0, EMBSTORE_SUM, target, numbers, 0)) return -1;
        if (!out) free(target);
    }
    return (now() - start) / (double)repeats;
}
