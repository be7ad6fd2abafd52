// Lists of coded rows, written once for all vector levels. Rows of product codes all of one width are taken a tile at a time: first
// the codes of all, then some columns of all, so that the codebooks of those columns stay in the first cache. Included behind
// coded_template.h, which takes all others row by row.

/// Rows that are worked on together, and bytes that their codes take at most.
#define TILE_ROWS 512
#define TILE_CODES (1 << 15)

/// Sums of four columns that stand in registers together. More would leave none for what is added to them.
#define MOST_QUADS 8

/// The codes of a row that is neither cold nor in blocks, as bytes; up to 16 more are written.
EMB_INLINE void spread_row(size_t bits, const uint8_t *bytes, size_t books, uint8_t *codes) {
    typedef uint8_t u8x8 __attribute__((vector_size(8)));
    // Beyond the row lies slack, and perhaps a line that nobody asked for: no more is read than has to be.
    ROLLED for (size_t m = 0; bits == 8 && m < books; m += 8) {
        memcpy(codes + m, bytes + m, 8);
        __asm__ volatile(""); // or the loop becomes a call of memcpy, which takes longer for so few bytes
    }
    ROLLED for (size_t m = 0; bits == 4 && m < books; m += 16) {
        u8x8 pairs;
        memcpy(&pairs, bytes + m / 2, sizeof pairs);
        const u8x8 low = pairs & 15, high = pairs >> 4;
        const u8x8 first = __builtin_shufflevector(low, high, 0, 8, 1, 9, 2, 10, 3, 11);
        const u8x8 second = __builtin_shufflevector(low, high, 4, 12, 5, 13, 6, 14, 7, 15);
        memcpy(codes + m, &first, sizeof first);
        memcpy(codes + m + 8, &second, sizeof second);
    }
}

/// The codes of list positions first ..< first + rows, row after row. Those of zero rows are 0; returns how many there are.
EMB_INLINE size_t spread_rows(size_t bits, const emb_coded_rows *table, const emb_row_list *list, size_t first, size_t rows,
                              uint8_t *codes) {
    const size_t books = table->books;
    const emb_rows plain = {.base = table->rows, .stride = table->stride};
    const emb_prefetch plan = emb_plan_prefetch(EMB_INT8, &plain, list, table->stride);
    size_t zeros = 0;
    for (size_t i = first; i < first + rows; i++, codes += books) {
        emb_prefetch_row(plan, table->rows, table->stride, list->rows, i);
        const uint32_t row = list->rows[i];
        if (row != EMB_ZERO_ROW) {
            spread_row(bits, table->rows + row * table->stride, books, codes);
        } else {
            memset(codes, 0, books);
            zeros++;
        }
    }
    return zeros;
}

/// The same where some rows are cold, or all in blocks.
static __attribute__((noinline)) size_t spread_other_rows(const emb_coded_rows *table, const emb_row_list *list,
                                                          size_t first, size_t rows, uint8_t *codes) {
    size_t zeros = 0;
    for (size_t i = first; i < first + rows; i++, codes += table->books) {
        emb_prefetch_codes(table, list, i);
        const uint32_t row = list->rows[i];
        zeros += row == EMB_ZERO_ROW;
        for (size_t m = 0; m < table->books; m += CODES) {
            uint8_t buffer[CODES] = {0};
            const size_t left = table->books - m, count = left < CODES ? left : CODES;
            if (row != EMB_ZERO_ROW) emb_unpack_codes(table, row, m, count, buffer);
            memcpy(codes + m, buffer, count);
        }
    }
    return zeros;
}

EMB_INLINE size_t spread_tile(const emb_coded_rows *table, const emb_row_list *list, size_t first, size_t rows,
                              uint8_t *codes) {
    if (table->fastscan || table->hot_rows != UINT32_MAX) return spread_other_rows(table, list, first, rows, codes);
    if (table->bits == 8) return spread_rows(8, table, list, first, rows, codes);
    return spread_rows(4, table, list, first, rows, codes);
}

/// Codewords of `count` consecutive codebooks for all rows of a tile.
EMB_INLINE void copy_codewords(bool half, size_t width, size_t count, const coded_call *call, const uint8_t *codes,
                               size_t m, size_t rows, float *out, size_t out_stride) {
    const size_t bytes = width * (half ? 2 : 4), book_bytes = call->codewords * bytes, books = call->table.books;
    const uint8_t *book = call->table.codewords + m * book_bytes;
    codes += m, out += m * width;
    for (size_t i = 0; i < rows; i++, codes += books, out += out_stride)
        UNROLL for (size_t n = 0; n < count; n++)
            take_few(COPY, (taking){1, true}, half, book + n * book_bytes + codes[n] * bytes, width, out + n * width);
}

