// What the memory of this machine gives to random reads of rows, and what a loop written for one layout and one width makes of it:
// the two yardsticks of Benchmarks/run. It takes turns with the others, see servers.py: a line on standard input, an answer on standard output.
//
//     load KEY FILE OFFSET ROWS STRIDE 4k|2m      rows of a packed file, into this process's own memory, in pages of that size
//     drop KEY
//     time KEY OP BATCHES BAG THREADS IDS OUT     nanoseconds of each batch but the first, which warms up
//     pages FILE THREADS PAGES                    nanoseconds of reading these pages of a file, 4096 bytes each; PAGES: n uint32
//
// IDS: BATCHES x n uint32. OP: read@D, which reads the whole row; or f32@D, f16@D, int8@D, int4@D, which pool bags of rows of 64
// numbers, laid out as Formats/codecs says, and write them to OUT. D: rows ahead to prefetch, 0 for none. Or spin@0: sums that read no row.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define DIM 64
#define AHEAD 128 // ids behind the last, for the prefetch
#define HUGE ((size_t)2 << 20)
#define INLINE static inline __attribute__((always_inline))

typedef uint64_t words __attribute__((vector_size(64)));
typedef uint64_t two_words __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(64)));
typedef _Float16 halves __attribute__((vector_size(32)));
typedef int8_t bytes16 __attribute__((vector_size(16)));
typedef int8_t bytes32 __attribute__((vector_size(32)));

struct table {
    char key[64];
    uint8_t *mapped, *rows;
    size_t mapped_bytes, count, stride;
};

static struct table tables[64];
static volatile uint64_t seen; // what was read, so that no compiler leaves the reading out

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

INLINE void ahead(const uint8_t *row, size_t stride) {
    for (size_t o = 0; o < stride; o += 64) __builtin_prefetch(row + o, 0, 2);
    __builtin_prefetch(row + stride - 1, 0, 2);
}

#define LOAD(type, at) ({ type v_; memcpy(&v_, at, sizeof v_); v_; })

// Reading: every byte of the row, in the fewest loads. The first place, the last, the second, ...: loads that run up the lines of a row
// make the processor fetch what lies behind it.

INLINE size_t place(size_t n, size_t count) { return n % 2 ? count - 1 - n / 2 : n / 2; }

INLINE uint64_t read_rows(const uint8_t *rows, size_t stride, const uint32_t *ids, size_t n, size_t distance) {
    words all = {0};
    two_words some = {0};
    uint64_t one = 0;
    for (size_t i = 0; i < n; i++) {
        if (distance) ahead(rows + ids[i + distance] * stride, stride);
        const uint8_t *row = rows + ids[i] * stride;
        if (stride >= 64) {
            for (size_t n = 0; n < stride / 64; n++) all ^= LOAD(words, row + 64 * place(n, stride / 64));
            if (stride % 64) all ^= LOAD(words, row + stride - 64);
        } else if (stride >= 16) {
            for (size_t o = 0; o + 16 <= stride; o += 16) some ^= LOAD(two_words, row + o);
            if (stride % 16) some ^= LOAD(two_words, row + stride - 16);
        } else if (stride >= 8) {
            one ^= LOAD(uint64_t, row) ^ LOAD(uint64_t, row + stride - 8);
        } else {
            for (size_t o = 0; o < stride; o++) one ^= row[o];
        }
    }
    for (int i = 0; i < 8; i++) one ^= all[i];
    return one ^ some[0] ^ some[1];
}

static uint64_t read_any(const uint8_t *rows, size_t stride, const uint32_t *ids, size_t n, size_t distance) {
    switch (stride) { // known widths, so that the loops above vanish
    case 16: return read_rows(rows, 16, ids, n, distance);
    case 20: return read_rows(rows, 20, ids, n, distance);
    case 36: return read_rows(rows, 36, ids, n, distance);
    case 64: return read_rows(rows, 64, ids, n, distance);
    case 68: return read_rows(rows, 68, ids, n, distance);
    case 128: return read_rows(rows, 128, ids, n, distance);
    case 256: return read_rows(rows, 256, ids, n, distance);
    default: return read_rows(rows, stride, ids, n, distance);
    }
}

// What threads are worth where memory has no part in it: each step waits for the one before.
static uint64_t spin(const uint32_t *ids, size_t n) {
    uint64_t x = 1;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 8; k++) x = x * 0x5851F42D4C957F2D + ids[i];
    return x;
}

// Pooling. `add` is one row's part in the sums.

struct sums {
    floats number[4];
    float carry;
};

INLINE float half(const uint8_t *p) { return (float)LOAD(_Float16, p); }

INLINE void add_f32(struct sums *s, const uint8_t *row) {
    for (int n = 0; n < 4; n++) s->number[place(n, 4)] += LOAD(floats, row + 64 * place(n, 4));
}

