/* Packing from C: arrays and files become tables of one .emb file. A library of its own, libembstore-pack, so that what a
 * service links has no BLAS in it.
 *
 *     embstore_pack *pack;
 *     embstore_pack_open(&pack);
 *     embstore_pack_array(pack, "items", "int8", EMBSTORE_PACK_F32, rows, row_count, dim);
 *     embstore_pack_write(pack, "items.emb", NULL);
 *     embstore_pack_close(pack);
 *
 * The conventions are those of embstore.h, with these differences: an embstore_pack changes as it is built up and belongs
 * to one thread at a time (embstore_pack_progress may be called from others); every function may allocate; this library
 * has its own last error. Tables are numbered from 0 in the order in which they were added.
 */
#ifndef EMBSTORE_PACK_H
#define EMBSTORE_PACK_H

#include "embstore.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status ------------------------------------------------------------------------------------------------------ */

/* Beside those of embstore.h: EMBSTORE_IO, EMBSTORE_BAD_EXPRESSION, EMBSTORE_NULL_ARGUMENT, EMBSTORE_BAD_ARGUMENT,
 * EMBSTORE_BAD_STRUCT, EMBSTORE_TOO_SMALL, and EMBSTORE_BAD_OFFSETS of string keys. */
enum {
    /* What is asked for. */
    EMBSTORE_PACK_EXISTS = 200,         /* something stands in the way at the path, and `replacing` is 0 */
    EMBSTORE_PACK_BAD_PLAN = 201,       /* what is asked for does not fit the source */
    EMBSTORE_PACK_LIMIT_EXCEEDED = 202, /* a size beyond what the format allows */
    EMBSTORE_PACK_NOT_FINITE = 203,     /* a row that the codec cannot store */
    EMBSTORE_PACK_SCALE_OVERFLOW = 204,
    EMBSTORE_PACK_SCALE_UNDERFLOW = 205,
    EMBSTORE_PACK_DUPLICATE_KEY = 206,
    EMBSTORE_PACK_BAD_KEYS = 207,

    /* A source. */
    EMBSTORE_PACK_CANNOT_OPEN = 220,
    EMBSTORE_PACK_READ_FAILED = 221,
    EMBSTORE_PACK_NOT_A_FILE = 222,
    EMBSTORE_PACK_TRUNCATED = 223,
    EMBSTORE_PACK_TRAILING_BYTES = 224,
    EMBSTORE_PACK_CORRUPT = 225,
    EMBSTORE_PACK_BAD_HEADER = 226,
    EMBSTORE_PACK_UNSUPPORTED_TYPE = 227,
    EMBSTORE_PACK_UNSUPPORTED_LAYOUT = 228,
    EMBSTORE_PACK_FOREIGN_FORMAT = 229,
    EMBSTORE_PACK_UNKNOWN_FORMAT = 230,
    EMBSTORE_PACK_NOT_A_TABLE = 231,
    EMBSTORE_PACK_NO_SUCH_TENSOR = 232,
    EMBSTORE_PACK_NO_SUCH_COLUMN = 233,
    EMBSTORE_PACK_DUPLICATE_NAME = 234,
    EMBSTORE_PACK_BAD_RANGE = 235,
    EMBSTORE_PACK_MISSING_SHARD = 236,
    EMBSTORE_PACK_WRONG_FIELD_COUNT = 237,
    EMBSTORE_PACK_BAD_NUMBER = 238,
    EMBSTORE_PACK_NUMBER_OVERFLOW = 239,
    EMBSTORE_PACK_BAD_QUOTE = 240,
    EMBSTORE_PACK_BAD_KEY = 241,
    EMBSTORE_PACK_KEY_TOO_LONG = 242,
    EMBSTORE_PACK_TOO_LARGE = 243,
    EMBSTORE_PACK_ROW_COUNT_MISMATCH = 244,
    EMBSTORE_PACK_BAD_OPTION = 245
};

/* As embstore_status_name: without EMBSTORE_ or EMBSTORE_PACK_, as the tool's --json tells it. */
EMBSTORE_API const char *embstore_pack_status_name(embstore_status status);

/* One line about the calling thread's last failure in this library; "" before the first. */
EMBSTORE_API const char *embstore_pack_last_error(void);

EMBSTORE_API const char *embstore_pack_version(void);
EMBSTORE_API int32_t embstore_pack_abi_version(void);

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

/* What becomes a file. */
typedef struct embstore_pack embstore_pack;

EMBSTORE_API embstore_status embstore_pack_open(embstore_pack **pack);
EMBSTORE_API void embstore_pack_close(embstore_pack *pack);

/* How an array's numbers are stored. Integers and F64 are rounded to the nearest binary32; F64 beyond its range is refused. */
enum {
    EMBSTORE_PACK_F32 = 1,
    EMBSTORE_PACK_F16 = 2,
    EMBSTORE_PACK_BF16 = 3,
    EMBSTORE_PACK_F64 = 4,
    EMBSTORE_PACK_I8 = 5,
    EMBSTORE_PACK_U8 = 6,
    EMBSTORE_PACK_I16 = 7,
    EMBSTORE_PACK_U16 = 8,
    EMBSTORE_PACK_I32 = 9,
    EMBSTORE_PACK_U32 = 10,
    EMBSTORE_PACK_I64 = 11,
    EMBSTORE_PACK_U64 = 12
};

