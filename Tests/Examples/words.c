// Looks words up, pools them, and finds the words nearest to one:
//     cc words.c $(pkg-config --cflags --libs embstore) -o words && ./words words.emb
#include <embstore.h>
#include <stdio.h>
#include <stdlib.h>

static void check(embstore_status status) {
    if (status != EMBSTORE_OK) exit(fprintf(stderr, "%s\n", embstore_last_error()) > 0);
}

int main(int argc, char **argv) {
    embstore *store;
    embstore_table *words;
    check(embstore_open(argc > 1 ? argv[1] : "words.emb", NULL, &store));
    check(embstore_table_open(store, "words", &words));
    embstore_close(store);  // the table keeps what it needs

    int64_t dim = embstore_table_dim(words);
    float *rows = malloc(2 * dim * sizeof *rows);
    const char *names[] = {"king", "queen"};
    embstore_ids ids = embstore_c_strings(names, 2);
    check(embstore_gather(words, &ids, rows, 2 * dim, NULL));
    printf("%s %.4f %.4f, %s %.4f %.4f\n", names[0], rows[0], rows[1], names[1], rows[dim], rows[dim + 1]);

    embstore_bags bags = embstore_lengths64((int64_t[]){2}, 1);  // one bag of both
    check(embstore_pool(words, &ids, &bags, NULL, EMBSTORE_MEAN, rows, dim, NULL));

    uint32_t found[3];
    float scores[3];
    embstore_search_options cosine = embstore_search_defaults(EMBSTORE_COSINE);
    check(embstore_nearest(words, rows, 1, 3, found, scores, &cosine));
    char keys[100];
    uint64_t ends[4];
    check(embstore_strings_of_rows(words, found, 3, keys, sizeof keys, ends));
    for (int i = 0; i < 3; i++) printf("%.*s %.4f\n", (int)(ends[i + 1] - ends[i]), keys + ends[i], scores[i]);
    embstore_table_close(words);
    free(rows);
}
