/* EmbStore from C: open a file of embedding tables and read rows back out of it.
 *
 *     embstore *store;
 *     embstore_table *words;
 *     embstore_open("words.emb", NULL, &store);
 *     embstore_table_open(store, "words", &words);
 *     embstore_ids ids = embstore_c_strings(names, 2);
 *     embstore_gather(words, &ids, out, 2 * embstore_table_dim(words), NULL);
 *
 * Conventions
 *
 *  1. Status. A function that can fail returns an embstore_status: EMBSTORE_OK, which is 0, or why not. Numbers and
 *     names never change; there are gaps for more. Functions that cannot fail return their value.
 *  2. Errors. After a failure embstore_last_error() is one line for people about the last failure of the calling
 *     thread: what was found and what was expected. A success leaves it as it is. No function prints, exits, throws or
 *     calls back.
 *  3. Handles. embstore, embstore_table and embstore_batch are opaque and immutable. Whoever opens or retains a handle
 *     closes it, once for each; it is good until its last close. Handles do not depend on each other: a table keeps
 *     what it reads from alive, whether its store is closed or not. So a service swaps generations by opening the new
 *     file, handing out its handles instead of the old, and closing the old ones when it likes: their memory goes with
 *     the last of them.
 *  4. Threads. Every function may be called from any thread at any time, also with one handle from many threads at
 *     once. Close a handle when no call with it can begin any more; calls under way keep what they need and finish.
 *     Threads that take turns in closing retain the handle, each for itself.
 *  5. Memory. The caller owns every array it passes, in and out; nothing is kept after the call returns. Arrays are
 *     contiguous and aligned for their type; outputs overlap nothing. Their lengths are given and checked, in numbers,
 *     not bytes. What an output holds after a failure is unspecified, unless the failure is found before (Formats/
 *     lookup.md lists what is). Lookups allocate nothing once each thread that looks up at the same time has made its
 *     first call; where that is not so, it is said. A process that runs out of memory ends.
 *  6. Strings. Names, paths and messages are UTF-8 and end in a zero byte; keys are runs of any bytes. A string that
 *     is returned belongs to the handle it was asked of and lives as long, embstore_last_error() until the thread's
 *     next failure, and those of functions without a handle for ever. Longer texts are written into the caller's
 *     memory, with the length they have whether they fit or not.
 *  7. NULL. Closing NULL does nothing. An optional argument says so, and is what NULL is for. Elsewhere NULL is
 *     refused with EMBSTORE_NULL_ARGUMENT, but for arrays without elements; functions without a status return 0 or NULL.
 *  8. Options. A struct of options begins with struct_size, which is its sizeof in the calling program, and 0 in any
 *     other field is the default; embstore_..._defaults() makes one. NULL is all defaults. Structs grow at the end:
 *     a library knows shorter ones of before, and refuses fields that it does not know unless they are 0.
 *  9. Versions. Within one EMBSTORE_ABI_VERSION functions, codes and fields are added, never changed or removed.
 *
 * What lookups return is defined to the bit in Formats/lookup.md, searches in Formats/search.md, files in
 * Formats/container.md. C99 and C++11.
 */
#ifndef EMBSTORE_H
#define EMBSTORE_H

#include <stdint.h>

#if defined(__GNUC__)
#define EMBSTORE_API __attribute__((visibility("default")))
#else
#define EMBSTORE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define EMBSTORE_ABI_VERSION 1

/* ---- Status ------------------------------------------------------------------------------------------------------ */

typedef int32_t embstore_status;

enum {
    EMBSTORE_OK = 0,

