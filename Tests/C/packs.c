// What embstore_pack.h promises, read back through embstore.h: both libraries in one process.
//     packs GLOVE.npy GLOVE.txt OUT.emb
#include <embstore_pack.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures, checked;

static void expect(bool holds, const char *what, int line) {
    checked++;
    if (holds) return;
    failures++;
    printf("line %d: %s; last errors: %s; %s\n", line, what, embstore_pack_last_error(), embstore_last_error());
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)
#define OK(call) expect((call) == EMBSTORE_OK, #call, __LINE__)
#define FAILS(status, call) expect((call) == (status), #call " fails with " #status, __LINE__)

enum { ROWS = 300, DIM = 8 };
static float rows[ROWS * DIM];
static double wide[ROWS * DIM];

// An array in two pieces, keyed; the same as doubles; one with codebooks from elsewhere; and a file.
static void build(embstore_pack *pack, const char *npy, const char *txt) {
    static uint64_t keys[ROWS];
    static float frequencies[ROWS], codebooks[2 * 256 * 4];
    for (int i = 0; i < ROWS * DIM; i++) wide[i] = rows[i] = (float)(i % 97) - 48;
    for (int i = 0; i < ROWS; i++) keys[i] = 1000 + 3 * i, frequencies[i] = ROWS - i;
    for (int i = 0; i < 2 * 256 * 4; i++) codebooks[i] = (float)(i % 89) - 44;

    OK(embstore_pack_array(pack, "users", "f32", EMBSTORE_PACK_F32, rows, 100, DIM));
    OK(embstore_pack_more_rows(pack, 0, rows + 100 * DIM, 200));
    embstore_ids run = embstore_uint64s(keys, ROWS);
    OK(embstore_pack_keys(pack, 0, &run));
    OK(embstore_pack_feature(pack, 0, "user", NULL));
    OK(embstore_pack_attribute(pack, 0, "made.by", "packs.c"));
    embstore_pack_table_options options = embstore_pack_table_defaults();
    options.missing = EMBSTORE_MISSING_DEFAULT;
    options.default_row = "1003";
    options.compression = EMBSTORE_PACK_ZSTD;
    OK(embstore_pack_set(pack, 0, &options));

    OK(embstore_pack_array(pack, "doubles", "f32", EMBSTORE_PACK_F64, wide, ROWS, DIM));
    OK(embstore_pack_frequencies(pack, 1, frequencies, ROWS));

    OK(embstore_pack_array(pack, "codes", "pq(2x8)", EMBSTORE_PACK_F32, rows, ROWS, DIM));
    OK(embstore_pack_parameter(pack, 2, "pq.codebooks", EMBSTORE_PACK_F32, codebooks, 2 * 256 * 4, 1));

    embstore_pack_source_options source = embstore_pack_source_defaults();
    source.keys = txt;
    OK(embstore_pack_file(pack, NULL, "rotation | int8", npy, &source));
    EXPECT(embstore_pack_table_count(pack) == 4 && strcmp(embstore_pack_table_name(pack, 3), "glove-10k") == 0);
    EXPECT(embstore_pack_table_name(pack, 4) == NULL);
}

