// Which level this processor can run. A feature counts only if the operating system saves its registers too.
#include "kernels.h"
#include "scores.h"

#include <stdatomic.h>

#if defined(__x86_64__)
#include <cpuid.h>

enum {
    LEAF1_ECX_FMA = 1 << 12, LEAF1_ECX_POPCNT = 1 << 23, LEAF1_ECX_OSXSAVE = 1 << 27, LEAF1_ECX_AVX = 1 << 28, LEAF1_ECX_F16C = 1 << 29,
    LEAF7_EBX_BMI = 1 << 3, LEAF7_EBX_AVX2 = 1 << 5, LEAF7_EBX_BMI2 = 1 << 8,
    LEAF7_EBX_AVX512F = 1 << 16, LEAF7_EBX_AVX512DQ = 1 << 17, LEAF7_EBX_AVX512BW = 1 << 30,
    LEAF7_ECX_AVX512VBMI = 1 << 1, LEAF7_ECX_AVX512VBMI2 = 1 << 6, LEAF7_ECX_AVX512VNNI = 1 << 11,
    XCR0_YMM = 0x06, // xmm, ymm
    XCR0_ZMM = 0xe6, // and the mask registers, the upper halves, the upper sixteen
};
static const unsigned LEAF7_EBX_AVX512VL = 1u << 31;

static bool has(unsigned features, unsigned wanted) { return (features & wanted) == wanted; }

static unsigned saved_registers(void) {
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static emb_level detect(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return EMB_SCALAR;
    if (!has(ecx, LEAF1_ECX_OSXSAVE | LEAF1_ECX_AVX | LEAF1_ECX_FMA | LEAF1_ECX_POPCNT | LEAF1_ECX_F16C)) return EMB_SCALAR;
    const unsigned saved = saved_registers();
    if (!has(saved, XCR0_YMM) || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return EMB_SCALAR;
    if (!has(ebx, LEAF7_EBX_AVX2 | LEAF7_EBX_BMI | LEAF7_EBX_BMI2)) return EMB_SCALAR;
    if (!has(ebx, LEAF7_EBX_AVX512F | LEAF7_EBX_AVX512DQ | LEAF7_EBX_AVX512BW | LEAF7_EBX_AVX512VL)) return EMB_AVX2;
    return has(saved, XCR0_ZMM) ? EMB_AVX512 : EMB_AVX2;
}

/// EMB_NO_VNNI: the test of the kernels without it, where the processor has it.
static bool detect_ecx(unsigned wanted) {
#ifdef EMB_NO_VNNI
    return false;
#endif
    unsigned eax, ebx, ecx, edx;
    return emb_best_level() == EMB_AVX512 && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && has(ecx, wanted);
}

bool emb_has_vnni(void) {
    static _Atomic int cached = -1;
    int found = atomic_load_explicit(&cached, memory_order_relaxed);
    if (found < 0) {
        found = detect_ecx(LEAF7_ECX_AVX512VNNI);
        atomic_store_explicit(&cached, found, memory_order_relaxed);
    }
    return found;
}

bool emb_has_vbmi(void) {
    static _Atomic int cached = -1;
    int found = atomic_load_explicit(&cached, memory_order_relaxed);
    if (found < 0) {
        found = detect_ecx(LEAF7_ECX_AVX512VNNI | LEAF7_ECX_AVX512VBMI | LEAF7_ECX_AVX512VBMI2);
        atomic_store_explicit(&cached, found, memory_order_relaxed);
    }
    return found;
}
#elif defined(__aarch64__)
static emb_level detect(void) { return EMB_NEON; }
#else
static emb_level detect(void) { return EMB_SCALAR; }
#endif

emb_level emb_best_level(void) {
    static _Atomic int cached = -1;
    int level = atomic_load_explicit(&cached, memory_order_relaxed);
    if (level < 0) {
        level = (int)detect();
        atomic_store_explicit(&cached, level, memory_order_relaxed);
    }
    return (emb_level)level;
}
