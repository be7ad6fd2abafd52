// The row loops, written once and compiled for each element type at each vector level. Lanes run over the columns
// of a row; a block of columns keeps its accumulators in registers while the rows of a bag go by.

#include "head.h"

/// Vectors of accumulators in a block. The bodies are unrolled for each number from 1 to this.
#define BLOCK 8

EMB_INLINE u16v load_bytes(const uint8_t *p) {
    u8v bytes;
    memcpy(&bytes, p, sizeof bytes);
    return __builtin_convertvector(bytes, u16v);
}

EMB_INLINE f32v load_e5m2(const uint8_t *p) { return widen_f16(load_bytes(p) << 8); }

EMB_INLINE f32v load_e4m3(const uint8_t *p) {
    const u16v codes = load_bytes(p), magnitude = codes & 0x7f;
    const u16v nan = (u16v)(magnitude == 0x7f) & 0x7e00;
    return widen_f16((codes & 0x80) << 8 | magnitude << 7 | nan) * splat(256);
}

EMB_INLINE f32v load_codes(emb_element element, const uint8_t *p) {
    switch (emb_code_element(element)) {
    case EMB_F32: return load_f32(p);
    case EMB_F16: return load_f16(p);
    case EMB_BF16: return load_bf16(p);
    case EMB_INT16: return load_int16(p);
    case EMB_INT8: return load_int8(p);
    case EMB_INT4: return load_int4(p);
    case EMB_INT2: return load_int2(p);
    case EMB_E4M3: return load_e4m3(p);
    case EMB_E5M2: return load_e5m2(p);
    default: return load_rbe(emb_element_bits(element), p);
    }
}

/// The last codes of a block, of which only `n` count. Whatever floats lie behind a row must not meet arithmetic
/// (a denormal is slow on some processors); codes cannot harm.
EMB_INLINE f32v load_last_codes(emb_element element, const uint8_t *p, size_t n) {
    const f32v codes = load_codes(element, p);
    return emb_is_float(element) ? keep_first(codes, n) : codes;
}

EMB_INLINE f32v value_of(emb_element element, emb_head h, f32v codes) {
    if (emb_is_fp8(element)) return splat(h.scale) * codes;
    return emb_is_float(element) ? codes : fma_v(splat(h.scale), codes, splat(h.bias));
}

/// What tells the block of a column.
typedef struct blocks {
    size_t mask, shift; // of the numbers in a block, a power of two that no vector crosses
} blocks;

EMB_INLINE blocks blocks_of(emb_element element, const emb_rows *table) {
    if (!emb_is_blocked(element)) return (blocks){0, 0};
    return (blocks){table->block - 1, (size_t)__builtin_ctzl(table->block)};
}

/// The head for the columns from `first` on, but for a block that begins there.
EMB_INLINE emb_head first_head(emb_element element, emb_header header, blocks blocks, const uint8_t *row,
                               size_t first) {
    if (!emb_is_blocked(element)) return read_head(element, header, row);
    return first & blocks.mask ? read_block_head(element, header, row, first >> blocks.shift) : (emb_head){1, 0};
}

/// The head for the vector at `column`: the one before, or that of the block which begins there.
EMB_INLINE emb_head next_head(emb_element element, emb_header header, blocks blocks, const uint8_t *row, size_t column,
                              emb_head before) {
    if (!emb_is_blocked(element) || column & blocks.mask) return before;
    return read_block_head(element, header, row, column >> blocks.shift);
}

/// Which of `count` vectors of a row to take as the `n`th: the first, the last, the second, ... Where loads run up the lines of
/// a row, and end at the last, a processor fetches lines behind the row too, for nothing: pooling rows of 256 bytes from memory
/// takes twice as long then (Benchmarks/README.md). Rows of blocks go up, as their headers do.
EMB_INLINE size_t taken_as(emb_element element, size_t n, size_t count) {
    if (emb_is_blocked(element)) return n;
    return n % 2 ? count - 1 - n / 2 : n / 2;
}

EMB_INLINE void gather(emb_element element, const emb_rows *table, const emb_row_list *list, float *out,
                       size_t out_stride, size_t dims) {
    const emb_prefetch prefetch = emb_plan_prefetch(element, table, list, dims);
    const size_t vector_bytes = LANES * emb_element_bits(element) / 8, full = (dims - 1) / LANES * LANES;
    const emb_element code_element = emb_code_element(element);
    const blocks blocks = blocks_of(element, table);
    for (size_t i = 0; i < list->count; i++, out += out_stride) {
        emb_prefetch_row(prefetch, table->base, table->stride, list->rows, i);
        if (list->rows[i] == EMB_ZERO_ROW) {
            memset(out, 0, dims * sizeof *out);
            continue;
        }
        const uint8_t *row = table->base + list->rows[i] * table->stride, *codes = row + table->head_bytes;
        // The last vector first: see `taken_as`.
        emb_head h = first_head(element, table->header, blocks, row, full);
        h = next_head(element, table->header, blocks, row, full, h);
        const f32v last = value_of(element, h, load_last_codes(element, codes + full / LANES * vector_bytes, dims - full));
        store_first(out + full, to_columns(code_element, last), dims - full);
        for (size_t j = 0; j < full; j += LANES, codes += vector_bytes) {
            h = next_head(element, table->header, blocks, row, j, h);
            store_f32(out + j, to_columns(code_element, value_of(element, h, load_codes(element, codes))));
        }
    }
}

