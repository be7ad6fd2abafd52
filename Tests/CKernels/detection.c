// Detection against execution: each feature that a claimed level needs must have an instruction that runs here.
#include "parity.h"

#if defined(__x86_64__)
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

static sigjmp_buf back;

static void illegal(int signal) {
    (void)signal;
    siglongjmp(back, 1);
}

static void run_fma(void) { __asm__ volatile("vfmadd231ps %%ymm0, %%ymm0, %%ymm0" ::: "xmm0"); }
static void run_avx2(void) { __asm__ volatile("vpaddd %%ymm0, %%ymm0, %%ymm0" ::: "xmm0"); }
static void run_f16c(void) { __asm__ volatile("vcvtph2ps %%xmm0, %%ymm0" ::: "xmm0"); }
static void run_bmi(void) { __asm__ volatile("andn %%eax, %%eax, %%eax" ::: "eax", "cc"); }
static void run_bmi2(void) { __asm__ volatile("pdep %%eax, %%eax, %%eax" ::: "eax"); }
static void run_f(void) { __asm__ volatile("vpaddd %%zmm0, %%zmm0, %%zmm0" ::: "xmm0"); }
static void run_bw(void) { __asm__ volatile("vpaddb %%zmm0, %%zmm0, %%zmm0" ::: "xmm0"); }
static void run_dq(void) { __asm__ volatile("vpmullq %%zmm0, %%zmm0, %%zmm0" ::: "xmm0"); }
static void run_vl(void) { __asm__ volatile("vpternlogd $0, %%ymm0, %%ymm0, %%ymm0" ::: "xmm0"); }

static const struct {
    emb_level level;
    const char *feature;
    void (*run)(void);
} features[] = {
    {EMB_AVX2, "fma", run_fma},        {EMB_AVX2, "avx2", run_avx2},      {EMB_AVX2, "f16c", run_f16c},
    {EMB_AVX2, "bmi", run_bmi},        {EMB_AVX2, "bmi2", run_bmi2},      {EMB_AVX512, "avx512f", run_f},
    {EMB_AVX512, "avx512bw", run_bw},  {EMB_AVX512, "avx512dq", run_dq},  {EMB_AVX512, "avx512vl", run_vl},
};

void test_detection(void) {
    name_cell("detection");
    struct sigaction catch = {.sa_handler = illegal}, before;
    sigaction(SIGILL, &catch, &before);
    for (size_t f = 0; f < sizeof features / sizeof *features; f++) {
        if (!emb_kernels_at(features[f].level)) continue;
        if (sigsetjmp(back, 1)) fail("detection", "claims a level, but %s does not run", features[f].feature);
        features[f].run();
    }
    sigaction(SIGILL, &before, NULL);
}
#else
void test_detection(void) {}
#endif
