// Rows as bitmap and values: Formats/codecs/sparse.md. One number at a time at every level: a bit says whether it has a value.
#ifndef EMB_SPARSE_H
#define EMB_SPARSE_H

#include "kernels.h"

EMB_INLINE void emb_expand_row(const uint8_t *bitmap, const uint8_t *values, emb_element element, float scale, float *out,
                               size_t dims) {
    for (size_t j = 0; j < dims; j++) {
        const bool kept = bitmap[j / 8] >> j % 8 & 1;
        float x = 0;
        if (kept && element == EMB_F16) x = emb_widen_f16(emb_load_u16(values));
        else if (kept) x = scale * (float)(int8_t)*values;
        if (kept) values += element == EMB_F16 ? 2 : 1;
        out[j] = x;
    }
}

#endif