typedef enum fold { SUM, MAX } fold;

/// One call of sum or max.
typedef struct pooling {
    emb_rows table;
    emb_row_list list;
    emb_prefetch prefetch;
    emb_bags bags; // as they came: `carry` stays that of the first bag
    float *out;
    size_t out_stride;
    float carry; // of the last bag
} pooling;

/// Columns `first` and up: some number of whole vectors, then one of which `last` lanes count.
typedef struct columns {
    size_t first, last;
    size_t offset;       // of the first one's code in a row, in bytes
    size_t prefetch_end; // as in emb_prefetch, but 0 unless these are the first columns
} columns;

EMB_INLINE f32v greater_of(f32v v, f32v acc) { return select_v(v != v, v, select_v(v > acc, v, acc)); }

/// Takes the rows of one bag into the accumulators of one block; returns the carry.
EMB_INLINE float fold_rows(fold op, emb_element element, size_t vectors, const pooling *call, const columns *columns,
                           size_t begin, size_t end, float carry, f32v acc[]) {
    // All that the loop needs in locals: loads that are not the rows' own take the place of prefetches in flight.
    const size_t bits = emb_element_bits(element), vector_bytes = LANES * bits / 8;
    const emb_header header = call->table.header;
    const blocks blocks = blocks_of(element, &call->table);
    const uint8_t *base = call->table.base;
    const size_t stride = call->table.stride, codes_offset = columns->offset;
    const size_t last = columns->last;
    const uint32_t *rows = call->list.rows;
    const float *weights = call->list.weights;
    emb_prefetch prefetch = call->prefetch;
    prefetch.end = columns->prefetch_end;
    for (size_t i = begin; i < end; i++) {
        emb_prefetch_row(prefetch, base, stride, rows, i);
        if (rows[i] == EMB_ZERO_ROW) {
            UNROLL for (size_t k = 0; op == MAX && k < vectors; k++) acc[k] = greater_of(splat(0), acc[k]);
            continue;
        }
        const uint8_t *row = base + rows[i] * stride;
        float w = 1;
        if (weights) w = weights[i];
        emb_head h = first_head(element, header, blocks, row, columns->first);
        const f32v factor = splat(op == SUM && emb_has_carry(element) ? w * h.scale : w);
        if (op == SUM && emb_has_carry(element)) carry = __builtin_fmaf(w, h.bias, carry);
        UNROLL for (size_t n = 0; n < vectors; n++) {
            const size_t k = taken_as(element, n, vectors);
            const uint8_t *p = row + codes_offset + k * vector_bytes;
            h = next_head(element, header, blocks, row, columns->first + k * LANES, h);
            const f32v codes = k + 1 < vectors ? load_codes(element, p) : load_last_codes(element, p, last);
            if (op == MAX) acc[k] = greater_of(factor * value_of(element, h, codes), acc[k]);
            else acc[k] = fma_v(factor, emb_has_carry(element) ? codes : value_of(element, h, codes), acc[k]);
        }
    }
    return carry;
}

/// One block of columns of bags from ..< to, from start to output.
EMB_INLINE void pool_block(fold op, emb_element element, size_t vectors, pooling *call, const columns *columns,
                           size_t from, size_t to) {
    const emb_bags *bags = &call->bags;
    const emb_element code_element = emb_code_element(element);
    // A maximum may start below everything: the first row replaces it.
    const f32v start = splat(op == SUM ? 0 : -__builtin_inff());
    size_t begin = from ? bags->ends[from - 1] : 0;
    for (size_t b = from; b < to; b++) {
        const size_t end = bags->ends[b];
        const bool resumed = b == 0 && bags->resume, suspended = b + 1 == bags->count && bags->suspend;
        float *out = call->out + b * call->out_stride + columns->first, *tail = out + (vectors - 1) * LANES;
        f32v acc[BLOCK];
        UNROLL for (size_t k = 0; k < vectors; k++) acc[k] = start;
        if (resumed) {
            UNROLL for (size_t k = 0; k + 1 < vectors; k++) acc[k] = from_columns(code_element, load_f32(out + k * LANES));
            acc[vectors - 1] = from_columns(code_element, load_exactly(tail, columns->last, 0));
        }
        const float carry = fold_rows(op, element, vectors, call, columns, begin, end, resumed ? bags->carry : 0, acc);
        if (begin == end && !resumed) {
            UNROLL for (size_t k = 0; k < vectors; k++) acc[k] = splat(0);
        } else if (op == SUM && !suspended) {
            if (emb_has_carry(element)) UNROLL for (size_t k = 0; k < vectors; k++) acc[k] += splat(carry);
            if (bags->divisors) {
                const float divisor = bags->divisors[b];
                UNROLL for (size_t k = 0; k < vectors; k++) acc[k] = divisor == 0 ? splat(0) : acc[k] / splat(divisor);
            }
        }
        UNROLL for (size_t k = 0; k + 1 < vectors; k++) store_f32(out + k * LANES, to_columns(code_element, acc[k]));
        store_first(tail, to_columns(code_element, acc[vectors - 1]), columns->last);
        call->carry = carry; // every block works out the same
        begin = end;
    }
}