static void refusals(embstore_pack *pack) {
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_pack_more_rows(pack, 9, rows, 1));
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_pack_array(pack, "x", "f32", 77, rows, 1, DIM));
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_pack_array(pack, "x", "f32", EMBSTORE_PACK_F32, rows, -1, DIM));
    FAILS(EMBSTORE_NULL_ARGUMENT, embstore_pack_array(pack, "x", "f32", EMBSTORE_PACK_F32, NULL, 1, DIM));
    FAILS(EMBSTORE_PACK_CANNOT_OPEN, embstore_pack_file(pack, NULL, "f32", "/nowhere.npy", NULL));
    EXPECT(strstr(embstore_pack_last_error(), "nowhere.npy"));
    EXPECT(strcmp(embstore_pack_status_name(EMBSTORE_PACK_CANNOT_OPEN), "CANNOT_OPEN") == 0);
    FAILS(EMBSTORE_PACK_BAD_PLAN, embstore_pack_import(pack, NULL, "nothing", "f32", "/nowhere.safetensors", NULL));
    EXPECT(embstore_pack_table_count(pack) == 4);
    embstore_pack *other;
    OK(embstore_pack_open(&other));
    OK(embstore_pack_array(other, "x", "int9", EMBSTORE_PACK_F32, rows, 2, DIM));
    FAILS(EMBSTORE_BAD_EXPRESSION, embstore_pack_write(other, "/tmp/never.emb", NULL));
    embstore_pack_close(other);
    OK(embstore_pack_open(&other));
    rows[5] = INFINITY;
    OK(embstore_pack_array(other, "x", "int8", EMBSTORE_PACK_F32, rows, 2, DIM));
    FAILS(EMBSTORE_PACK_NOT_FINITE, embstore_pack_write(other, "/tmp/never.emb", NULL));
    rows[5] = (float)wide[5];
    embstore_pack_close(other);
    embstore_pack_close(NULL);
}

static void texts(embstore_pack *pack, bool written) {
    int64_t length;
    char text[4096];
    OK(written ? embstore_pack_report(pack, text, sizeof text, &length)
               : embstore_pack_estimate(pack, text, sizeof text, &length));
    EXPECT((int64_t)strlen(text) == length && strstr(text, "\"name\":\"users\""));
    EXPECT(!written || (strstr(text, "\"fileBytes\":") && strstr(text, "\"trafficNMSE\":")));
    embstore_pack_moment moment = {.struct_size = sizeof moment};
    OK(embstore_pack_progress(pack, &moment));
    EXPECT(moment.part == EMBSTORE_PACK_WAITING);
}

static void readBack(const char *path) {
    embstore *store;
    embstore_table *table;
    OK(embstore_open(path, NULL, &store));
    OK(embstore_verify(store));
    EXPECT(embstore_table_count(store) == 4 && embstore_generation(store) == 12);
    OK(embstore_feature_open(store, "user", &table));
    const int64_t ids[] = {1000 + 3 * 299, 5};
    const embstore_ids run = embstore_int64s(ids, 2);
    float out[2 * DIM];
    OK(embstore_gather(table, &run, out, 2 * DIM, NULL));
    EXPECT(memcmp(out, rows + 299 * DIM, DIM * sizeof *out) == 0 && memcmp(out + DIM, rows + DIM, DIM * sizeof *out) == 0);
    embstore_table_close(table);
    OK(embstore_table_open(store, "doubles", &table));
    const int32_t row = 77;
    const embstore_ids one = embstore_int32s(&row, 1);
    OK(embstore_gather(table, &one, out, DIM, NULL));
    EXPECT(memcmp(out, rows + 77 * DIM, DIM * sizeof *out) == 0);
    embstore_table_close(table);
    embstore_close(store);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    embstore_pack *pack;
    OK(embstore_pack_open(&pack));
    build(pack, argv[1], argv[2]);
    refusals(pack);
    texts(pack, false);
    embstore_pack_write_options options = embstore_pack_write_defaults();
    options.replacing = 1;
    options.generation = 12;
    OK(embstore_pack_write(pack, argv[3], &options));
    FAILS(EMBSTORE_BAD_ARGUMENT, embstore_pack_write(pack, argv[3], &options));
    texts(pack, true);
    embstore_pack_close(pack);
    OK(embstore_pack_open(&pack));
    OK(embstore_pack_array(pack, "x", "f32", EMBSTORE_PACK_F32, rows, 2, DIM));
    FAILS(EMBSTORE_PACK_EXISTS, embstore_pack_write(pack, argv[3], NULL));
    embstore_pack_close(pack);
    readBack(argv[3]);
    printf("embstore_pack.h: %d checks, %d failures\n", checked, failures);
    return failures > 0;
}
