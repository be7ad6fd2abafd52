// Counts heap allocations of the calling thread by standing in for malloc and its family in the test executable.
#ifndef EMB_ALLOCATION_COUNTER_H
#define EMB_ALLOCATION_COUNTER_H

/// Allocations made by this thread since it started, reallocations included; -1 where counting is not possible:
/// under a sanitizer, which needs malloc for itself, and without glibc.
long emb_allocation_count(void);

#endif