    /* 10 to 99: the file is refused, or found damaged later. The numbers and names of Formats/container.md. */
    EMBSTORE_NOT_EMBSTORE = 10,
    EMBSTORE_TRUNCATED = 11,
    EMBSTORE_EXTENDED = 12,
    EMBSTORE_SUPERBLOCK_CHECKSUM = 20,
    EMBSTORE_NEWER_VERSION = 21,
    EMBSTORE_UNKNOWN_FEATURE = 22,
    EMBSTORE_RESERVED_NOT_ZERO = 23,
    EMBSTORE_BAD_SUPERBLOCK = 24,
    EMBSTORE_CATALOG_CHECKSUM = 30,
    EMBSTORE_BAD_CATALOG = 31,
    EMBSTORE_DUPLICATE_NAME = 32,
    EMBSTORE_BAD_REFERENCE = 33,
    EMBSTORE_LIMIT_EXCEEDED = 34,
    EMBSTORE_SEGMENT_LAYOUT = 40,
    EMBSTORE_SEGMENT_SHAPE = 41,
    EMBSTORE_UNKNOWN_ELEMENT_TYPE = 42,
    EMBSTORE_UNKNOWN_ENCODING = 43,
    EMBSTORE_BAD_EXPRESSION = 50,
    EMBSTORE_UNKNOWN_STAGE = 51,
    EMBSTORE_UNKNOWN_REVISION = 52,
    EMBSTORE_MISSING_COLUMN = 53,
    EMBSTORE_WRONG_COLUMN = 54,
    EMBSTORE_SEGMENT_CHECKSUM = 60,
    EMBSTORE_PADDING_NOT_ZERO = 61,
    EMBSTORE_BAD_BLOCK = 62,
    EMBSTORE_BAD_KEY_INDEX = 63,
    EMBSTORE_BAD_PAYLOAD = 64,

    /* The operating system's answer; the message names the call, the path and the errno. */
    EMBSTORE_IO = 100,
    EMBSTORE_NO_SUCH_FILE = 101,

    /* What was asked of a store. */
    EMBSTORE_NO_SUCH_TABLE = 120,
    EMBSTORE_NO_SUCH_FEATURE = 121,

    /* Why a lookup was refused. All but MISSING_ID are found before the output is touched. */
    EMBSTORE_MISSING_ID = 140,     /* an id without a row, under policy "error"; see embstore_last_error_position() */
    EMBSTORE_WRONG_ID_KIND = 141,  /* integers for a table of strings, or the other way round */
    EMBSTORE_NO_DEFAULT_ROW = 142, /* policy "default" on a table without a default row */
    EMBSTORE_BAD_DIMS = 143,
    EMBSTORE_WRONG_COUNT = 144,    /* an array of the wrong length */
    EMBSTORE_BAD_OFFSETS = 145,    /* offsets or lengths that do not divide the ids, or offsets of strings that descend */
    EMBSTORE_NOT_SEARCHABLE = 146, /* the ids of the table share rows, and the file does not name them */

    /* How the call was made. */
    EMBSTORE_NULL_ARGUMENT = 160,
    EMBSTORE_BAD_ARGUMENT = 161,   /* a number that stands for nothing, or a negative count */
    EMBSTORE_BAD_STRUCT = 162,     /* a struct_size that no version has, or an unknown field that is not 0 */
    EMBSTORE_TOO_SMALL = 163       /* memory for a text too small; the length it needs has been told */

    /* 200 to 299: packing, see embstore_pack.h. */
};

/* The name of a status without EMBSTORE_, such as "MISSING_ID"; "UNKNOWN" of a number that this library does not have. */
EMBSTORE_API const char *embstore_status_name(embstore_status status);

/* One line about the calling thread's last failure; "" before the first. Cut where it is longer than about 1,000 bytes. */
EMBSTORE_API const char *embstore_last_error(void);

/* Where in the call's ids, offsets, lengths or structs the last failure was found, counted from 0; -1 if that says nothing. */
EMBSTORE_API int64_t embstore_last_error_position(void);

/* ---- This library ------------------------------------------------------------------------------------------------ */

/* Such as "0.1.0". */
EMBSTORE_API const char *embstore_version(void);

/* EMBSTORE_ABI_VERSION of the library: compare it with the header's where the library is loaded at run time. */
EMBSTORE_API int32_t embstore_abi_version(void);

/* The instruction set that lookups run on: "scalar", "avx2", "avx512", "neon". Chosen once; the environment's
 * EMBSTORE_KERNEL_LEVEL may choose a lesser one. All give the same bits. */
EMBSTORE_API const char *embstore_kernel_level(void);

/* ---- Stores ------------------------------------------------------------------------------------------------------ */

/* An open file. */
typedef struct embstore embstore;

