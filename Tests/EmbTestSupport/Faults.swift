public import EmbIO
public import SystemPackage

/// What a `FaultyFileSystem` does wrong. Without any of it, it is a faultless file system in memory.
public struct Faults: Sendable {
    /// From this seed, each read and write transfers between one byte and all that was asked.
    public var shortTransfers: UInt64?
    /// Every k-th call that a signal may interrupt fails with `EINTR` (k > 1).
    public var interruptEvery: Int?
    /// `ENOSPC` once the files hold this many bytes.
    public var capacity: Int?
    /// This call of this operation, counted from 1, fails.
    public var failure: Failure?
    /// The machine stops after this many calls: they succeed, and nothing does after them.
    public var crashAfter: Int?
    /// Syncs succeed without doing anything: a device that lies, or a program that forgot them.
    public var ignoresSync = false

    public init() {}

    public struct Failure: Sendable {
        public var operation: IOError.Operation
        public var call: Int
        public var errno: Errno

        public init(_ operation: IOError.Operation, call: Int = 1, _ errno: Errno = .ioError) {
            self.operation = operation
            self.call = call
            self.errno = errno
        }
    }
}
