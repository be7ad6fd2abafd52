// What embstore.h promises beside the lookups themselves, which the Swift tests compare with the pages: statuses, positions,
// NULL, struct sizes, ownership, counters, texts; and that all ways to ask give the same bits.
//     checks WORDS.emb       10,000 words of GloVe, packed as table "words" with feature "short" of 8 numbers
#include <embstore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures, checked;

static void expect(bool holds, const char *what, int line) {
    checked++;
    if (holds) return;
    failures++;
    printf("line %d: %s; last error: %s\n", line, what, embstore_last_error());
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)
#define OK(call) expect((call) == EMBSTORE_OK, #call, __LINE__)
#define FAILS(status, call) expect((call) == (status), #call " fails with " #status, __LINE__)

enum { DIM = 50, SHORT = 8 };
static const char *NAMES[] = {"king", "queen", "king"};
static embstore_table *words;
static embstore *store;

static void stores(const char *path) {
    embstore *none = (embstore *)1;
    FAILS(EMBSTORE_NO_SUCH_FILE, embstore_open("/nowhere.emb", NULL, &none));
    EXPECT(none == NULL && strstr(embstore_last_error(), "/nowhere.emb") && embstore_last_error_position() == -1);
    FAILS(EMBSTORE_NULL_ARGUMENT, embstore_open(NULL, NULL, &none));
    FAILS(EMBSTORE_NULL_ARGUMENT, embstore_open(path, NULL, NULL));
    FAILS(EMBSTORE_NOT_EMBSTORE, embstore_open(__FILE__, NULL, &none));
    embstore_open_options options = embstore_open_defaults();
    options.residency = 99;
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_open(path, &options, &none));
    options = embstore_open_defaults();
    options.struct_size = 3;
    FAILS(EMBSTORE_BAD_STRUCT, embstore_open(path, &options, &none));
    struct { embstore_open_options known; uint64_t later; } longer = {embstore_open_defaults(), 0};
    longer.known.struct_size = sizeof longer;
    for (int residency = EMBSTORE_MAPPED; residency <= EMBSTORE_BOUNDED; residency++) {
        if (residency == EMBSTORE_LOCKED) continue;  // not everyone may
        longer.known.residency = residency;
        OK(embstore_open(path, &longer.known, &none));
        embstore_close(none);
    }
    longer.later = 1;
    FAILS(EMBSTORE_BAD_STRUCT, embstore_open(path, &longer.known, &none));
    EXPECT(embstore_last_error_position() == sizeof longer.known);

    OK(embstore_open(path, NULL, &store));
    EXPECT(strcmp(embstore_path(store), path) == 0 && embstore_generation(store) == 7);
    uint64_t resident = 0;
    OK(embstore_resident_bytes(store, &resident));
    EXPECT(resident > 0 && resident <= embstore_file_bytes(store));
    OK(embstore_verify(store));
    EXPECT(embstore_table_count(store) == 1 && embstore_feature_count(store) == 1);
    EXPECT(strcmp(embstore_table_name_at(store, 0), "words") == 0 && !embstore_table_name_at(store, 1));
    EXPECT(strcmp(embstore_feature_name_at(store, 0), "short") == 0 && !embstore_feature_name_at(store, -1));

    int64_t length = 0;
    FAILS(EMBSTORE_TOO_SMALL, embstore_describe(store, NULL, 0, &length));
    char *text = malloc(length + 1);
    FAILS(EMBSTORE_TOO_SMALL, embstore_describe(store, text, length, &length));
    EXPECT((int64_t)strlen(text) == length - 1);
    OK(embstore_describe(store, text, length + 1, &length));
    EXPECT((int64_t)strlen(text) == length && strstr(text, "\"expression\":\"keyed(string) | int8\""));
    free(text);

    embstore_store_counts counts;
    counts.struct_size = 16;  // as the first version had it: the rest is left alone
    counts.ids = 99;
    OK(embstore_count_store(store, &counts));
    EXPECT(counts.struct_size == 16 && counts.ids == 99);
    counts.struct_size = sizeof counts;
    OK(embstore_count_store(store, &counts));
    EXPECT(counts.ids == 0 && counts.minor_page_faults > 0);
    OK(embstore_warm(store));
    embstore_memory memory;
    memory.struct_size = sizeof memory;
    OK(embstore_memory_use(store, &memory));
    EXPECT(memory.file_bytes == embstore_file_bytes(store) && memory.resident_bytes == memory.file_bytes);
    EXPECT(counts.struct_size == sizeof counts && counts.decoded_blocks == 0);
}