/* How a file is held in memory. */
enum {
    EMBSTORE_MAPPED = 0,     /* the page cache's pages, read when first touched, without readahead */
    EMBSTORE_POPULATED = 1,  /* the same, all of them read before open returns */
    EMBSTORE_HUGE_PAGES = 2, /* a copy in this process's memory, in 2 MiB pages where the kernel grants them */
    EMBSTORE_LOCKED = 3,     /* populated, and pinned; counts towards RLIMIT_MEMLOCK */
    EMBSTORE_BOUNDED = 4     /* not mapped: pages are read past the page cache into block_cache_bytes, for files larger than
                              * memory. Lookups allocate */
};

typedef struct embstore_open_options {
    uint32_t struct_size;
    int32_t residency;
    /* Memory for decoded blocks of compressed columns, and with EMBSTORE_BOUNDED for pages of the file; 0: 64 MiB; negative:
     * as little as works. */
    int64_t block_cache_bytes;
} embstore_open_options;

static inline embstore_open_options embstore_open_defaults(void) {
    embstore_open_options options = {sizeof(embstore_open_options), EMBSTORE_MAPPED, 0};
    return options;
}

/* Opens the file at `path` and checks everything that lookups rely on, in time that depends on the number of tables and
 * features, not of rows. `options` may be NULL. On failure *store is NULL. */
EMBSTORE_API embstore_status embstore_open(const char *path, const embstore_open_options *options, embstore **store);

/* The same handle, to be closed once more. */
EMBSTORE_API embstore *embstore_retain(embstore *store);
EMBSTORE_API void embstore_close(embstore *store);

/* What the file is called, how long it is, and its generation: raised by whoever packs the same tables again. */
EMBSTORE_API const char *embstore_path(const embstore *store);
EMBSTORE_API uint64_t embstore_file_bytes(const embstore *store);
EMBSTORE_API uint64_t embstore_generation(const embstore *store);

/* How many bytes of the file are in memory now, whoever brought them there. O(pages). */
EMBSTORE_API embstore_status embstore_resident_bytes(const embstore *store, uint64_t *bytes);

/* Reads the whole file into memory now, as EMBSTORE_POPULATED does; with EMBSTORE_BOUNDED nothing. O(bytes). */
EMBSTORE_API embstore_status embstore_warm(const embstore *store);

/* Reads the whole file and compares every checksum, block and key index. O(bytes). Allocates. */
EMBSTORE_API embstore_status embstore_verify(const embstore *store);

/* Everything the file says of itself as JSON, in the words of Formats/container.md and of `embstore inspect --json`.
 *
 * Writes as much as fits into the `capacity` bytes at `text`, the last of them zero; *length, without the zero, is the
 * whole text's. EMBSTORE_TOO_SMALL if capacity is not larger. `text` may be NULL if capacity is 0. Allocates. */
EMBSTORE_API embstore_status embstore_describe(
    const embstore *store, char *text, int64_t capacity, int64_t *length);

/* ---- Tables and features ----------------------------------------------------------------------------------------- */

/* A table, or a table as a feature reads it: what lookups are made on. */
typedef struct embstore_table embstore_table;

/* How many there are, and what they are called: 0 <= number < count, in the order of the file. NULL beyond. */
EMBSTORE_API int64_t embstore_table_count(const embstore *store);
EMBSTORE_API const char *embstore_table_name_at(const embstore *store, int64_t number);
EMBSTORE_API int64_t embstore_feature_count(const embstore *store);
EMBSTORE_API const char *embstore_feature_name_at(const embstore *store, int64_t number);

/* The table called `name`; the table that feature `name` reads, seen through the feature's arguments. O(tables), or
 * O(features). On failure *table is NULL. */
EMBSTORE_API embstore_status embstore_table_open(const embstore *store, const char *name, embstore_table **table);
EMBSTORE_API embstore_status embstore_feature_open(const embstore *store, const char *name, embstore_table **table);

/* The same handle, to be closed once more. */
EMBSTORE_API embstore_table *embstore_table_retain(embstore_table *table);
EMBSTORE_API void embstore_table_close(embstore_table *table);

/* The table's name, also where a feature reads it, and how it is stored, such as "keyed | rotation | int4". */
EMBSTORE_API const char *embstore_table_name(const embstore_table *table);
EMBSTORE_API const char *embstore_table_expression(const embstore_table *table);

