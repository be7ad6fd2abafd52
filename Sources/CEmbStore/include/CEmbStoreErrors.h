// What the Swift half of the C libraries keeps per thread: the last failure. Not installed, not exported.
#ifndef CEMBSTORE_ERRORS_H
#define CEMBSTORE_ERRORS_H

#include <stddef.h>
#include <stdint.h>

/// Keeps a message for the calling thread, cut at a character's border if it is longer than there is room for. NULL is no text.
void emb_c_set_error(const char *_Nullable message, size_t length, int64_t position);

/// The calling thread's message, which the next `emb_c_set_error` of the thread overwrites, and its position.
const char *_Nonnull emb_c_error(void);
int64_t emb_c_error_position(void);

#endif