typedef void pool_body(pooling *call, const columns *columns, size_t from, size_t to);

/// Pools with bodies of 1 to `block` vectors.
EMB_INLINE void pool(const fold op, size_t block, pool_body *const bodies[], emb_element element, const emb_rows *table,
                     const emb_row_list *list, emb_bags *bags, float *out, size_t out_stride, size_t dims) {
    const size_t head_bytes = table->head_bytes, bits = emb_element_bits(element);
    const emb_prefetch prefetch = emb_plan_prefetch(element, table, list, dims);
    const size_t width = block * LANES, full = (dims - 1) / width * width, whole = (dims - 1 - full) / LANES;
    pooling call = {*table, *list, prefetch, *bags, out, out_stride, bags->carry};
    const columns rest = {full, dims - full - whole * LANES, head_bytes + full * bits / 8, full ? 0 : prefetch.end};
    if (full == 0) {
        bodies[whole](&call, &rest, 0, bags->count);
    } else {
        // Bag by bag, so that its rows are still near when the next columns are taken.
        for (size_t b = 0; b < bags->count; b++) {
            for (size_t first = 0; first < full; first += width) {
                const columns some = {first, LANES, head_bytes + first * bits / 8, first ? 0 : prefetch.end};
                bodies[block - 1](&call, &some, b, b + 1);
            }
            bodies[whole](&call, &rest, b, b + 1);
        }
    }
    if (op == SUM && bags->suspend) bags->carry = call.carry;
}

#define POOL_BODY(fold, operation, element, type, n)                                                                   \
    static void NAMED(operation##n, type)(pooling *call, const columns *columns, size_t from, size_t to) {             \
        pool_block(fold, element, n, call, columns, from, to);                                                         \
    }

#define INSTANTIATE_SUM(element, type)                                                                                 \
    POOL_BODY(SUM, sum, element, type, 1)                                                                              \
    POOL_BODY(SUM, sum, element, type, 2)                                                                              \
    POOL_BODY(SUM, sum, element, type, 3)                                                                              \
    POOL_BODY(SUM, sum, element, type, 4)                                                                              \
    POOL_BODY(SUM, sum, element, type, 5)                                                                              \
    POOL_BODY(SUM, sum, element, type, 6)                                                                              \
    POOL_BODY(SUM, sum, element, type, 7)                                                                              \
    POOL_BODY(SUM, sum, element, type, 8)                                                                              \
    static void NAMED(sum, type)(const emb_rows *table, const emb_row_list *list, emb_bags *bags, float *out,          \
                                 size_t out_stride, size_t dims) {                                                     \
        static pool_body *const bodies[BLOCK] = {                                                                      \
            NAMED(sum1, type), NAMED(sum2, type), NAMED(sum3, type), NAMED(sum4, type),                                \
            NAMED(sum5, type), NAMED(sum6, type), NAMED(sum7, type), NAMED(sum8, type),                                \
        };                                                                                                             \
        pool(SUM, BLOCK, bodies, element, table, list, bags, out, out_stride, dims);                                   \
    }

// Maxima are asked for rarely: narrow blocks, which take a bag's rows more often, keep the library small.
#define INSTANTIATE_MAX(element, type)                                                                                 \
    POOL_BODY(MAX, max, element, type, 1)                                                                              \
    POOL_BODY(MAX, max, element, type, 2)                                                                              \
    static void NAMED(max, type)(const emb_rows *table, const emb_row_list *list, emb_bags *bags, float *out,          \
                                 size_t out_stride, size_t dims) {                                                     \
        static pool_body *const bodies[] = {NAMED(max1, type), NAMED(max2, type)};                                     \
        pool(MAX, 2, bodies, element, table, list, bags, out, out_stride, dims);                                       \
    }

#define INSTANTIATE_POOL(fold, operation, element, type) INSTANTIATE_##fold(element, type)