/* Numbers in an embedding; ids that the table was packed from; rows stored. */
EMBSTORE_API int64_t embstore_table_dim(const embstore_table *table);
EMBSTORE_API uint64_t embstore_table_id_count(const embstore_table *table);
EMBSTORE_API uint64_t embstore_table_row_count(const embstore_table *table);

/* The kinds of ids that lookups take: a sum of these. */
enum { EMBSTORE_INTEGERS = 1, EMBSTORE_STRINGS = 2 };
EMBSTORE_API int32_t embstore_table_id_kinds(const embstore_table *table);

/* What happens to missing ids unless a call says otherwise: EMBSTORE_MISSING_ERROR and so on. */
EMBSTORE_API int32_t embstore_table_missing(const embstore_table *table);

/* 1 if embstore_nearest can search the table, else 0. */
EMBSTORE_API int32_t embstore_table_is_searchable(const embstore_table *table);

/* ---- Ids, bags, options of lookups ------------------------------------------------------------------------------- */

/* What ids are made of. */
enum {
    EMBSTORE_ID_INT32 = 1,       /* values: int32_t[count] */
    EMBSTORE_ID_INT64 = 2,       /* values: int64_t[count] */
    EMBSTORE_ID_UINT64 = 3,      /* values: uint64_t[count] */
    EMBSTORE_ID_BYTE_STRINGS = 4,/* values: bytes; id i is bytes offsets[i] to offsets[i + 1], without the last */
    EMBSTORE_ID_C_STRINGS = 5    /* values: const char *[count], each ending in a zero byte. The call allocates */
};

/* A run of ids: any number, in any order, repeated or not. */
typedef struct embstore_ids {
    int32_t type;
    int32_t reserved; /* 0 */
    int64_t count;
    const void *values;
    const uint64_t *offsets; /* count + 1, not descending; of byte strings only, else not looked at */
} embstore_ids;

static inline embstore_ids embstore_int32s(const int32_t *ids, int64_t count) {
    embstore_ids run = {EMBSTORE_ID_INT32, 0, count, ids, 0};
    return run;
}
static inline embstore_ids embstore_int64s(const int64_t *ids, int64_t count) {
    embstore_ids run = {EMBSTORE_ID_INT64, 0, count, ids, 0};
    return run;
}
static inline embstore_ids embstore_uint64s(const uint64_t *ids, int64_t count) {
    embstore_ids run = {EMBSTORE_ID_UINT64, 0, count, ids, 0};
    return run;
}
static inline embstore_ids embstore_byte_strings(const void *bytes, const uint64_t *offsets, int64_t count) {
    embstore_ids run = {EMBSTORE_ID_BYTE_STRINGS, 0, count, bytes, offsets};
    return run;
}
static inline embstore_ids embstore_c_strings(const char *const *strings, int64_t count) {
    embstore_ids run = {EMBSTORE_ID_C_STRINGS, 0, count, strings, 0};
    return run;
}

/* How ids fall into bags. */
enum {
    EMBSTORE_OFFSETS_INT32 = 1, /* values: int32_t[count]: bags + 1 offsets, the first 0, the last the number of ids */
    EMBSTORE_OFFSETS_INT64 = 2, /* values: int64_t[count] */
    EMBSTORE_LENGTHS_INT32 = 3, /* values: int32_t[count]: a length per bag, their sum the number of ids */
    EMBSTORE_LENGTHS_INT64 = 4  /* values: int64_t[count] */
};

typedef struct embstore_bags {
    int32_t type;
    int32_t reserved; /* 0 */
    int64_t count;    /* of numbers at `values`: of offsets one more than there are bags */
    const void *values;
} embstore_bags;

static inline embstore_bags embstore_offsets32(const int32_t *offsets, int64_t count) {
    embstore_bags bags = {EMBSTORE_OFFSETS_INT32, 0, count, offsets};
    return bags;
}
static inline embstore_bags embstore_offsets64(const int64_t *offsets, int64_t count) {
    embstore_bags bags = {EMBSTORE_OFFSETS_INT64, 0, count, offsets};
    return bags;
}
static inline embstore_bags embstore_lengths32(const int32_t *lengths, int64_t count) {
    embstore_bags bags = {EMBSTORE_LENGTHS_INT32, 0, count, lengths};
    return bags;
}
static inline embstore_bags embstore_lengths64(const int64_t *lengths, int64_t count) {
    embstore_bags bags = {EMBSTORE_LENGTHS_INT64, 0, count, lengths};
    return bags;
}

