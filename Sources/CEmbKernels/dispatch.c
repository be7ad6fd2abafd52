// The one table of levels: everything that knows which kernels exist in this build.
#include "kernels.h"

static const emb_kernels *const levels[EMB_LEVEL_COUNT] = {
    [EMB_SCALAR] = &emb_scalar_kernels,
#if defined(__x86_64__)
    [EMB_AVX2] = &emb_avx2_kernels,
    [EMB_AVX512] = &emb_avx512_kernels,
#elif defined(__aarch64__)
    [EMB_NEON] = &emb_neon_kernels,
#endif
};

const emb_kernels *emb_kernels_at(emb_level level) {
    const emb_level best = emb_best_level();
    const bool runs = level == EMB_SCALAR || level == best || (level == EMB_AVX2 && best == EMB_AVX512);
    return runs ? levels[level] : NULL;
}
