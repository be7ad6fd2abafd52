// The few calls that Swift's Glibc module does not show, or not well: GNU extensions, a read the compiler may not drop, and
// threads. No state.
#ifndef EMB_IO_H
#define EMB_IO_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

/// renameat2(2) with RENAME_NOREPLACE, both paths relative to the working folder: 0, or -1 and errno.
int emb_rename_new(const char *_Nonnull from, const char *_Nonnull to);

/// Begins to write the dirty pages of a range to the device, and does not wait for them (sync_file_range(2)): 0, or -1
/// and errno.
int emb_begin_sync(int descriptor, long long offset, long long count);

/// Opens the file behind a descriptor once more, for reads that go past the page cache (O_DIRECT): a descriptor of its own, or -1.
int emb_reopen_direct(int descriptor);

/// The symbol of an error number, such as "ENOSPC"; NULL when the C library knows none. The string is static.
const char *_Nullable emb_errno_name(int number);

/// Reads one byte in every page of start ..< start + count, which the kernel answers by mapping that page.
void emb_touch_pages(const void *_Nonnull start, size_t count, size_t page);

/// Calls body(context, 0 ..< count), each on a thread of its own, 0 on the caller's; returns when all have returned. What
/// no thread can be had for runs on the caller's too.
void emb_run_threads(size_t count, void (*_Nonnull body)(void *_Nonnull context, size_t index), void *_Nonnull context);

/// Threads that wait for work; NULL if there is no memory for them. As many as the system gives, at most `threads`.
typedef struct emb_pool emb_pool;
emb_pool *_Nullable emb_pool_create(size_t threads);

/// Calls body(context, 0 ..< count), each once, on the caller's thread and those of the pool; returns when all have returned.
/// The caller's thread alone does it if there is no pool, if another call has its threads, or in a forked process.
void emb_pool_run(emb_pool *_Nullable pool, size_t count, void (*_Nonnull body)(void *_Nonnull context, size_t index),
                  void *_Nonnull context);

/// Ends and joins the threads. No call may be under way. Of NULL, nothing.
void emb_pool_destroy(emb_pool *_Nullable pool);

#pragma GCC visibility pop

#endif