/* What pooling makes of a bag. */
enum { EMBSTORE_SUM = 0, EMBSTORE_MEAN = 1, EMBSTORE_MAX = 2 };

/* What numbers come out as: computed in binary32 and rounded once at the end. The 16-bit ones as uint16_t bits. */
enum { EMBSTORE_F32 = 0, EMBSTORE_F16 = 1, EMBSTORE_BF16 = 2 };

/* What happens to ids without a row. They are counted in any case. */
enum {
    EMBSTORE_MISSING_AS_PACKED = 0, /* as the file says */
    EMBSTORE_MISSING_ERROR = 1,     /* the call fails with EMBSTORE_MISSING_ID */
    EMBSTORE_MISSING_ZERO = 2,      /* an embedding of zeros */
    EMBSTORE_MISSING_DEFAULT = 3,   /* the table's default row */
    EMBSTORE_MISSING_HASHED = 4     /* a stored row that the key is hashed to */
};

typedef struct embstore_lookup_options {
    uint32_t struct_size;
    int32_t output;  /* EMBSTORE_F32 */
    int32_t missing; /* EMBSTORE_MISSING_AS_PACKED */
    int32_t dims;    /* the first so many numbers of each embedding; 0: all */
} embstore_lookup_options;

static inline embstore_lookup_options embstore_lookup_defaults(void) {
    embstore_lookup_options options = {
        sizeof(embstore_lookup_options), EMBSTORE_F32, EMBSTORE_MISSING_AS_PACKED, 0};
    return options;
}

/* ---- Lookups ----------------------------------------------------------------------------------------------------- */

/* Writes the embedding of each id into consecutive rows of `out`: ids->count x dims numbers, which `out_count` must be.
 * `options` may be NULL. O(ids x dims). */
EMBSTORE_API embstore_status embstore_gather(
    const embstore_table *table, const embstore_ids *ids, void *out, int64_t out_count,
    const embstore_lookup_options *options);

/* Pools the embeddings of each bag of ids into a row of `out`: bags x dims numbers, which `out_count` must be.
 *
 * bags: checked in O(bags) before anything is written. weights: a factor per id, ids->count of them, or NULL for all 1.
 * mode: EMBSTORE_SUM, EMBSTORE_MEAN, EMBSTORE_MAX. `options` may be NULL. O(ids x dims). */
EMBSTORE_API embstore_status embstore_pool(
    const embstore_table *table, const embstore_ids *ids, const embstore_bags *bags, const float *weights, int32_t mode,
    void *out, int64_t out_count, const embstore_lookup_options *options);

/* Has the system begin to read what a lookup of these ids needs, and does not wait: for files that are not in memory, some
 * time before the lookup. Ids without a row are passed over, nothing is counted but the pages that EMBSTORE_BOUNDED reads,
 * which does wait. Finding rows by keys reads the index, in steps that wait for each other.
 *
 * bytes: how many were asked for, in memory already or not; may be NULL. O(ids x log ids). Allocates. */
EMBSTORE_API embstore_status embstore_prefetch(const embstore_table *table, const embstore_ids *ids, uint64_t *bytes);

/* ---- Many features in one call ----------------------------------------------------------------------------------- */

/* Several features looked up at once: one row of output per sample, in which the features stand one after the other.
 * What comes out is what a lookup per feature gives, to the bit. */
typedef struct embstore_batch embstore_batch;

/* A feature of a batch, and what is done with its bags. */
typedef struct embstore_batch_feature {
    uint32_t struct_size;
    int32_t mode;    /* EMBSTORE_SUM */
    int32_t missing; /* EMBSTORE_MISSING_AS_PACKED */
    int32_t dims;    /* the first so many numbers of each embedding; 0: all */
    const embstore_table *table;
} embstore_batch_feature;

static inline embstore_batch_feature embstore_batch_feature_of(const embstore_table *table, int32_t mode) {
    embstore_batch_feature feature = {
        sizeof(embstore_batch_feature), mode, EMBSTORE_MISSING_AS_PACKED, 0, table};
    return feature;
}

