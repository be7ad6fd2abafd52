#include "CAllocationCounter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))

bool emb_is_sanitized(void) { return SANITIZED; }

#if SANITIZED || !defined(__GLIBC__)

long emb_allocation_count(void) { return -1; }

#else

// glibc's own names for what is replaced here. free needs no replacement: the memory is glibc's.
void *__libc_malloc(size_t count);
void *__libc_calloc(size_t number, size_t count);
void *__libc_realloc(void *memory, size_t count);
void *__libc_memalign(size_t alignment, size_t count);

// initial-exec: the first access from a new thread must not itself allocate.
static __thread long allocations __attribute__((tls_model("initial-exec")));

long emb_allocation_count(void) { return allocations; }

void *malloc(size_t count) {
    allocations++;
    return __libc_malloc(count);
}

void *calloc(size_t number, size_t count) {
    allocations++;
    return __libc_calloc(number, count);
}

void *realloc(void *memory, size_t count) {
    allocations++;
    return __libc_realloc(memory, count);
}

void *memalign(size_t alignment, size_t count) {
    allocations++;
    return __libc_memalign(alignment, count);
}

void *aligned_alloc(size_t alignment, size_t count) { return memalign(alignment, count); }

int posix_memalign(void **memory, size_t alignment, size_t count) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    void *made = memalign(alignment, count);
    if (made == NULL) return ENOMEM;
    *memory = made;
    return 0;
}

#endif
