// Counts heap allocations of the calling thread by standing in for malloc and its family in the test executable.
#ifndef EMB_ALLOCATION_COUNTER_H
#define EMB_ALLOCATION_COUNTER_H

#include <stdbool.h>

/// Allocations made by this thread since it started, reallocations included; -1 where counting is not possible:
/// under a sanitizer, which needs malloc for itself, and without glibc.
long emb_allocation_count(void);

/// Whether the address or the thread sanitizer is at work.
bool emb_is_sanitized(void);

#endif