/* Makes a batch of `count` features, at least one. All elements have the same struct_size, which is also how many bytes
 * they lie apart. Tables may repeat, and be closed afterwards. On failure *batch is NULL. Allocates. */
EMBSTORE_API embstore_status embstore_batch_open(
    const embstore_batch_feature *features, int64_t count, embstore_batch **batch);

/* The same handle, to be closed once more. */
EMBSTORE_API embstore_batch *embstore_batch_retain(embstore_batch *batch);
EMBSTORE_API void embstore_batch_close(embstore_batch *batch);

/* How many features, and numbers in an output row: the sum of their dims. */
EMBSTORE_API int64_t embstore_batch_feature_count(const embstore_batch *batch);
EMBSTORE_API int64_t embstore_batch_dim(const embstore_batch *batch);

typedef struct embstore_batch_options {
    uint32_t struct_size;
    int32_t threads;  /* how many share the call, the calling one included; 0: it alone. Results do not depend on it */
    int32_t output;   /* EMBSTORE_F32 */
    int32_t reserved; /* 0 */
} embstore_batch_options;

static inline embstore_batch_options embstore_batch_defaults(void) {
    embstore_batch_options options = {sizeof(embstore_batch_options), 0, EMBSTORE_F32, 0};
    return options;
}

/* One embedding per feature and sample.
 *
 * The first call with so many threads starts them, less the calling one; they wait for calls until the batch is closed for the
 * last time. While they are at work for one call, others are done by their callers alone.
 *
 * ids: features x samples: those of the first feature, sample after sample, then those of the next.
 * out: samples x dim numbers, which `out_count` must be: row s is sample s. `options` may be NULL. */
EMBSTORE_API embstore_status embstore_batch_gather(
    const embstore_batch *batch, const embstore_ids *ids, int64_t samples, void *out, int64_t out_count,
    const embstore_batch_options *options);

/* Every feature's bags of every sample, each pooled as its feature says.
 *
 * ids: those of the first feature, sample after sample, then those of the next, as `bags` divides them: bag
 * f * samples + s is feature f of sample s. weights: a factor per id, or NULL. Positions in errors count from the start of
 * the call's ids. */
EMBSTORE_API embstore_status embstore_batch_pool(
    const embstore_batch *batch, const embstore_ids *ids, const embstore_bags *bags, const float *weights,
    int64_t samples, void *out, int64_t out_count, const embstore_batch_options *options);

/* As embstore_prefetch, for the ids of an embstore_batch_pool, or, if `bags` is NULL, of an embstore_batch_gather. */
EMBSTORE_API embstore_status embstore_batch_prefetch(
    const embstore_batch *batch, const embstore_ids *ids, const embstore_bags *bags, int64_t samples, uint64_t *bytes);

/* ---- Search ------------------------------------------------------------------------------------------------------ */

/* Scores: of dot and cosine the largest are the best, of l2, the squared distance, the smallest. */
enum { EMBSTORE_DOT = 0, EMBSTORE_COSINE = 1, EMBSTORE_L2 = 2 };

typedef struct embstore_search_options {
    uint32_t struct_size;
    int32_t metric;  /* EMBSTORE_DOT */
    int32_t missing; /* of embstore_score: EMBSTORE_MISSING_AS_PACKED */
    int32_t threads; /* of embstore_nearest: how many, the calling one included; 0: it alone. Results do not depend on it */
    /* Of embstore_nearest: takes the best `rerank_among` rows by codes (at least k) and orders them by scores of this
     * table, of the same ids and dim, which stores rows more exactly. NULL: no second look. */
    const embstore_table *rerank_by;
    int64_t rerank_among;
} embstore_search_options;

static inline embstore_search_options embstore_search_defaults(int32_t metric) {
    embstore_search_options options = {
        sizeof(embstore_search_options), metric, EMBSTORE_MISSING_AS_PACKED, 0, 0, 0};
    return options;
}

/* Scores ids against queries, on codes where the table's codec can.
 *
 * queries: query_count x dim numbers. out: query_count x ids->count scores, which `out_count` must be, those of the first
 * query first. `options` may be NULL. Allocates for the queries, not for ids. */
