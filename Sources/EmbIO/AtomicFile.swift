internal import SystemPackage

/// A file that is written whole and then appears under its name in one step, or never.
///
/// The bytes go to a temporary file beside the final one. `commit` makes them durable, then renames, then makes the
/// name durable: whoever opens the path finds the complete old file or the complete new one, before, during and after
/// a crash, and whoever has the old file mapped keeps it. Without a `commit` that succeeded in renaming, the temporary
/// file is removed when this value goes away. Only a killed process leaves one behind: `.NAME.PID-COUNTER.embtmp`.
///
///     var file = try AtomicFile(at: "items.emb", replacing: true)
///     try file.append(bytes)
///     try file.commit()
///
/// Every error names the final path, but for `syncFolder`, which names the folder. After an error in `append` or
/// `patch` the content is incomplete; later calls throw the same error again, `commit` included.
///
/// Owned by one caller at a time; may be handed to another thread.
public struct AtomicFile: ~Copyable, Sendable {
    /// The file is written in pieces of this size at multiples of this size, the last piece excepted.
    ///
    /// The page cache then holds the file in 2 MiB pieces, which readers map as huge pages. On ext4 and Linux 6.18
    /// pieces of 2 MiB are enough for that, and 1 MiB is not.
    public static let writeByteCount = 16 << 20

    /// Where the file will appear.
    public let path: String
    private let replacing: Bool
    private var temporary: TemporaryFile
    /// Bytes `written ..< byteCount`, not yet handed to the file system.
    private var buffer: Pages
    private var buffered = 0
    private var written: UInt64 = 0
    private var failure: IOError?

    /// Begins a new file, which will appear at `path`.
    ///
    /// The final file gets mode 0666 less the umask, whatever the one it replaces had; a symbolic link at `path` is
    /// itself replaced. The write buffer is mapped here but costs no more memory than is appended.
    ///
    /// - Throws: `IOError` at once for what would fail at `commit`: without `replacing` an existing file (`EEXIST`),
    ///   a folder (`EISDIR`) or device at `path`, a folder that is missing or does not let us write.
    public init(
        at path: String, replacing: Bool, fileSystem: any FileSystem = PosixFileSystem()
    ) throws(IOError) {
        try self.init(at: path, replacing: replacing, fileSystem: fileSystem, writing: AtomicFile.writeByteCount)
    }

    /// The same with pieces of another size, a multiple of the page size, so that tests reach their edges cheaply.
    package init(
        at path: String, replacing: Bool, fileSystem: any FileSystem, writing pieceByteCount: Int
    ) throws(IOError) {
        try AtomicFile.check(path, replacing: replacing, in: fileSystem)
        let buffer = try Pages(zeroed: pieceByteCount, for: path)
        let temporary = try TemporaryFile(for: path, in: fileSystem)
        self.buffer = buffer
        self.temporary = temporary
        self.path = path
        self.replacing = replacing
    }

    /// How many bytes have been appended.
    public var byteCount: UInt64 { written + UInt64(buffered) }

    /// Adds bytes at the end: a copy into the buffer, and each time that is full a `pwrite`, whose bytes then travel to the
    /// device while more are appended. Allocates nothing.
    public mutating func append(_ bytes: RawSpan) throws(IOError) {
        if let failure { throw failure }
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.extracting(first: buffer.byteCount - buffered)
            buffer.store(piece, at: buffered)
            buffered += piece.byteCount
            rest = rest.extracting(droppingFirst: piece.byteCount)
            if buffered == buffer.byteCount { try flush() }
        }
    }

    /// Overwrites bytes that were appended before, for what is known only at the end, such as a superblock.
    ///
    /// They may still be in the buffer, or in the file already, or both. `offset ..< offset + bytes.byteCount` must lie
    /// within `0 ..< byteCount`: anything else is a bug of the caller and stops the program.
    public mutating func patch(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
        precondition(offset <= byteCount && UInt64(bytes.byteCount) <= byteCount - offset, "patch beyond the end")
        if let failure { throw failure }
        let inFile = bytes.extracting(first: Int(clamping: written - min(offset, written)))
        do throws(IOError) { try temporary.write(inFile, at: offset) } catch { throw remember(error) }
        let inBuffer = bytes.extracting(droppingFirst: inFile.byteCount)
        if !inBuffer.isEmpty { buffer.store(inBuffer, at: Int(max(offset, written) - written)) }
    }

    /// Publishes the file: writes what is buffered, then `fsync`, `close`, `rename`, and `fsync` of the folder.
    ///
    /// - Throws: `IOError`. With any operation but `syncFolder` nothing has changed at `path`. With `syncFolder` the
    ///   new file is in place, complete and durable in itself; only whether its *name* outlasts a power cut is unknown,
    ///   and the old file may be back afterwards, complete too. Committing the same content again is a cure.
    public consuming func commit() throws(IOError) {
        if let failure { throw failure }
        if buffered > 0 { try flush() }
        try temporary.publish(replacing: replacing)
    }

    /// Removes the temporary files of all unfinished `AtomicFile`s of this process, whose commits will then fail.
    ///
    /// For a tool that is about to end on a signal. Callable from any thread, but not inside a signal handler: it takes
    /// a lock. Call it from a thread that waits for the signals (`sigwait`), and leave right afterwards.
    public static func removeUnfinished() {
        UnfinishedFiles.removeAll()
    }

    private mutating func flush() throws(IOError) {
        do throws(IOError) {
            try temporary.write(buffer.bytes.extracting(first: buffered), at: written)
            // A last piece is synced at once.
            if buffered == buffer.byteCount { try temporary.beginSync(written..<written + UInt64(buffered)) }
        } catch {
            throw remember(error)
        }
        written += UInt64(buffered)
        buffered = 0
    }

    private mutating func remember(_ error: IOError) -> IOError {
        failure = error
        return error
    }

    private static func check(_ path: String, replacing: Bool, in fileSystem: any FileSystem) throws(IOError) {
        switch try fileSystem.kind(of: path) {
        case nil: return
        case .folder?: throw IOError(.create, path, .isDirectory)
        case .regularFile? where replacing: return
        case .regularFile?: throw IOError(.create, path, .fileExists)
        case .other?: throw IOError(.create, path, .fileExists, detail: "not a regular file, and never replaced")
        }
    }
}
