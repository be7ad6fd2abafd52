// What the parts of the parity test share: the seeded random numbers, guarded buffers, and how a mismatch is told.
#ifndef EMB_PARITY_H
#define EMB_PARITY_H

#include "CEmbKernels.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct emb_test {
    uint64_t state;        // of splitmix64
    uint64_t one_in;       // run one in so many cells of the large grids
    uint64_t cells;        // run so far
    const emb_kernels *levels[EMB_LEVEL_COUNT];
    size_t level_count;
} emb_test;

uint64_t random_bits(emb_test *t);
/// 0 ..< below.
size_t random_below(emb_test *t, size_t below);
/// -1 ..< 1.
float random_float(emb_test *t);
/// Draws whether a cell of a large grid is run.
bool takes_cell(emb_test *t);

/// `size` bytes between two sentries of SENTRY bytes, all filled with FILL.
#define SENTRY 64
#define FILL 0xa5
typedef struct guarded {
    uint8_t *block, *bytes;
    size_t size;
} guarded;

guarded make_guarded(size_t size, size_t offset);
void free_guarded(guarded *g);

/// Exactly `size` bytes, at an odd place if `offset` is odd; freed through `block`.
void *exact(size_t size);

/// Names the cell that is run, for the message of a failure.
void name_cell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// Ends the program with the cell's name.
_Noreturn void fail(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// The sentries are whole and the contents equal, float by float: same bits, or both NaN.
void check_floats(const char *level, const guarded *expected, const guarded *actual);
/// The same, bit by bit.
void check_bytes(const char *level, const guarded *expected, const guarded *actual);

extern const char *const element_names[EMB_ELEMENT_COUNT];
extern const char *const header_names[EMB_HEADER_COUNT];
bool is_float(emb_element element);
bool is_rbe(emb_element element);
bool is_blocked(emb_element element);
/// Whether rows of an element type can have this header.
bool has_header(emb_element element, emb_header header);
/// A number of numbers in a block, 0 of rows without.
size_t draw_block(emb_test *t, emb_element element);
size_t head_bytes(emb_header header, size_t block, size_t dim);
size_t row_bytes(emb_element element, emb_header header, size_t block, size_t dim);
extern const size_t dims_grid[];
extern const size_t dims_count;

void test_rows(emb_test *t);
void test_encoders(emb_test *t);
void test_others(emb_test *t);
void test_hashes(emb_test *t);
void test_coded(emb_test *t);
void test_scores(emb_test *t);
void test_grids(emb_test *t);
void test_detection(void);

#endif