/* Adds a table of `row_count` rows of `dim` numbers, one row after the other, no alignment needed.
 *
 * expression: how to store it, such as "rotation | int4" (Formats/expression.md). An indexer that is not written follows
 * the keys: `keyed` if there are any, else `direct`. The rows are not copied: they stay the caller's, who keeps them
 * unchanged until embstore_pack_write returns, or embstore_pack_close if it is never called. */
EMBSTORE_API embstore_status embstore_pack_array(
    embstore_pack *pack, const char *name, const char *expression, int32_t element, const void *rows, int64_t row_count,
    int64_t dim);

/* Adds rows to the end of array `table`: further pieces of one table, such as the chunks of an Arrow column. */
EMBSTORE_API embstore_status embstore_pack_more_rows(
    embstore_pack *pack, int64_t table, const void *rows, int64_t row_count);

typedef struct embstore_pack_source_options {
    uint32_t struct_size;
    int32_t integer_keys;    /* 1: keys in text are read as decimal integers, and not kept as strings */
    const char *format;      /* "npy", "npz", "safetensors", "glove" and so on as the tool's --from; NULL: told by content */
    const char *tensor;      /* the tensor or member to take; NULL: all of them, a table each */
    const char *keys;        /* a file of keys for a source without any; NULL: none */
    const char *key_column;  /* of a CSV file, its name or its position from 0; NULL: told by content */
    int64_t dim;             /* numbers per row of a text file without header; 0: told by its first lines */
} embstore_pack_source_options;

static inline embstore_pack_source_options embstore_pack_source_defaults(void) {
    embstore_pack_source_options options = {sizeof(embstore_pack_source_options), 0, 0, 0, 0, 0, 0};
    return options;
}

/* Adds the tables of a file: .npy, .npz, .safetensors and their index, GloVe and word2vec, CSV. Their headers are read now,
 * rows while packing.
 *
 * name: the table's; NULL: the tensor's, or the file's without folder and extension. A name goes with one table only. */
EMBSTORE_API embstore_status embstore_pack_file(
    embstore_pack *pack, const char *name, const char *expression, const char *path,
    const embstore_pack_source_options *options);

typedef struct embstore_pack_import_options {
    uint32_t struct_size;
    int32_t reserved;   /* 0 */
    const char *prefix; /* what the names of the state's tensors begin with; NULL: nothing */
    uint64_t id_count;  /* where shapes do not tell; 0: they do */
} embstore_pack_import_options;

static inline embstore_pack_import_options embstore_pack_import_defaults(void) {
    embstore_pack_import_options options = {sizeof(embstore_pack_import_options), 0, 0, 0};
    return options;
}

/* Adds the table, and its features, that the trained state of a model in a .safetensors file is (Formats/import.md).
 * method: such as "qr", "robe", "unified". name: NULL for the state's own. */
EMBSTORE_API embstore_status embstore_pack_import(
    embstore_pack *pack, const char *name, const char *method, const char *expression, const char *path,
    const embstore_pack_import_options *options);

/* How many tables there are, and what they are called: 0 <= table < count, until the next call with `pack`. */
EMBSTORE_API int64_t embstore_pack_table_count(const embstore_pack *pack);
EMBSTORE_API const char *embstore_pack_table_name(const embstore_pack *pack, int64_t table);

/* ---- What goes with a table -------------------------------------------------------------------------------------- */

/* The keys of the rows, in their order, one for each. Copied. */
EMBSTORE_API embstore_status embstore_pack_keys(embstore_pack *pack, int64_t table, const embstore_ids *keys);

/* How often each row is asked for: what fits pay attention to, and the error is also measured by. Copied. */
EMBSTORE_API embstore_status embstore_pack_frequencies(
    embstore_pack *pack, int64_t table, const float *frequencies, int64_t count);

/* A column that was trained or fitted elsewhere, by its name in the file, such as "pq.codebooks": `rows` x `width` numbers
 * of type `element`, one of F32, F16, BF16, U8, U32, U64. Stages of which nothing is given are fitted. Copied. */
EMBSTORE_API embstore_status embstore_pack_parameter(
    embstore_pack *pack, int64_t table, const char *column, int32_t element, const void *values, int64_t rows,
    int64_t width);

/* A name under which services ask for the table. arguments: of the feature, such as "seed=7" of a unified table; may be NULL. */
EMBSTORE_API embstore_status embstore_pack_feature(
    embstore_pack *pack, int64_t table, const char *name, const char *arguments);

/* A note for people and tools. Keys beginning with "packed." are the packer's own. */
EMBSTORE_API embstore_status embstore_pack_attribute(
    embstore_pack *pack, int64_t table, const char *key, const char *value);

