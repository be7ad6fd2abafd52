// What the benchmarks of kernels share: numbers, order, memory.
#ifndef EMB_BENCHMARK_H
#define EMB_BENCHMARK_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static uint64_t state = 1;

static uint64_t random_bits(void) {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/// On pages of 2 MiB, filled with random bits of which `mask` are kept.
static uint8_t *make_table(size_t bytes, uint64_t mask) {
    const size_t huge = 2 << 20;
    uint8_t *p = mmap(NULL, bytes + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) abort();
    p += -(uintptr_t)p & (huge - 1);
    madvise(p, bytes, MADV_HUGEPAGE);
    for (size_t i = 0; i + 8 <= bytes; i += 8) *(uint64_t *)(p + i) = random_bits() & mask;
    return p;
}

#endif
