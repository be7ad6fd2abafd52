internal import CFuzzer
internal import Glibc

/// Bytes as a file that has a path: the store under test takes nothing else.
struct MemoryFile {
    private let descriptor: CInt

    init() {
        descriptor = unsafe memfd_create("fuzz", 0)
        precondition(descriptor >= 0)
    }

    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Replaces the contents. Nobody may have them mapped.
    func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(ftruncate(descriptor, bytes.count) == 0)
        precondition(unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count)
    }
}