/// Rows of product codes all of one constant width: for a tile of rows, a line of all of them after the other, so that the
/// codebooks of one line stay in the first cache.
EMB_INLINE void gather_even(bool half, size_t width, const coded_call *call, const emb_row_list *list, float *out,
                            size_t out_stride) {
    const size_t books = call->table.books, alike = 16 / width;
    const size_t most = TILE_CODES / books < TILE_ROWS ? TILE_CODES / books : TILE_ROWS;
    uint8_t codes[TILE_CODES + 16];
    for (size_t first = 0; first < list->count; first += most, out += most * out_stride) {
        const size_t left = list->count - first, rows = left < most ? left : most;
        const size_t zeros = spread_tile(&call->table, list, first, rows, codes);
        size_t m = 0;
        for (; m + alike <= books; m += alike) copy_codewords(half, width, alike, call, codes, m, rows, out, out_stride);
        for (; m < books; m++) copy_codewords(half, width, 1, call, codes, m, rows, out, out_stride);
        for (size_t i = 0; zeros && i < rows; i++)
            if (list->rows[first + i] == EMB_ZERO_ROW) memset(out + i * out_stride, 0, call->dims * sizeof *out);
    }
}

EMB_INLINE void gather_coded(const emb_coded_rows *table, const emb_row_list *list, float *out, size_t out_stride,
                             size_t dims) {
    const coded_call call = plan_coded(table, dims);
    const bool even = !table->additive && call.split.wider == 0 && dims == table->dim && table->books <= TILE_CODES;
    switch ((even ? call.split.width : 0) + (table->half ? 1 << 20 : 0)) {
    case 1: return gather_even(false, 1, &call, list, out, out_stride);
    case 2: return gather_even(false, 2, &call, list, out, out_stride);
    case 4: return gather_even(false, 4, &call, list, out, out_stride);
    case 8: return gather_even(false, 8, &call, list, out, out_stride);
    case 16: return gather_even(false, 16, &call, list, out, out_stride);
    case (1 << 20) + 2: return gather_even(true, 2, &call, list, out, out_stride);
    case (1 << 20) + 4: return gather_even(true, 4, &call, list, out, out_stride);
    case (1 << 20) + 8: return gather_even(true, 8, &call, list, out, out_stride);
    default: take_rows(COPY, &call, list, 0, list->count, false, out, out_stride);
    }
}

/// Four columns of codewords of one constant width, from the codebooks `book` and up: of a part of one codeword, or of several
/// side by side.
EMB_INLINE f32q load_quad(bool half, size_t width, const uint8_t *book, size_t book_bytes, const uint8_t *codes,
                          size_t quad) {
    const size_t size = half ? 2 : 4, bytes = width * size, each = width < 4 ? width : 4;
    uint8_t numbers[16];
    UNROLL for (size_t n = 0; n < 4 / each; n++) {
        const size_t m = quad * 4 / width + n;
        const uint8_t *codeword = book + m * book_bytes + codes[m] * bytes;
        memcpy(numbers + n * each * size, codeword + quad * 4 % width * size, each * size);
    }
    f32q x;
    if (half) {
        _Float16 halves[4];
        memcpy(halves, numbers, sizeof halves);
        UNROLL for (size_t t = 0; t < 4; t++) x[t] = (float)halves[t];
    } else {
        memcpy(&x, numbers, sizeof x);
    }
    return x;
}

/// Rows of codes `begin` ..< `end` of a tile into 4 * `quads` columns of one bag, whose sums stand in registers meanwhile.
EMB_INLINE void sum_columns(bool half, size_t width, size_t codewords, size_t quads, const coded_call *call,
                            const uint8_t *book, const uint8_t *codes, const float *weights, size_t begin, size_t end,
                            float *out) {
    const size_t books = call->table.books, book_bytes = codewords * width * (half ? 2 : 4);
    f32q acc[MOST_QUADS];
    UNROLL for (size_t q = 0; q < quads; q++) memcpy(&acc[q], out + 4 * q, sizeof acc[q]);
    for (size_t i = begin; i < end; i++) {
        const float w = weights ? weights[i] : 1;
        const f32q factor = {w, w, w, w};
        UNROLL for (size_t q = 0; q < quads; q++)
            acc[q] = fma_q(factor, load_quad(half, width, book, book_bytes, codes + i * books, q), acc[q]);
    }
    UNROLL for (size_t q = 0; q < quads; q++) memcpy(out + 4 * q, &acc[q], sizeof acc[q]);
}

/// A tile: the list positions from `first` on of which `codes` holds the codes.
typedef struct coded_tile {
    const uint8_t *codes;
    size_t first, rows;
    size_t bag; // the one that position `first` belongs to, or an empty one before it
} coded_tile;

