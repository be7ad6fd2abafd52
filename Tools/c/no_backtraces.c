/* In the place of the runtime's part that writes backtraces of crashes: who links a C library does not expect signal handlers of
 * its, nor that it starts a program, whatever SWIFT_BACKTRACE says in the environment. It is 0.1 MB besides. A toolchain whose
 * runtime asks for more than this does not link. */
#include <stdbool.h>
#include <stddef.h>

/* Zero: off. The runtime's own has 88 bytes. */
_Alignas(16) unsigned char _swift_backtraceSettings[256];

bool _swift_backtrace_isThunkFunction(const char *name) {
    (void)name;
    return false;
}

char *_swift_backtrace_demangle(const char *name, size_t length, char *out, size_t *out_length) {
    (void)name, (void)length, (void)out, (void)out_length;
    return NULL;
}