INLINE void add_f16(struct sums *s, const uint8_t *row) {
    for (int k = 0; k < 4; k++) s->number[k] += __builtin_convertvector(LOAD(halves, row + 32 * k), floats);
}

INLINE void add_int8(struct sums *s, const uint8_t *row) {
    const float scale = half(row);
    s->carry += half(row + 2);
    for (int k = 0; k < 4; k++) s->number[k] += scale * __builtin_convertvector(LOAD(bytes16, row + 4 + 16 * k), floats);
}

// Even numbers in the first two sums, odd ones in the others: they change places once per bag.
INLINE void add_int4(struct sums *s, const uint8_t *row) {
    const float scale = half(row);
    s->carry += half(row + 2);
    const bytes32 codes = LOAD(bytes32, row + 4), even = (codes << 4) >> 4, odd = codes >> 4;
    bytes16 part[4];
    memcpy(part, &even, 32);
    memcpy(part + 2, &odd, 32);
    for (int k = 0; k < 4; k++) s->number[k] += scale * __builtin_convertvector(part[k], floats);
}

#define POOL(name, stride, interleaved)                                                                                  \
    static void pool_##name(const uint8_t *rows, const uint32_t *ids, size_t bags, size_t bag, size_t distance, float *out) { \
        for (size_t b = 0; b < bags; b++, ids += bag, out += DIM) {                                                      \
            struct sums s = {0};                                                                                         \
            for (size_t i = 0; i < bag; i++) {                                                                           \
                if (distance) ahead(rows + (size_t)ids[i + distance] * (stride), stride);                                \
                add_##name(&s, rows + (size_t)ids[i] * (stride));                                                        \
            }                                                                                                            \
            for (int j = 0; j < DIM; j++) {                                                                              \
                const int place = interleaved ? 32 * (j % 2) + j / 2 : j;                                                \
                out[j] = s.number[place / 16][place % 16] + s.carry;                                                     \
            }                                                                                                            \
        }                                                                                                                \
    }
POOL(f32, 256, 0)
POOL(f16, 128, 0)
POOL(int8, 68, 0)
POOL(int4, 36, 1)

static const struct {
    const char *name;
    size_t stride;
    void (*pool)(const uint8_t *, const uint32_t *, size_t, size_t, size_t, float *);
} pools[] = {{"f32", 256, pool_f32}, {"f16", 128, pool_f16}, {"int8", 68, pool_int8}, {"int4", 36, pool_int4}};

enum { READ = -1, SPIN = -2 };

struct work {
    const struct table *table;
    int pool; // which of `pools`, READ or SPIN
    const uint32_t *ids;
    size_t n, bag, distance;
    float *out;
    uint64_t seen;
};

static void *run(void *context) {
    struct work *w = context;
    if (w->pool == SPIN) w->seen = spin(w->ids, w->n);
    else if (w->pool == READ) w->seen = read_any(w->table->rows, w->table->stride, w->ids, w->n, w->distance);
    else pools[w->pool].pool(w->table->rows, w->ids, w->n / w->bag, w->bag, w->distance, w->out);
    return NULL;
}

static double timed(struct work w, size_t threads) {
    struct work parts[16];
    pthread_t others[16];
    const size_t step = w.n / w.bag / threads * w.bag;
    const double start = now();
    for (size_t t = threads; t-- > 0;) {
        parts[t] = w;
        parts[t].ids += t * step;
        parts[t].n = t + 1 < threads ? step : w.n - t * step;
        parts[t].out += t * step / w.bag * DIM;
        if (t && pthread_create(&others[t], NULL, run, &parts[t])) abort();
    }
    run(&parts[0]);
    for (size_t t = 1; t < threads; t++) pthread_join(others[t], NULL);
    const double end = now();
    for (size_t t = 0; t < threads; t++) seen = seen ^ parts[t].seen;
    return end - start;
}

static struct table *find(const char *key) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!strcmp(tables[i].key, key)) return &tables[i];
    return NULL;
}

