// The function of libFuzzer that a mutator calls back, and a call that Swift's Glibc does not show.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Changes `size` bytes in place, to at most `max_size`, and returns how many there are now.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/// A file in memory, `memfd_create(2)`.
int memfd_create(const char *name, unsigned int flags);
