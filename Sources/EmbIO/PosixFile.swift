internal import CEmbIO
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A file descriptor.
final class PosixFile: OpenFile {
    let path: String
    /// -1 once closed, so that late calls are `EBADF` and cannot meet a reused number.
    private let openDescriptor: Atomic<CInt>

    var descriptor: CInt { openDescriptor.load(ordering: .relaxed) }

    /// `open(2)`, with the descriptor closed in programs that this one starts.
    init(_ path: String, flags: CInt, operation: IOError.Operation) throws(IOError) {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw IOError(operation, path, .last) }
        self.path = path
        openDescriptor = Atomic(descriptor)
    }

    /// The same file once more, read past the page cache (`O_DIRECT`); nil if the file system cannot.
    init?(reopeningDirect file: PosixFile) {
        let descriptor = emb_reopen_direct(file.descriptor)
        guard descriptor >= 0 else { return nil }
        path = file.path
        openDescriptor = Atomic(descriptor)
    }

    deinit {
        // Whoever needs to know whether closing succeeded has called `close`.
        try? close()
    }

    func read(into buffer: inout MutableRawSpan, at offset: UInt64) throws(IOError) -> Int {
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(clamping: offset))
        }
        guard count >= 0 else { throw IOError(.read, path, .last) }
        return count
    }

    /// The same into memory that the caller shares with other threads: -1 for a failure.
    @unsafe
    func read(to start: UnsafeMutableRawPointer, count: Int, at offset: UInt64) -> Int {
        unsafe pread(descriptor, start, count, off_t(clamping: offset))
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) -> Int {
        let count = unsafe bytes.withUnsafeBytes {
            unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(clamping: offset))
        }
        guard count >= 0 else { throw IOError(.write, path, .last) }
        return count
    }

    func beginSync(_ range: Range<UInt64>) throws(IOError) {
        let (offset, count) = (Int64(clamping: range.lowerBound), Int64(clamping: range.count))
        guard emb_begin_sync(descriptor, offset, count) != 0 else { return }
        switch Errno.last {
        // File systems, kernels and sandboxes without it.
        case .invalidArgument, .noFunction, .notSupported, .notPermitted: return
        case let reason: throw IOError(.beginSync, path, reason)
        }
    }

    func byteCount() throws(IOError) -> UInt64 {
        UInt64(try status().st_size)
    }

    /// `posix_fadvise(2)`: a hint.
    func advise(_ advice: CInt, _ range: Range<Int>) {
        _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), advice)
    }

    func kind() throws(IOError) -> FileKind {
        FileKind(mode: try status().st_mode)
    }

    func sync() throws(IOError) {
        guard fsync(descriptor) == 0 else { throw IOError(.sync, path, .last) }
    }

    func close() throws(IOError) {
        let descriptor = openDescriptor.exchange(-1, ordering: .relaxed)
        guard descriptor >= 0 else { return }
        guard Glibc.close(descriptor) == 0 else { throw IOError(.close, path, .last) }
    }

    private func status() throws(IOError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw IOError(.stat, path, .last) }
        return status
    }
}

extension FileKind {
    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .regularFile
        case S_IFDIR: self = .folder
        default: self = .other
        }
    }
}