static void tables(void) {
    embstore_table *none;
    FAILS(EMBSTORE_NO_SUCH_TABLE, embstore_table_open(store, "word", &none));
    EXPECT(none == NULL && strstr(embstore_last_error(), "\"words\""));
    FAILS(EMBSTORE_NO_SUCH_FEATURE, embstore_feature_open(store, "words", &none));
    OK(embstore_table_open(store, "words", &words));
    EXPECT(embstore_table_dim(words) == DIM && embstore_table_id_count(words) == 10000);
    EXPECT(embstore_table_row_count(words) == 10000 && embstore_table_id_kinds(words) == EMBSTORE_STRINGS);
    EXPECT(strcmp(embstore_table_name(words), "words") == 0);
    EXPECT(strcmp(embstore_table_expression(words), "keyed(string) | int8") == 0);
    EXPECT(embstore_table_missing(words) == EMBSTORE_MISSING_ERROR && embstore_table_is_searchable(words) == 1);
    EXPECT(embstore_table_dim(NULL) == 0 && embstore_table_name(NULL) == NULL);
    embstore_table_close(NULL);
    embstore_close(NULL);
    EXPECT(strcmp(embstore_status_name(EMBSTORE_MISSING_ID), "MISSING_ID") == 0);
    EXPECT(strcmp(embstore_status_name(999), "UNKNOWN") == 0);
    EXPECT(embstore_abi_version() == EMBSTORE_ABI_VERSION && embstore_version()[0] && embstore_kernel_level()[0]);
}

static void gathers(void) {
    float out[3 * DIM], again[3 * DIM];
    uint16_t half[3 * DIM];
    embstore_ids ids = embstore_c_strings(NAMES, 3);
    uint64_t offsets[] = {2, 6, 11, 15};
    embstore_ids bytes = embstore_byte_strings("--kingqueenking", offsets, 3);
    OK(embstore_gather(words, &ids, out, 3 * DIM, NULL));
    OK(embstore_gather(words, &bytes, again, 3 * DIM, NULL));
    EXPECT(memcmp(out, again, sizeof out) == 0 && memcmp(out, out + 2 * DIM, DIM * sizeof *out) == 0);
    uint64_t asked = 0;
    OK(embstore_prefetch(words, &ids, &asked));
    EXPECT(asked >= 4096 && asked % 4096 == 0);
    embstore_lookup_options options = embstore_lookup_defaults();
    options.output = EMBSTORE_BF16;
    OK(embstore_gather(words, &ids, half, 3 * DIM, &options));
    uint32_t bits;
    memcpy(&bits, out, 4);
    EXPECT(half[0] == (bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    options.output = EMBSTORE_F16;
    OK(embstore_gather(words, &ids, half, 3 * DIM, &options));
    options.output = 9;
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_gather(words, &ids, half, 3 * DIM, &options));
    options = embstore_lookup_defaults();
    options.dims = 5;
    OK(embstore_gather(words, &ids, again, 15, &options));
    EXPECT(memcmp(again, out, 20) == 0 && memcmp(again + 5, out + DIM, 20) == 0);
    options.dims = DIM + 1;
    FAILS(EMBSTORE_BAD_DIMS, embstore_gather(words, &ids, again, 3 * (DIM + 1), &options));
    FAILS(EMBSTORE_WRONG_COUNT, embstore_gather(words, &ids, out, DIM, NULL));
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_gather(words, &ids, out, -1, NULL));
    FAILS(EMBSTORE_NULL_ARGUMENT, embstore_gather(NULL, &ids, out, 3 * DIM, NULL));
    FAILS(EMBSTORE_NULL_ARGUMENT, embstore_gather(words, NULL, out, 3 * DIM, NULL));
    FAILS(EMBSTORE_NULL_ARGUMENT, embstore_gather(words, &ids, NULL, 3 * DIM, NULL));
    uint64_t descending[] = {4, 2, 5, 6};
    bytes.offsets = descending;
    FAILS(EMBSTORE_BAD_OFFSETS, embstore_gather(words, &bytes, out, 3 * DIM, NULL));
    EXPECT(embstore_last_error_position() == 1);
    embstore_ids none = embstore_c_strings(NULL, 0);
    OK(embstore_gather(words, &none, NULL, 0, NULL));
    int64_t number = 1;
    embstore_ids integers = embstore_int64s(&number, 1);
    FAILS(EMBSTORE_WRONG_ID_KIND, embstore_gather(words, &integers, out, DIM, NULL));
    integers.type = 0;
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_gather(words, &integers, out, DIM, NULL));
}

