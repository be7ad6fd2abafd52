/* CPU seconds per call of embstore_gather and embstore_pool, the least of some runs: what calls from Python are compared with.
 *     calls FILE ROWS BAGS BAG_LENGTH REPEATS        BAGS 0: gathers ROWS ids; else pools BAGS bags of BAG_LENGTH ids */
#include <embstore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void check(embstore_status status) {
    if (status != EMBSTORE_OK) exit(fprintf(stderr, "%s\n", embstore_last_error()) > 0);
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    int64_t rows = atoll(argv[2]), bags = atoll(argv[3]), length = atoll(argv[4]), repeats = atoll(argv[5]);
    embstore *store;
    embstore_table *table;
    check(embstore_open(argv[1], NULL, &store));
    check(embstore_table_open(store, embstore_table_name_at(store, 0), &table));
    int64_t dim = embstore_table_dim(table), count = bags ? bags * length : rows;
    uint64_t ids_in_table = embstore_table_id_count(table), state = 1;
    int64_t *ids = malloc(count * 8), *offsets = malloc((bags + 1) * 8);
    for (int64_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        ids[i] = (int64_t)((state >> 33) % ids_in_table);
    }
    for (int64_t j = 0; j <= bags; j++) offsets[j] = j * length;
    int64_t numbers = (bags ? bags : rows) * dim;
    float *out = malloc(numbers * sizeof *out);
    embstore_ids run = embstore_int64s(ids, count);
    embstore_bags divided = embstore_offsets64(offsets, bags + 1);
    double best = 1e9;
    for (int turn = 0; turn < 15; turn++) {
        double start = now();
        for (int64_t r = 0; r < repeats; r++) {
            if (bags) check(embstore_pool(table, &run, &divided, NULL, EMBSTORE_SUM, out, numbers, NULL));
            else check(embstore_gather(table, &run, out, numbers, NULL));
        }
        double took = (now() - start) / repeats;
        if (took < best) best = took;
    }
    printf("%.9f\n", best);
}
