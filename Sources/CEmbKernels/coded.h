// Codes of coded rows, the same at every level: integers only.
#ifndef EMB_CODED_H
#define EMB_CODED_H

#include "kernels.h"

/// Codes taken out of a row at a time. A multiple of 8: they begin and end at whole bytes, however wide a code is.
#define CODES 64

/// The bytes of a row, and how wide its codes are.
typedef struct emb_code_place {
    const uint8_t *bytes;
    size_t bits;
} emb_code_place;

EMB_INLINE emb_code_place emb_place_codes(const emb_coded_rows *table, uint32_t row) {
    if (row < table->hot_rows) return (emb_code_place){table->rows + row * table->stride, table->bits};
    return (emb_code_place){table->cold + (row - table->hot_rows) * table->cold_stride, table->cold_bits};
}

/// Code `book` of a row.
EMB_INLINE size_t emb_code(const emb_coded_rows *table, uint32_t row, size_t book) {
    if (table->fastscan)
        return table->rows[row / 32 * 16 * table->books + 16 * book + row % 16] >> row % 32 / 16 * 4 & 15;
    const emb_code_place place = emb_place_codes(table, row);
    const size_t bit = book * place.bits; // the code may end in the byte behind, which the row's slack makes readable
    return (size_t)emb_load_u16(place.bytes + bit / 8) >> bit % 8 & (((size_t)1 << place.bits) - 1);
}

/// Codes `book` ..< `book` + count of a row, as bytes. `book` is a multiple of CODES, count at most that. Not inlined: what
/// calls it is compiled many times over.
static __attribute__((noinline)) void emb_unpack_codes(const emb_coded_rows *table, uint32_t row, size_t book,
                                                       size_t count, uint8_t codes[CODES]) {
    if (table->fastscan) {
        const uint8_t *block = table->rows + row / 32 * 16 * table->books + 16 * book + row % 16;
        const unsigned shift = row % 32 / 16 * 4;
        ROLLED for (size_t m = 0; m < count; m++) codes[m] = block[16 * m] >> shift & 15;
        return;
    }
    const emb_code_place place = emb_place_codes(table, row);
    const uint8_t *bytes = place.bytes + book / 8 * place.bits;
    if (place.bits == 4) {
        for (size_t i = 0; i < CODES / 2; i++) { // beyond the row lies slack
            codes[2 * i] = bytes[i] & 15;
            codes[2 * i + 1] = bytes[i] >> 4;
        }
        return;
    }
    ROLLED for (size_t m = 0; m < count; m++) {
        const size_t bit = m * place.bits;
        codes[m] = (uint8_t)(emb_load_u16(bytes + bit / 8) >> bit % 8 & ((1u << place.bits) - 1));
    }
}

/// The same, in place if codes are bytes, else in `buffer`.
EMB_INLINE const uint8_t *emb_take_codes(const emb_coded_rows *table, uint32_t row, size_t book, size_t count,
                                         uint8_t buffer[CODES]) {
    if (table->bits == 8 && row < table->hot_rows) return table->rows + row * table->stride + book;
    emb_unpack_codes(table, row, book, count, buffer);
    return buffer;
}

/// Asks for the lines of a row's codes.
EMB_INLINE void emb_prefetch_lines(const uint8_t *start, size_t bytes) {
    ROLLED for (size_t offset = 0; offset + 1 < bytes; offset += 64) __builtin_prefetch(start + offset, 0, 2);
    __builtin_prefetch(start + bytes - 1, 0, 2);
}

static __attribute__((noinline)) void emb_prefetch_other_codes(const emb_coded_rows *table, uint32_t row) {
    if (row == EMB_ZERO_ROW) return;
    const size_t block = 16 * table->books;
    if (table->fastscan) emb_prefetch_lines(table->rows + row / 32 * block, block);
    else emb_prefetch_lines(emb_place_codes(table, row).bytes, table->cold_stride);
}

/// Asks for those of the row `distance` further on. Inlined as far as most rows need it.
EMB_INLINE void emb_prefetch_codes(const emb_coded_rows *table, const emb_row_list *list, size_t position) {
    const size_t ahead = position + list->distance;
    if (list->distance == 0 || ahead >= list->readable) return;
    const uint32_t row = list->rows[ahead];
    if (table->fastscan || row >= table->hot_rows) emb_prefetch_other_codes(table, row); // no zero row is hot
    else emb_prefetch_lines(table->rows + row * table->stride, table->stride);
}

/// Loads, not arithmetic: one form serves all levels.
static __attribute__((unused)) void emb_sum_tables(const emb_coded_rows *table, const float *tables, const uint32_t *list,
                                                   size_t count, float *out) {
    const size_t codewords = (size_t)1 << table->book_bits;
    uint8_t buffer[CODES];
    for (size_t i = 0; i < count; i++) {
        float s[4] = {0};
        for (size_t begin = 0; begin < table->books; begin += CODES) {
            const size_t left = table->books - begin, books = left < CODES ? left : CODES;
            const uint8_t *codes = emb_take_codes(table, list[i], begin, books, buffer);
            const float *t = tables + begin * codewords;
            size_t m = 0;
            for (; m + 4 <= books; m += 4, t += 4 * codewords)
                for (size_t n = 0; n < 4; n++) s[n] += t[n * codewords + codes[m + n]];
            for (; m < books; m++, t += codewords) s[m % 4] += t[codes[m]];
        }
        out[i] = (s[0] + s[2]) + (s[1] + s[3]);
    }
}

/// Columns of product codes.
typedef struct emb_split {
    size_t width; // of most codebooks
    size_t wider; // so many of the first are one wider
} emb_split;

EMB_INLINE emb_split emb_split_columns(const emb_coded_rows *table) {
    return (emb_split){table->dim / table->books, table->dim % table->books};
}

#endif
