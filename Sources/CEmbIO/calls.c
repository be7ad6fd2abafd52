#define _GNU_SOURCE
#include "CEmbIO.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int emb_rename_new(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int emb_begin_sync(int descriptor, long long offset, long long count) {
    return sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}

const char *emb_errno_name(int number) { return strerrorname_np(number); }

void emb_touch_pages(const void *start, size_t count, size_t page) {
    const volatile unsigned char *bytes = start;
    for (size_t i = 0; i < count; i += page) (void)bytes[i];
}
