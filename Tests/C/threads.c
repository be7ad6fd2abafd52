// Eight threads share one table handle, and then a place that a swapper puts new generations in, while stores are opened
// and closed: all get the bits that one thread gets.
//     threads WORDS.emb [ROUNDS]
#include <embstore.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, COUNT = 64, DIM = 50 };
static const char *path;
static int rounds = 200;
static embstore_table *shared;
static float expected[COUNT * DIM], expectedBag[DIM];
static uint64_t ends[COUNT + 1];
static char keys[4096];
static pthread_mutex_t placing = PTHREAD_MUTEX_INITIALIZER;
static embstore_table *current;
static int failures;

static void fail(const char *what) {
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    fprintf(stderr, "%s: %s\n", what, embstore_last_error());
}

static embstore_table *opened(void) {
    embstore *store;
    embstore_table *table;
    if (embstore_open(path, NULL, &store) != EMBSTORE_OK) abort();
    if (embstore_table_open(store, "words", &table) != EMBSTORE_OK) abort();
    embstore_close(store);
    return table;
}

static void look(embstore_table *table) {
    float out[COUNT * DIM], bag[DIM];
    const embstore_ids ids = embstore_byte_strings(keys, ends, COUNT);
    const int32_t length = COUNT;
    const embstore_bags bags = embstore_lengths32(&length, 1);
    if (embstore_gather(table, &ids, out, COUNT * DIM, NULL) != EMBSTORE_OK) fail("gather");
    if (memcmp(out, expected, sizeof out) != 0) fail("gather gives other bits");
    if (embstore_pool(table, &ids, &bags, NULL, EMBSTORE_SUM, bag, DIM, NULL) != EMBSTORE_OK) fail("pool");
    if (memcmp(bag, expectedBag, sizeof bag) != 0) fail("pool gives other bits");
    // Errors are the thread's own.
    char name[20];
    snprintf(name, sizeof name, "no word %p", (void *)pthread_self());
    const char *names[] = {name};
    const embstore_ids unknown = embstore_c_strings(names, 1);
    if (embstore_gather(table, &unknown, out, DIM, NULL) != EMBSTORE_MISSING_ID) fail("missing id");
    if (!strstr(embstore_last_error(), name)) fail("another thread's error");
}

static void *run(void *unused) {
    (void)unused;
    for (int round = 0; round < rounds; round++) {
        look(shared);
        pthread_mutex_lock(&placing);
        embstore_table *table = embstore_table_retain(current);
        pthread_mutex_unlock(&placing);
        look(table);
        embstore_table_close(table);
    }
    return NULL;
}

static void *swap(void *unused) {
    (void)unused;
    for (int round = 0; round < rounds / 4; round++) {
        embstore_table *next = opened();
        pthread_mutex_lock(&placing);
        embstore_table *old = current;
        current = next;
        pthread_mutex_unlock(&placing);
        embstore_table_close(old);
    }
    return NULL;
}

int main(int argc, char **argv) {
    path = argv[1];
    if (argc > 2) rounds = atoi(argv[2]);
    shared = opened();
    current = opened();
    uint32_t rows[COUNT];
    for (int i = 0; i < COUNT; i++) rows[i] = 151 * i;
    if (embstore_strings_of_rows(shared, rows, COUNT, keys, sizeof keys, ends) != EMBSTORE_OK) return 1;
    const embstore_ids ids = embstore_byte_strings(keys, ends, COUNT);
    const int32_t length = COUNT;
    const embstore_bags bags = embstore_lengths32(&length, 1);
    if (embstore_gather(shared, &ids, expected, COUNT * DIM, NULL) != EMBSTORE_OK) return 1;
    if (embstore_pool(shared, &ids, &bags, NULL, EMBSTORE_SUM, expectedBag, DIM, NULL) != EMBSTORE_OK) return 1;
    pthread_t threads[THREADS + 1];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, run, NULL);
    pthread_create(&threads[THREADS], NULL, swap, NULL);
    for (int i = 0; i <= THREADS; i++) pthread_join(threads[i], NULL);
    embstore_table_counts counts = {.struct_size = sizeof counts};
    if (embstore_count_table(shared, &counts) != EMBSTORE_OK) fail("counts");
    const uint64_t looks = (uint64_t)THREADS * rounds;
    if (counts.ids != (looks + 1) * 2 * COUNT + looks || counts.missing != looks) fail("wrong counts");
    embstore_table_close(shared);
    embstore_table_close(current);
    printf("threads: %d of %d rounds, %d failures\n", THREADS, rounds, failures);
    return failures > 0;
}
