// Coded rows, written once for all vector levels. The usual widths of a codeword are constants, so that a codeword is one
// load and the sums stand in as few instructions.
#include "coded.h"

typedef enum take { COPY, ADD, MAXIMUM } take;

/// How a row meets the output: w times it is added, or is the first or a further candidate of a maximum.
typedef struct taking {
    float weight;
    bool first;
} taking;

EMB_INLINE float take_number(take op, taking how, float x, float acc) {
    if (op == COPY) return x;
    if (op == ADD) return __builtin_fmaf(how.weight, x, acc);
    const float v = how.weight * x;
    return how.first || v > acc || v != v ? v : acc;
}

/// A codeword of a constant few numbers.
EMB_INLINE void take_few(take op, taking how, bool half, const uint8_t *codeword, size_t width, float *out) {
    float x[16];
    if (half) {
        _Float16 halves[16];
        memcpy(halves, codeword, width * 2);
        UNROLL for (size_t t = 0; t < width; t++) x[t] = (float)halves[t];
    } else {
        memcpy(x, codeword, width * 4);
    }
    float y[16];
    if (op != COPY) memcpy(y, out, width * sizeof *y);
    UNROLL for (size_t t = 0; t < width; t++) y[t] = take_number(op, how, x[t], y[t]);
    memcpy(out, y, width * sizeof *y);
}

/// Any number of numbers, in pieces of constant sizes: a masked store could not be forwarded to the next row's load.
EMB_INLINE void take_many(take op, taking how, bool half, const uint8_t *codeword, size_t width, float *out) {
    const size_t size = half ? 2 : 4;
    size_t t = 0;
    for (; t + 16 <= width; t += 16) take_few(op, how, half, codeword + t * size, 16, out + t);
#define PIECE(n)                                                                                                       \
    if (width & n) take_few(op, how, half, codeword + t * size, n, out + t), t += n;
    PIECE(8)
    PIECE(4)
    PIECE(2)
    PIECE(1)
#undef PIECE
}

/// Codewords of one width, from consecutive codebooks, into consecutive columns.
EMB_INLINE void take_run(take op, taking how, bool half, const uint8_t *book, size_t codewords, size_t width,
                         const uint8_t *codes, size_t count, float *out) {
    const size_t bytes = width * (half ? 2 : 4);
#define FEW(n)                                                                                                         \
    case n:                                                                                                            \
        for (size_t m = 0; m < count; m++, book += codewords * bytes, out += n)                                        \
            take_few(op, how, half, book + codes[m] * (half ? 2 * n : 4 * n), n, out);                                 \
        break;
    switch (width) {
        FEW(1)
        FEW(2)
        FEW(4)
        FEW(8)
        FEW(16)
    default:
        for (size_t m = 0; m < count; m++, book += codewords * bytes, out += width)
            take_many(op, how, half, book + codes[m] * bytes, width, out);
    }
#undef FEW
}

/// What the numbers of a row come from, worked out once per call.
typedef struct coded_call {
    emb_coded_rows table;
    emb_split split;
    size_t codewords; // in a codebook
    size_t number;    // bytes of a codeword's number
    size_t dims;
} coded_call;

EMB_INLINE coded_call plan_coded(const emb_coded_rows *table, size_t dims) {
    return (coded_call){*table, emb_split_columns(table), (size_t)1 << table->book_bits, table->half ? 2 : 4, dims};
}

/// A row of product codes: run after run of equal widths, the last codeword perhaps only in part.
EMB_INLINE void take_product(take op, taking how, bool half, const coded_call *call, uint32_t row, float *out) {
    uint8_t buffer[CODES];
    const uint8_t *codes = buffer;
    size_t taken = 0; // codes in `codes`, up to codebook `m` + taken
    for (size_t m = 0, j = 0; j < call->dims;) {
        if (taken == 0) {
            taken = call->table.books - m < CODES ? call->table.books - m : CODES;
            codes = emb_take_codes(&call->table, row, m, taken, buffer);
        }
        const size_t width = call->split.width + (m < call->split.wider), here = call->dims - j;
        const size_t alike = m < call->split.wider && m + taken > call->split.wider ? call->split.wider - m : taken;
        const uint8_t *book = call->table.codewords + call->codewords * j * call->number;
        if (here < width) {
            take_many(op, how, half, book + codes[0] * width * call->number, here, out + j);
            return;
        }
        const size_t count = alike * width <= here ? alike : here / width;
        take_run(op, how, half, book, call->codewords, width, codes, count, out + j);
        m += count, j += count * width, codes += count, taken -= count;
    }
}

