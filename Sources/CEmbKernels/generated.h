// Rows that are computed: Formats/codecs/generated.md. Plain loops, which the compiler vectorises for whichever level includes
// them; every operation is rounded on its own.
#ifndef EMB_GENERATED_H
#define EMB_GENERATED_H

#include "kernels.h"

#include <math.h>

/// Numbers generated at a time, so that what is between two loops stays near.
enum { EMB_GENERATED_RUN = 64 };

EMB_INLINE uint64_t emb_row_hash(uint64_t row, uint64_t salt, uint64_t j) {
    uint64_t z = (row << 32) + j + salt;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

EMB_INLINE void emb_generate_uniform_row(uint64_t row, uint64_t salt, float *out, size_t count) {
    for (size_t j = 0; j < count; j++) {
        const int32_t odd = (int32_t)(emb_row_hash(row, salt, j) >> 40) * 2 + 1 - (1 << 24);
        out[j] = (float)odd * 0x1p-24f;
    }
}

/// Numbers from universal hashes: slope, bias and prime of each, 64 bits apiece.
EMB_INLINE void emb_generate_learned_row(uint64_t row, const uint8_t *coefficients, uint32_t buckets, float *out,
                                         size_t count) {
    const float last = (float)(buckets - 1);
    for (size_t j = 0; j < count; j++) {
        uint64_t c[3];
        memcpy(c, coefficients + j * sizeof c, sizeof c);
        uint64_t h = row * c[0] + c[1];
        if (c[2] != 0) h %= c[2];
        out[j] = 2 * ((float)(uint32_t)(h % buckets) / last) - 1;
    }
}

/// The quantile beyond 0.425 of the middle; p is the share of the tail.
EMB_INLINE double emb_normal_tail(double p) {
    uint64_t bits;
    memcpy(&bits, &p, sizeof bits);
    const double exponent = (double)((int64_t)(bits >> 52) - 1023);
    bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m);
    const double z = (m - 1.5) / (m + 1.5), t = z * z;
    const double series = ((0.2857142857142857 * t + 0.4) * t + 0.6666666666666666) * t + 2;
    const double log = exponent * 0.6931471805599453 + (z * series + 0.4054651081081644);
    const double y = sqrt(-log) - 1.6;
    const double above = ((0.17023821103 * y + 1.3067284816) * y + 2.7568153900) * y + 1.4234372777;
    const double below = (0.12021132975 * y + 0.73700164250) * y + 1;
    return above / below;
}

EMB_INLINE void emb_generate_normal_row(uint64_t row, uint64_t salt, double scale, float *out, size_t count) {
    for (size_t first = 0; first < count; first += EMB_GENERATED_RUN) {
        const size_t run = count - first < EMB_GENERATED_RUN ? count - first : EMB_GENERATED_RUN;
        double q[EMB_GENERATED_RUN];
        for (size_t j = 0; j < run; j++) {
            q[j] = ((double)(uint32_t)(emb_row_hash(row, salt, first + j) >> 32) - 2147483647.5) * 0x1p-32;
            const double y = 0.180625 - q[j] * q[j];
            const double above = ((59.109374720 * y + 159.29113202) * y + 50.434271938) * y + 3.3871327179;
            const double below = ((67.187563600 * y + 78.757757664) * y + 17.895169469) * y + 1;
            out[first + j] = (float)(q[j] * (above / below) * scale);
        }
        for (size_t j = 0; j < run; j++) {
            if (fabs(q[j]) <= 0.425) continue;
            const double tail = emb_normal_tail(0.5 - fabs(q[j]));
            out[first + j] = (float)((q[j] < 0 ? -tail : tail) * scale);
        }
    }
}

#endif
