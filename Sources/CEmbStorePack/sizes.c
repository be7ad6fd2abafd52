#include "embstore_pack.h"

// What programs were compiled with. Structs of options grow at the end.
#if UINTPTR_MAX == UINT64_MAX
#define SIZE(type, bytes) _Static_assert(sizeof(type) == bytes, #type)
SIZE(embstore_pack_source_options, 48);
SIZE(embstore_pack_import_options, 24);
SIZE(embstore_pack_table_options, 64);
SIZE(embstore_pack_write_options, 24);
SIZE(embstore_pack_moment, 32);
#endif
