// The row loops, written once and compiled for each element type at each vector level. Lanes run over the columns
// of a row; a block of columns keeps its accumulators in registers while the rows of a bag go by.

#include "head.h"

/// Vectors of accumulators in a block. The bodies are unrolled for each number from 1 to this.
#define BLOCK 8

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

EMB_INLINE f32v load_codes(emb_element element, const uint8_t *p) {
    switch (element) {
    case EMB_F32: return load_f32(p);
    case EMB_F16: return load_f16(p);
    case EMB_BF16: return load_bf16(p);
    case EMB_INT16: return load_int16(p);
    case EMB_INT8: return load_int8(p);
    case EMB_INT4: return load_int4(p);
    case EMB_INT2: return load_int2(p);
    }
    __builtin_unreachable();
}

/// The last codes of a block, of which only `n` count. Whatever floats lie behind a row must not meet arithmetic
/// (a denormal is slow on some processors); codes cannot harm.
EMB_INLINE f32v load_last_codes(emb_element element, const uint8_t *p, size_t n) {
    const f32v codes = load_codes(element, p);
    return emb_is_float(element) ? keep_first(codes, n) : codes;
}

EMB_INLINE f32v value_of(emb_element element, head h, f32v codes) {
    return emb_is_float(element) ? codes : fma_v(splat(h.scale), codes, splat(h.bias));
}

EMB_INLINE void gather(emb_element element, const emb_rows *table, const emb_row_list *list, float *out,
                       size_t out_stride, size_t dims) {
    const emb_prefetch prefetch = emb_plan_prefetch(table, list, emb_row_bytes(element, table->header, dims));
    const size_t vector_bytes = LANES * emb_element_bits(element) / 8, full = (dims - 1) / LANES * LANES;
    for (size_t i = 0; i < list->count; i++, out += out_stride) {
        if (i < prefetch.end) emb_prefetch_row(&prefetch, i);
        if (list->rows[i] == EMB_ZERO_ROW) {
            memset(out, 0, dims * sizeof *out);
            continue;
        }
        const uint8_t *row = table->base + list->rows[i] * table->stride;
        const head h = read_head(element, table->header, row);
        const uint8_t *codes = row + emb_header_bytes(table->header);
        for (size_t j = 0; j < full; j += LANES, codes += vector_bytes)
            store_f32(out + j, value_of(element, h, load_codes(element, codes)));
        store_first(out + full, value_of(element, h, load_last_codes(element, codes, dims - full)), dims - full);
    }
}

typedef enum fold { SUM, MAX } fold;

/// One bag of a call, and the columns of it that are worked on.
typedef struct bag {
    size_t begin, end; // list positions
    bool resumed, suspended;
    float carry;          // so far
    const float *divisor; // or NULL
    size_t column;        // first of the block
    size_t last;          // lanes of its last vector that count
} bag;

EMB_INLINE f32v greater_of(f32v v, f32v acc) { return select_v((v > acc) | (v != v), v, acc); }

/// Takes the rows of a bag into the accumulators of one block; returns the carry.
EMB_INLINE float fold_rows(fold op, emb_element element, size_t vectors, const emb_rows *table,
                           const emb_row_list *list, const emb_prefetch *prefetch, const bag *bag, f32v acc[]) {
    static const float one = 1;
    const size_t bits = emb_element_bits(element), vector_bytes = LANES * bits / 8;
    const uint8_t *base = table->base;
    const size_t stride = table->stride, end = bag->end, last = bag->last;
    const emb_header header = table->header;
    const size_t codes_offset = emb_header_bytes(header) + bag->column * bits / 8;
    const size_t prefetch_end = bag->column == 0 ? prefetch->end : 0;
    const float *weights = list->weights ? list->weights : &one;
    const size_t weight_step = list->weights != NULL;
    float carry = bag->carry;
    for (size_t i = bag->begin; i < end; i++) {
        if (i < prefetch_end) emb_prefetch_row(prefetch, i);
        const uint32_t index = list->rows[i];
        if (index == EMB_ZERO_ROW) {
            UNROLL for (size_t k = 0; op == MAX && k < vectors; k++) acc[k] = greater_of(splat(0), acc[k]);
            continue;
        }
        const uint8_t *row = base + index * stride, *p = row + codes_offset;
        const float w = weights[i * weight_step];
        const head h = read_head(element, header, row);
        const f32v factor = splat(op == SUM ? w * h.scale : w);
        if (op == SUM && !emb_is_float(element)) carry = __builtin_fmaf(w, h.bias, carry);
        UNROLL for (size_t k = 0; k < vectors; k++, p += vector_bytes) {
            const f32v codes = k + 1 < vectors ? load_codes(element, p) : load_last_codes(element, p, last);
            acc[k] = op == SUM ? fma_v(factor, codes, acc[k])
                               : greater_of(factor * value_of(element, h, codes), acc[k]);
        }
    }
    return carry;
}