static void missing(void) {
    float out[2 * DIM];
    const char *unknown[] = {"king", "no such word"};
    embstore_ids ids = embstore_c_strings(unknown, 2);
    embstore_lookup_options options = embstore_lookup_defaults();
    embstore_table_counts before, after;
    before.struct_size = after.struct_size = sizeof before;
    OK(embstore_count_table(words, &before));
    FAILS(EMBSTORE_MISSING_ID, embstore_gather(words, &ids, out, 2 * DIM, &options));
    EXPECT(embstore_last_error_position() == 1 && strstr(embstore_last_error(), "no such word"));
    options.missing = EMBSTORE_MISSING_ZERO;
    OK(embstore_gather(words, &ids, out, 2 * DIM, &options));
    EXPECT(out[DIM] == 0 && out[0] != 0);
    options.missing = EMBSTORE_MISSING_DEFAULT;
    FAILS(EMBSTORE_NO_DEFAULT_ROW, embstore_gather(words, &ids, out, 2 * DIM, &options));
    OK(embstore_count_table(words, &after));
    EXPECT(after.ids - before.ids == 4 && after.missing - before.missing == 2 && after.bags == before.bags);
    EXPECT(after.rows - before.rows == 4 && after.out_of_range == before.out_of_range);
    // A long message is cut where a character begins.
    char word[3001];
    for (int i = 0; i < 1500; i++) memcpy(word + 2 * i, "\xC3\xA9", 2);
    word[3000] = 0;
    unknown[0] = word;
    FAILS(EMBSTORE_MISSING_ID, embstore_gather(words, &ids, out, 2 * DIM, NULL));
    size_t length = strlen(embstore_last_error());
    EXPECT(length > 1000 && length < 1024 && embstore_last_error()[length - 1] == '\xA9');
}

static void pools(void) {
    float rows[3 * DIM], out[2 * DIM], again[2 * DIM];
    embstore_ids ids = embstore_c_strings(NAMES, 3);
    int64_t offsets[] = {0, 2, 3}, lengths[] = {2, 1};
    int32_t narrow[] = {0, 2, 3}, few[] = {2, 1};
    const float weights[] = {1, 1, 1};
    embstore_bags ways[] = {embstore_offsets64(offsets, 3), embstore_lengths64(lengths, 2),
                            embstore_offsets32(narrow, 3), embstore_lengths32(few, 2)};
    OK(embstore_gather(words, &ids, rows, 3 * DIM, NULL));
    for (int way = 0; way < 4; way++) {
        for (int mode = EMBSTORE_SUM; mode <= EMBSTORE_MAX; mode++) {
            OK(embstore_pool(words, &ids, &ways[way], NULL, mode, out, 2 * DIM, NULL));
            EXPECT(memcmp(out + DIM, rows + 2 * DIM, DIM * sizeof *out) == 0);
            float both = mode == EMBSTORE_MAX ? (rows[0] > rows[DIM] ? rows[0] : rows[DIM])
                                              : (rows[0] + rows[DIM]) / (mode == EMBSTORE_MEAN ? 2 : 1);
            EXPECT(out[0] - both < 1e-5f && both - out[0] < 1e-5f);
            OK(embstore_pool(words, &ids, &ways[way], weights, mode, again, 2 * DIM, NULL));
            EXPECT(memcmp(out, again, sizeof out) == 0);
        }
    }
    lengths[1] = 2;
    FAILS(EMBSTORE_BAD_OFFSETS, embstore_pool(words, &ids, &ways[1], NULL, EMBSTORE_SUM, out, 2 * DIM, NULL));
    EXPECT(embstore_last_error_position() == 1);
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_pool(words, &ids, &ways[0], NULL, 3, out, 2 * DIM, NULL));
}