EMBSTORE_API embstore_status embstore_score(
    const embstore_table *table, const float *queries, int64_t query_count, const embstore_ids *ids, float *out,
    int64_t out_count, const embstore_search_options *options);

/* What stands for no row where a table has fewer than k. */
#define EMBSTORE_NO_ROW UINT32_MAX

/* Finds the k best rows for each query among all rows of the table.
 *
 * queries: query_count x dim numbers. k: at least 1. rows, scores: query_count x k, best first, EMBSTORE_NO_ROW where
 * there are fewer; the row of a table without keys is its id, else embstore_ids_of_rows and embstore_strings_of_rows
 * tell. `options` may be NULL. O(query_count x rows x dim) on codes. Allocates. */
EMBSTORE_API embstore_status embstore_nearest(
    const embstore_table *table, const float *queries, int64_t query_count, int64_t k, uint32_t *rows, float *scores,
    const embstore_search_options *options);

/* The integer ids of `count` rows, as embstore_nearest tells rows. EMBSTORE_WRONG_ID_KIND if they are strings,
 * EMBSTORE_BAD_ARGUMENT for a row that the table does not have. Allocates. */
EMBSTORE_API embstore_status embstore_ids_of_rows(
    const embstore_table *table, const uint32_t *rows, int64_t count, uint64_t *ids);

/* The string ids of `count` rows, one after the other: string i is bytes offsets[i] to offsets[i + 1], without the last.
 *
 * offsets: count + 1, always written, so that offsets[count] is how many bytes there are. The bytes are written if they fit
 * into the `capacity` of `bytes`, else EMBSTORE_TOO_SMALL. `bytes` may be NULL if capacity is 0. Allocates. */
EMBSTORE_API embstore_status embstore_strings_of_rows(
    const embstore_table *table, const uint32_t *rows, int64_t count, char *bytes, int64_t capacity, uint64_t *offsets);

/* ---- Counters and memory ---------------------------------------------------------------------------------------- */

/* What has been counted since the store was opened; counts only grow. A call that is refused before it touches its output
 * counts nothing. Fields beyond the caller's struct_size are not written, and those that the library does not have are 0. */
typedef struct embstore_table_counts {
    uint32_t struct_size; /* set before the call */
    int32_t reserved;     /* 0 */
    uint64_t ids;         /* looked up */
    uint64_t bags;        /* pooled */
    uint64_t missing;     /* ids without a row, whatever was done about them */
    uint64_t rows;        /* stored rows that the ids stand for: one per id and probe */
    uint64_t out_of_range; /* of the missing those beyond a table whose ids are numbers in a range */
} embstore_table_counts;

/* Of lookups through this table and all features on it. */
EMBSTORE_API embstore_status embstore_count_table(const embstore_table *table, embstore_table_counts *counts);

typedef struct embstore_store_counts {
    uint32_t struct_size; /* set before the call */
    int32_t reserved;     /* 0 */
    uint64_t decoded_blocks; /* of compressed columns, and with EMBSTORE_BOUNDED pages read */
    uint64_t block_hits;     /* times that a row or an index entry was in a block or page that was in the cache already */
    uint64_t ids, rows, bags, missing, out_of_range; /* of all tables, as in embstore_table_counts */
    uint64_t minor_page_faults, major_page_faults;   /* of the whole process since it began: from memory; from a device */
} embstore_store_counts;

EMBSTORE_API embstore_status embstore_count_store(const embstore *store, embstore_store_counts *counts);

/* What a store takes of memory at one moment. */
typedef struct embstore_memory {
    uint32_t struct_size; /* set before the call */
    int32_t reserved;     /* 0 */
    uint64_t file_bytes;
    uint64_t resident_bytes;        /* of the file, whoever brought them there */
    uint64_t cache_bytes;           /* of decoded blocks and pages that are kept */
    uint64_t most_page_table_bytes; /* once all of the file has been touched in pages of 4 KiB */
    uint64_t page_table_bytes;      /* of the whole process now; 0 where the system does not tell */
} embstore_memory;

/* O(pages). */
EMBSTORE_API embstore_status embstore_memory_use(const embstore *store, embstore_memory *memory);

#ifdef __cplusplus
}
#endif

#endif