/// One block of columns of one bag, from start to output. Returns the carry.
EMB_INLINE float pool_block(fold op, emb_element element, size_t vectors, const emb_rows *table,
                            const emb_row_list *list, const emb_prefetch *prefetch, const bag *bag, float *out) {
    // A maximum may start below everything: the first row replaces it, and an empty bag does not get here.
    const f32v start = splat(op == SUM ? 0 : -__builtin_inff());
    float *tail = out + (vectors - 1) * LANES;
    f32v acc[BLOCK];
    UNROLL for (size_t k = 0; k < vectors; k++) acc[k] = start;
    if (bag->resumed) {
        UNROLL for (size_t k = 0; k + 1 < vectors; k++) acc[k] = load_f32(out + k * LANES);
        acc[vectors - 1] = load_exactly(tail, bag->last, 0);
    }
    const float carry = fold_rows(op, element, vectors, table, list, prefetch, bag, acc);
    if (op == SUM && !bag->suspended) {
        if (!emb_is_float(element)) UNROLL for (size_t k = 0; k < vectors; k++) acc[k] += splat(carry);
        if (bag->divisor) {
            const float divisor = *bag->divisor;
            UNROLL for (size_t k = 0; k < vectors; k++) acc[k] = divisor == 0 ? splat(0) : acc[k] / splat(divisor);
        }
    }
    UNROLL for (size_t k = 0; k + 1 < vectors; k++) store_f32(out + k * LANES, acc[k]);
    store_first(tail, acc[vectors - 1], bag->last);
    return carry;
}

EMB_INLINE float pool_columns(fold op, emb_element element, size_t vectors, const emb_rows *table,
                              const emb_row_list *list, const emb_prefetch *prefetch, const bag *bag, float *out) {
    switch (vectors) {
    case 1: return pool_block(op, element, 1, table, list, prefetch, bag, out);
    case 2: return pool_block(op, element, 2, table, list, prefetch, bag, out);
    case 3: return pool_block(op, element, 3, table, list, prefetch, bag, out);
    case 4: return pool_block(op, element, 4, table, list, prefetch, bag, out);
    case 5: return pool_block(op, element, 5, table, list, prefetch, bag, out);
    case 6: return pool_block(op, element, 6, table, list, prefetch, bag, out);
    case 7: return pool_block(op, element, 7, table, list, prefetch, bag, out);
    default: return pool_block(op, element, BLOCK, table, list, prefetch, bag, out);
    }
}

EMB_INLINE void pool(fold op, emb_element element, const emb_rows *table, const emb_row_list *list, emb_bags *bags,
                     float *out, size_t out_stride, size_t dims) {
    const emb_prefetch prefetch = emb_plan_prefetch(table, list, emb_row_bytes(element, table->header, dims));
    size_t begin = 0;
    for (size_t b = 0; b < bags->count; b++, out += out_stride) {
        bag bag = {
            .begin = begin,
            .end = bags->ends[b],
            .resumed = b == 0 && bags->resume,
            .suspended = b + 1 == bags->count && bags->suspend,
            .divisor = bags->divisors ? bags->divisors + b : NULL,
        };
        begin = bag.end;
        if (bag.resumed) bag.carry = bags->carry;
        float carry = bag.carry;
        if (bag.begin == bag.end && !bag.resumed) {
            memset(out, 0, dims * sizeof *out);
        } else {
            for (; bag.column < dims; bag.column += BLOCK * LANES) {
                const size_t left = dims - bag.column, whole = (left - 1) / LANES;
                const size_t vectors = whole < BLOCK ? whole + 1 : BLOCK;
                bag.last = whole < BLOCK ? left - whole * LANES : LANES;
                // Every block works out the same carry.
                carry = pool_columns(op, element, vectors, table, list, &prefetch, &bag, out + bag.column);
            }
        }
        if (op == SUM && bag.suspended) bags->carry = carry;
    }
}

EMB_INLINE void sum(emb_element element, const emb_rows *table, const emb_row_list *list, emb_bags *bags, float *out,
                    size_t out_stride, size_t dims) {
    pool(SUM, element, table, list, bags, out, out_stride, dims);
}

EMB_INLINE void max(emb_element element, const emb_rows *table, const emb_row_list *list, emb_bags *bags, float *out,
                    size_t out_stride, size_t dims) {
    pool(MAX, element, table, list, bags, out, out_stride, dims);
}