/* What to do with rows whose key came before. */
enum { EMBSTORE_PACK_DUPLICATE_ERROR = 0, EMBSTORE_PACK_KEEP_FIRST = 1, EMBSTORE_PACK_KEEP_LAST = 2 };

/* What to do with NaN and infinities that a codec cannot store: fail, or 0 and the row's largest and smallest number. */
enum { EMBSTORE_PACK_REFUSE = 0, EMBSTORE_PACK_CLAMP = 1 };

/* The order in which rows are stored. Any but that of the source reads the whole source into memory. */
enum { EMBSTORE_PACK_ORDER_SOURCE = 0, EMBSTORE_PACK_ORDER_FREQUENCY = 1, EMBSTORE_PACK_ORDER_NORM = 2 };

/* How rows are compressed, for tables that are read rarely. */
enum { EMBSTORE_PACK_RAW = 0, EMBSTORE_PACK_LZ4 = 1, EMBSTORE_PACK_ZSTD = 2 };

typedef struct embstore_pack_table_options {
    uint32_t struct_size;
    int32_t missing;         /* EMBSTORE_MISSING_ERROR and so on; 0: error */
    int32_t duplicates;      /* EMBSTORE_PACK_DUPLICATE_ERROR */
    int32_t non_finite;      /* EMBSTORE_PACK_REFUSE */
    int32_t order;           /* EMBSTORE_PACK_ORDER_SOURCE */
    int32_t compression;     /* EMBSTORE_PACK_RAW */
    int64_t block_bytes;     /* of a block before compression; 0: 64 KiB */
    const char *default_row; /* of EMBSTORE_MISSING_DEFAULT: a key, or a row's number where there are no keys; NULL: none */
    int32_t rows_are_stored; /* 1: the rows are what the codec stores, trained elsewhere, and not embeddings */
    int32_t reserved;        /* 0 */
    uint64_t id_count;       /* of stored rows: the ids that they serve; 0: as many as rows */
    int64_t dim;             /* of stored rows: numbers of an embedding, where transforms make others of them; 0: theirs */
} embstore_pack_table_options;

static inline embstore_pack_table_options embstore_pack_table_defaults(void) {
    embstore_pack_table_options options = {sizeof(embstore_pack_table_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    return options;
}

EMBSTORE_API embstore_status embstore_pack_set(
    embstore_pack *pack, int64_t table, const embstore_pack_table_options *options);

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

typedef struct embstore_pack_write_options {
    uint32_t struct_size;
    int32_t threads;     /* that encode; 0: as many as there are cores. The bytes do not depend on it */
    int32_t replacing;   /* 1: replace the file if it exists */
    int32_t reserved;    /* 0 */
    uint64_t generation; /* in the superblock, to be raised with each repacking of the same tables; 0: 1 */
} embstore_pack_write_options;

static inline embstore_pack_write_options embstore_pack_write_defaults(void) {
    embstore_pack_write_options options = {sizeof(embstore_pack_write_options), 0, 0, 0, 0};
    return options;
}

/* What packing will take, without reading a row, as JSON: for each table its expression and bytes. As embstore_describe
 * writes texts. */
EMBSTORE_API embstore_status embstore_pack_estimate(
    const embstore_pack *pack, char *text, int64_t capacity, int64_t *length);

/* Packs the tables into the file at `path`, which appears when everything is written and synced, or not at all. At most once
 * for each embstore_pack. `options` may be NULL. */
EMBSTORE_API embstore_status embstore_pack_write(
    embstore_pack *pack, const char *path, const embstore_pack_write_options *options);

/* What it came to, as JSON: bytes and errors of each table, as `embstore pack --json` tells them; "" before a successful
 * embstore_pack_write. As embstore_describe writes texts. */
EMBSTORE_API embstore_status embstore_pack_report(
    const embstore_pack *pack, char *text, int64_t capacity, int64_t *length);

typedef struct embstore_pack_moment {
    uint32_t struct_size; /* set before the call */
    int32_t part;         /* EMBSTORE_PACK_WAITING and so on */
    int64_t table;
    uint64_t rows_done;   /* of the table; thousandths while EMBSTORE_PACK_LEARNING */
    uint64_t row_count;   /* 0 while nobody knows */
} embstore_pack_moment;

/* What embstore_pack_write does now. */
enum {
    EMBSTORE_PACK_WAITING = 0,  /* nothing: it has not begun, or is over */
    EMBSTORE_PACK_COUNTING = 1, /* counts rows and compares their keys */
    EMBSTORE_PACK_READING = 2,  /* encodes rows, or reads them to be fitted */
    EMBSTORE_PACK_FITTING = 3,  /* solves for rows that ids share */
    EMBSTORE_PACK_LEARNING = 4  /* fits parameters of stages */
};

/* How far embstore_pack_write has come. From any thread, also while it runs. */
EMBSTORE_API embstore_status embstore_pack_progress(const embstore_pack *pack, embstore_pack_moment *moment);

#ifdef __cplusplus
}
#endif

#endif