static const char *load(char *key, const char *file, size_t offset, size_t rows, size_t stride, const char *pages) {
    struct table *t = find("");
    if (!t || strlen(key) >= sizeof t->key) return "no room";
    const size_t bytes = (rows * stride + 64 + HUGE - 1) / HUGE * HUGE;
    uint8_t *p = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return "no memory";
    uint8_t *aligned = (uint8_t *)(((uintptr_t)p + HUGE - 1) / HUGE * HUGE);
    madvise(aligned, bytes, strcmp(pages, "2m") ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
    const int fd = open(file, O_RDONLY);
    for (size_t done = 0; fd >= 0 && done < rows * stride;) {
        const ssize_t got = pread(fd, aligned + done, rows * stride - done, (off_t)(offset + done));
        if (got <= 0) return "the file is short";
        done += (size_t)got;
    }
    if (fd < 0) return "no such file";
    close(fd);
    strcpy(t->key, key);
    t->mapped = p, t->rows = aligned, t->mapped_bytes = bytes + HUGE, t->count = rows, t->stride = stride;
    return NULL;
}

static const char *time_batches(
    const char *key, char *op, size_t batches, size_t bag, size_t threads, const char *ids_file, const char *out_file) {
    struct work w = {.table = find(key), .pool = strncmp(op, "spin@", 5) ? READ : SPIN, .bag = bag};
    char *at = strchr(op, '@');
    if (!*key || !w.table || !at || !batches || !bag || !threads || threads > 16) return "no such table or operation";
    *at = 0;
    w.distance = strtoul(at + 1, NULL, 10);
    for (int k = 0; k < (int)(sizeof pools / sizeof *pools); k++)
        if (!strcmp(op, pools[k].name) && w.table->stride == pools[k].stride) w.pool = k;
    if ((w.pool == READ && strcmp(op, "read")) || w.distance > AHEAD) return "no such operation";

    FILE *f = fopen(ids_file, "rb");
    if (!f) return "no ids";
    fseek(f, 0, SEEK_END);
    const size_t all = (size_t)ftell(f) / 4, n = all / batches / bag * bag;
    rewind(f);
    uint32_t *ids = calloc(all + AHEAD, 4);
    if (!n || fread(ids, 4, all, f) != all) return "too few ids";
    fclose(f);
    for (size_t i = 0; i < all; i++)
        if (ids[i] >= w.table->count) return "an id beyond the rows";

    const size_t numbers = n / bag * DIM;
    float *out = malloc(batches * numbers * sizeof *out), *one = malloc(numbers * sizeof *one);
    memset(one, 0, numbers * sizeof *one);
    double times[256];
    for (size_t k = 0; k < batches && k < 256; k++) {
        w.ids = ids + k * (all / batches), w.n = n, w.out = one; // always the same memory, as the others have it
        times[k] = timed(w, threads);
        memcpy(out + k * numbers, one, numbers * sizeof *one);
    }
    free(one);
    if (w.pool >= 0 && strcmp(out_file, "-")) {
        f = fopen(out_file, "wb");
        if (!f || fwrite(out, sizeof *out, batches * numbers, f) != batches * numbers || fclose(f)) return "cannot write";
    }
    free(out);
    free(ids);
    for (size_t k = 1; k < batches && k < 256; k++) printf("%s%.0f", k > 1 ? " " : "", times[k]);
    return NULL;
}

// Pages of a file that is not in memory: what the disk gives to as many readers.

struct reader {
    int file;
    const uint32_t *pages;
    size_t first, count, step;
};

static void *read_pages(void *context) {
    const struct reader *r = context;
    char page[4096];
    for (size_t i = r->first; i < r->count; i += r->step)
        if (pread(r->file, page, sizeof page, (off_t)r->pages[i] * 4096) < 0) abort();
    return NULL;
}

static const char *time_pages(const char *path, size_t threads, const char *pages_file) {
    static uint32_t pages[1 << 20];
    struct reader readers[256];
    pthread_t others[256];
    FILE *f = fopen(pages_file, "rb");
    const int file = open(path, O_RDONLY);
    if (!f || file < 0 || !threads || threads > 256) return "cannot read";
    const size_t count = fread(pages, 4, 1 << 20, f);
    fclose(f);
    posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
    const double start = now();
    for (size_t t = 0; t < threads; t++) {
        readers[t] = (struct reader){file, pages, t, count, threads};
        if (pthread_create(&others[t], NULL, read_pages, &readers[t])) abort();
    }
    for (size_t t = 0; t < threads; t++) pthread_join(others[t], NULL);
    printf("%.0f", now() - start);
    close(file);
    return NULL;
}

int main(void) {
    char line[8192];
    while (fgets(line, sizeof line, stdin)) {
        char *word[16] = {0};
        int count = 0;
        for (char *w = strtok(line, " \n"); w && count < 16; w = strtok(NULL, " \n")) word[count++] = w;
#define NUMBER(i) strtoull(word[i], NULL, 10)
        const char *wrong = "what?";
        if (count == 7 && !strcmp(word[0], "load")) {
            if (!(wrong = load(word[1], word[2], NUMBER(3), NUMBER(4), NUMBER(5), word[6]))) printf("ok");
        } else if (count == 2 && !strcmp(word[0], "drop")) {
            struct table *t = find(word[1]);
            if ((wrong = t ? NULL : "no such table") == NULL) {
                munmap(t->mapped, t->mapped_bytes);
                *t = (struct table){0};
                printf("ok");
            }
        } else if (count == 8 && !strcmp(word[0], "time")) {
            wrong = time_batches(word[1], word[2], NUMBER(3), NUMBER(4), NUMBER(5), word[6], word[7]);
        }
        if (count == 4 && !strcmp(word[0], "pages")) wrong = time_pages(word[1], NUMBER(2), word[3]);
        if (wrong) printf("error %s", wrong);
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