/// A row of additive codes: some columns of all codewords are added up, then taken.
EMB_INLINE void take_additive(take op, taking how, bool half, const coded_call *call, uint32_t row, float *out) {
    enum { COLUMNS = 4 * LANES };
    uint8_t buffer[CODES];
    const size_t held = call->table.books < CODES ? call->table.books : CODES;
    const uint8_t *codes = emb_take_codes(&call->table, row, 0, held, buffer);
    for (size_t j = 0; j < call->dims; j += COLUMNS) {
        const size_t width = call->dims - j < COLUMNS ? call->dims - j : COLUMNS, vectors = (width + LANES - 1) / LANES;
        f32v x[4];
        for (size_t m = 0; m < call->table.books; m++) {
            const size_t code = m < held ? codes[m] : emb_code(&call->table, row, m);
            const uint8_t *c =
                call->table.codewords + ((m * call->codewords + code) * call->table.dim + j) * call->number;
            for (size_t v = 0; v < vectors; v++) {
                const size_t rest = width - v * LANES < LANES ? width - v * LANES : LANES;
                const f32v part = keep_first(
                    half ? load_f16(c + v * LANES * 2) : load_f32(c + v * LANES * 4), rest);
                x[v] = m == 0 ? part : x[v] + part;
            }
        }
        take_many(op, how, false, (const uint8_t *)x, width, out + j);
    }
}

/// A row of product codes all of one constant width.
EMB_INLINE void take_even(take op, taking how, bool half, size_t width, const coded_call *call, uint32_t row,
                          float *out) {
    const size_t bytes = width * (half ? 2 : 4), book_bytes = call->codewords * bytes;
    const uint8_t *book = call->table.codewords;
    uint8_t buffer[CODES];
    for (size_t first = 0; first < call->table.books; first += CODES) {
        const size_t left = call->table.books - first, count = left < CODES ? left : CODES;
        const uint8_t *codes = emb_take_codes(&call->table, row, first, count, buffer);
        size_t m = 0;
        for (; m + 4 <= count; m += 4, book += 4 * book_bytes, out += 4 * width) {
            UNROLL for (size_t n = 0; n < 4; n++)
                take_few(op, how, half, book + n * book_bytes + codes[m + n] * bytes, width, out + n * width);
        }
        for (; m < count; m++, book += book_bytes, out += width)
            take_few(op, how, half, book + codes[m] * bytes, width, out);
    }
}

/// List positions begin ..< end into rows of the output, or all into one if `out_stride` is 0. `width` is that of all
/// codewords, or 0 if they are taken as they come.
EMB_INLINE void take_rows_of(take op, bool half, size_t width, const coded_call *call, const emb_row_list *list,
                             size_t begin, size_t end, bool first, float *out, size_t out_stride) {
    taking how = {1, first};
    for (size_t i = begin; i < end; i++, out += out_stride, how.first = false) {
        emb_prefetch_codes(&call->table, list, i);
        const uint32_t row = list->rows[i];
        if (op != COPY && list->weights) how.weight = list->weights[i];
        if (row == EMB_ZERO_ROW) {
            for (size_t j = 0; op == COPY && j < call->dims; j++) out[j] = 0;
            for (size_t j = 0; op == MAXIMUM && j < call->dims; j++) out[j] = how.first || 0 > out[j] ? 0 : out[j];
        } else if (width) {
            take_even(op, how, half, width, call, row, out);
        } else if (call->table.additive) {
            take_additive(op, how, half, call, row, out);
        } else {
            take_product(op, how, half, call, row, out);
        }
    }
}

EMB_INLINE void take_rows(take op, const coded_call *call, const emb_row_list *list, size_t begin, size_t end,
                          bool first, float *out, size_t out_stride) {
    const bool even = !call->table.additive && call->split.wider == 0 && call->dims == call->table.dim;
#define ROWS_OF(half, width) take_rows_of(op, half, width, call, list, begin, end, first, out, out_stride)
    switch ((even ? call->split.width : 0) + (call->table.half ? 1 << 20 : 0)) {
    case 2: ROWS_OF(false, 2); break;
    case 4: ROWS_OF(false, 4); break;
    case 8: ROWS_OF(false, 8); break;
    case 16: ROWS_OF(false, 16); break;
    case (1 << 20) + 2: ROWS_OF(true, 2); break;
    case (1 << 20) + 4: ROWS_OF(true, 4); break;
    case (1 << 20) + 8: ROWS_OF(true, 8); break;
    default:
        if (call->table.half) ROWS_OF(true, 0);
        else ROWS_OF(false, 0);
    }
#undef ROWS_OF
}