/// Some columns of all bags of a tile, so that their codebooks stay in the first cache.
EMB_INLINE void sum_tile(bool half, size_t width, size_t codewords, size_t quads, const coded_call *call,
                         const emb_row_list *list, const emb_bags *bags, const coded_tile *tile, size_t column, float *out,
                         size_t out_stride) {
    const uint8_t *book = call->table.codewords + call->codewords * column * call->number;
    const float *weights = list->weights ? list->weights + tile->first : NULL;
    for (size_t b = tile->bag, begin = 0; begin < tile->rows; b++) {
        const size_t left = bags->ends[b] - tile->first, end = left < tile->rows ? left : tile->rows;
        sum_columns(half, width, codewords, quads, call, book, tile->codes + column / width, weights, begin, end,
                    out + b * out_stride + column);
        begin = end;
    }
}

/// List positions begin ..< end, added to a bag's sums row by row. Not inlined: what calls it is compiled many times over.
static __attribute__((noinline)) void add_rows(const coded_call *call, const emb_row_list *list, size_t begin, size_t end,
                                               float *out) {
    take_rows(ADD, call, list, begin, end, false, out, 0);
}

/// Adds rows of product codes all of one constant width to the bags' sums in `out`, a tile of rows at a time.
EMB_INLINE void sum_even(bool half, size_t width, size_t codewords, const coded_call *call, const emb_row_list *list,
                         const emb_bags *bags, float *out, size_t out_stride) {
    const size_t books = call->table.books, most = TILE_CODES / books < TILE_ROWS ? TILE_CODES / books : TILE_ROWS;
    uint8_t codes[TILE_CODES + 16];
    coded_tile tile = {codes, 0, 0, 0};
    for (; tile.first < list->count; tile.first += tile.rows) {
        const size_t left = list->count - tile.first;
        tile.rows = left < most ? left : most;
        const size_t zeros = spread_tile(&call->table, list, tile.first, tile.rows, codes);
        while (bags->ends[tile.bag] <= tile.first) tile.bag++;
        if (zeros) {
            size_t b = tile.bag;
            for (size_t begin = tile.first; begin < tile.first + tile.rows; b++) {
                const size_t last = tile.first + tile.rows, end = bags->ends[b] < last ? bags->ends[b] : last;
                const emb_row_list plain = {list->rows, list->count, list->count, 0, list->weights};
                add_rows(call, &plain, begin, end, out + b * out_stride);
                begin = end;
            }
            continue;
        }
        const size_t dims = call->dims, least = width < 4 ? 1 : width / 4;
        size_t j = 0;
#define COLUMNS(quads)                                                                                                 \
    for (; j + 4 * (quads) <= dims; j += 4 * (quads))                                                                  \
        sum_tile(half, width, codewords, quads, call, list, bags, &tile, j, out, out_stride);
        COLUMNS(MOST_QUADS)
        COLUMNS(4)
        COLUMNS(least)
#undef COLUMNS
    }
}

/// Whether sums of these rows are made of quads; then adds the rows to the bags' sums in `out`.
EMB_INLINE bool sum_quads(const coded_call *call, const emb_row_list *list, const emb_bags *bags, float *out,
                          size_t out_stride) {
    const bool even = !call->table.additive && call->split.wider == 0 && call->dims == call->table.dim;
    if (!even || call->dims % 4 || call->table.books > TILE_CODES) return false;
    if (call->codewords != 16 && call->codewords != 256) return false;
#define WIDTH(half, width)                                                                                             \
    case (half ? 1 << 20 : 0) + width:                                                                                 \
        if (call->codewords == 16) sum_even(half, width, 16, call, list, bags, out, out_stride);                       \
        else sum_even(half, width, 256, call, list, bags, out, out_stride);                                            \
        return true;
    switch (call->split.width + (call->table.half ? 1 << 20 : 0)) {
        WIDTH(false, 2)
        WIDTH(false, 4)
        WIDTH(false, 8)
        WIDTH(false, 16)
        WIDTH(true, 2)
        WIDTH(true, 4)
        WIDTH(true, 8)
    default: return false;
    }
#undef WIDTH
}

EMB_INLINE void pool_coded(fold op, const emb_coded_rows *table, const emb_row_list *list, const emb_bags *bags,
                           float *out, size_t out_stride, size_t dims) {
    const coded_call call = plan_coded(table, dims);
    for (size_t b = bags->resume; b < bags->count; b++) memset(out + b * out_stride, 0, dims * sizeof *out);
    const bool summed = op == SUM && sum_quads(&call, list, bags, out, out_stride);
    size_t begin = 0;
    for (size_t b = 0; b < bags->count; b++, out += out_stride) {
        const bool resumed = b == 0 && bags->resume, suspended = b + 1 == bags->count && bags->suspend;
        const size_t end = bags->ends[b];
        if (op == MAX) take_rows(MAXIMUM, &call, list, begin, end, !resumed, out, 0);
        else if (!summed) add_rows(&call, list, begin, end, out);
        const bool empty = begin == end && !resumed;
        begin = end;
        if (op == MAX || suspended || !bags->divisors || empty) continue;
        const float divisor = bags->divisors[b];
        for (size_t j = 0; j < dims; j++) out[j] = divisor == 0 ? 0 : out[j] / divisor;
    }
}
