#include "CEmbStoreErrors.h"
#include "embstore.h"

#include <string.h>

// Thread storage of the library itself: no allocation, and nothing to clean up when a thread ends.
static _Thread_local struct {
    char message[1024];
    int64_t position;
} last = {.position = -1};

void emb_c_set_error(const char *message, size_t length, int64_t position) {
    size_t kept = length < sizeof last.message ? length : sizeof last.message - 1;
    // A byte 10xxxxxx goes on with a character that begins before it.
    if (kept < length) {
        while (kept > 0 && ((unsigned char)message[kept] & 0xC0) == 0x80) kept--;
    }
    if (kept > 0) memcpy(last.message, message, kept);
    last.message[kept] = '\0';
    last.position = position;
}

const char *emb_c_error(void) { return last.message; }

int64_t emb_c_error_position(void) { return last.position; }

// What programs were compiled with: these change with EMBSTORE_ABI_VERSION only. Structs of options grow at the end.
#if UINTPTR_MAX == UINT64_MAX
#define SIZE(type, bytes) _Static_assert(sizeof(type) == bytes, #type)
SIZE(embstore_ids, 32);
SIZE(embstore_bags, 24);
SIZE(embstore_open_options, 16);
SIZE(embstore_lookup_options, 16);
SIZE(embstore_batch_feature, 24);
SIZE(embstore_batch_options, 16);
SIZE(embstore_search_options, 32);
SIZE(embstore_table_counts, 48);
SIZE(embstore_store_counts, 80);
SIZE(embstore_memory, 48);
#endif