static void batches(void) {
    embstore_table *prefix;
    OK(embstore_feature_open(store, "short", &prefix));
    EXPECT(embstore_table_dim(prefix) == DIM);
    embstore_batch_feature features[] = {embstore_batch_feature_of(words, EMBSTORE_SUM),
                                         embstore_batch_feature_of(prefix, EMBSTORE_MEAN)};
    features[1].dims = SHORT;
    embstore_batch *batch;
    OK(embstore_batch_open(features, 2, &batch));
    embstore_table_close(prefix);
    EXPECT(embstore_batch_feature_count(batch) == 2 && embstore_batch_dim(batch) == DIM + SHORT);
    const char *names[] = {"king", "queen", "man", "woman"};
    embstore_ids ids = embstore_c_strings(names, 4);
    float out[2 * (DIM + SHORT)], pooled[2 * (DIM + SHORT)], rows[4 * DIM];
    embstore_batch_options options = embstore_batch_defaults();
    options.threads = 2;
    OK(embstore_gather(words, &ids, rows, 4 * DIM, NULL));
    OK(embstore_batch_gather(batch, &ids, 2, out, 2 * (DIM + SHORT), &options));
    EXPECT(memcmp(out + DIM + SHORT, rows + DIM, DIM * sizeof *out) == 0);
    EXPECT(memcmp(out + DIM, rows + 2 * DIM, SHORT * sizeof *out) == 0);
    OK(embstore_batch_prefetch(batch, &ids, NULL, 2, NULL));
    uint16_t half[2 * (DIM + SHORT)];
    options.output = EMBSTORE_F16;
    OK(embstore_batch_gather(batch, &ids, 2, half, 2 * (DIM + SHORT), &options));
    options.output = 7;
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_batch_gather(batch, &ids, 2, half, 2 * (DIM + SHORT), &options));
    int32_t ones[] = {1, 1, 1, 1};
    embstore_bags bags = embstore_lengths32(ones, 4);
    OK(embstore_batch_pool(batch, &ids, &bags, NULL, 2, pooled, 2 * (DIM + SHORT), NULL));
    EXPECT(memcmp(out, pooled, sizeof out) == 0);
    FAILS(EMBSTORE_WRONG_COUNT, embstore_batch_gather(batch, &ids, 3, out, 3 * (DIM + SHORT), NULL));
    embstore_batch_close(embstore_batch_retain(batch));
    embstore_batch_close(batch);
    features[1].dims = DIM + 1;
    FAILS(EMBSTORE_BAD_DIMS, embstore_batch_open(features, 2, &batch));
    EXPECT(batch == NULL && embstore_last_error_position() == 1);
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_batch_open(features, 0, &batch));
}

static void searches(void) {
    float rows[2 * DIM], scores[2 * 4], one[2];
    uint32_t found[2 * 4];
    embstore_ids ids = embstore_c_strings(NAMES, 2);
    OK(embstore_gather(words, &ids, rows, 2 * DIM, NULL));
    for (int metric = EMBSTORE_DOT; metric <= EMBSTORE_L2; metric++) {
        embstore_search_options options = embstore_search_defaults(metric);
        options.threads = 2;
        OK(embstore_nearest(words, rows, 2, 4, found, scores, &options));
        uint64_t ends[9];
        char keys[200];
        OK(embstore_strings_of_rows(words, found, 8, keys, sizeof keys, ends));
        embstore_ids best = embstore_byte_strings(keys, ends, 1);
        OK(embstore_score(words, rows, 2, &best, one, 2, &options));
        EXPECT(one[0] == scores[0]);
        if (metric != EMBSTORE_DOT) EXPECT(ends[1] == 4 && memcmp(keys, "king", 4) == 0);
        FAILS(EMBSTORE_TOO_SMALL, embstore_strings_of_rows(words, found, 8, NULL, 0, ends));
        options.rerank_by = words;
        options.rerank_among = 8;
        uint32_t reranked[2 * 4];
        OK(embstore_nearest(words, rows, 2, 4, reranked, scores, &options));
        EXPECT(memcmp(found, reranked, sizeof found) == 0);
    }
    uint64_t numbers[1];
    FAILS(EMBSTORE_WRONG_ID_KIND, embstore_ids_of_rows(words, found, 1, numbers));
    found[0] = 10000;
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_ids_of_rows(words, found, 1, numbers));
    FAILS(EMBSTORE_WRONG_COUNT, embstore_nearest(words, rows, 1, 0, found, scores, NULL));
}

int main(int argc, char **argv) {
    if (argc != 2) return 64;
    stores(argv[1]);
    tables();
    gathers();
    missing();
    pools();
    batches();
    searches();
    // A store may go before its tables, and a handle is good until its last close.
    embstore_close(embstore_retain(store));
    embstore_close(store);
    embstore_table_close(embstore_table_retain(words));
    float out[DIM];
    embstore_ids king = embstore_c_strings(NAMES, 1);
    OK(embstore_gather(words, &king, out, DIM, NULL));
    embstore_table_close(words);
    printf("embstore.h: %d checks, %d failures\n", checked, failures);
    return failures > 0;
}
