public import EmbIO
internal import Synchronization
internal import SystemPackage

/// A file system in memory that fails on demand, keeps a log of its calls, and knows what a crash would leave.
///
/// Paths are plain names of files; any folder is taken to exist. Safe to use from several threads.
public final class FaultyFileSystem: FileSystem {
    private let disk: Mutex<FaultyDisk>

    public init(_ faults: Faults = Faults()) {
        disk = Mutex(FaultyDisk(faults))
    }

    /// Every call so far, failed ones too.
    public var calls: [Call] { disk.withLock { $0.calls } }

    /// The paths of all files, sorted.
    public var paths: [String] { disk.withLock { $0.current.keys.sorted() } }

    /// What a reader sees at `path` now, be it durable or not.
    public func contents(of path: String) -> [UInt8]? {
        disk.withLock { disk in disk.current[path].map { disk.files[$0].bytes } }
    }

    /// Puts a file there that has long been durable.
    public func put(_ bytes: [UInt8], at path: String) {
        disk.withLock { $0.put(bytes, at: path) }
    }

    /// One of the folders that the device may hold after a crash at this moment: files by path.
    ///
    /// All that was synced is there. Of the rest, each change to a name either happened or did not, and each write
    /// reached the device wholly, not at all, or in some of its sectors, as the seed decides.
    public func imageAfterCrash(seed: UInt64) -> [String: [UInt8]] {
        var generator = SplitMix64(seed: seed)
        return disk.withLock { $0.imageAfterCrash(using: &generator) }
    }

    public func openForReading(_ path: String) throws(IOError) -> any OpenFile {
        try disk.withLock { disk throws(IOError) in
            try disk.begin(.open, path)
            return FaultyFile(path, try disk.file(at: path, for: .open), self)
        }
    }

    public func createFile(_ path: String) throws(IOError) -> any OpenFile {
        try disk.withLock { disk throws(IOError) in
            try disk.begin(.create, path)
            if disk.current[path] != nil { throw IOError(.create, path, .fileExists) }
            return FaultyFile(path, disk.create(path), self)
        }
    }

    public func kind(of path: String) throws(IOError) -> FileKind? {
        try disk.withLock { disk throws(IOError) in
            try disk.begin(.stat, path)
            return disk.current[path] == nil ? nil : .regularFile
        }
    }

    public func rename(from: String, to: String, replacing: Bool) throws(IOError) {
        try disk.withLock { disk throws(IOError) in
            try disk.begin(.rename, to)
            if !replacing && disk.current[to] != nil { throw IOError(.rename, to, .fileExists) }
            disk.change([(from, nil), (to, try disk.file(at: from, for: .rename))])
        }
    }

    public func remove(_ path: String) throws(IOError) {
        try disk.withLock { disk throws(IOError) in
            try disk.begin(.remove, path)
            _ = try disk.file(at: path, for: .remove)
            disk.change([(path, nil)])
        }
    }

    public func syncFolder(_ path: String) throws(IOError) {
        try disk.withLock { disk throws(IOError) in
            try disk.begin(.syncFolder, path)
            disk.syncNames(in: path)
        }
    }

    /// For the open files.
    func withDisk<Result>(_ call: (inout FaultyDisk) throws(IOError) -> Result) throws(IOError) -> Result {
        try disk.withLock { disk throws(IOError) in try call(&disk) }
    }

    public struct Call: Sendable, Equatable {
        public let operation: IOError.Operation
        public let path: String
        /// Where a transfer was to begin, and its length as asked; 0 for other calls.
        public let offset: UInt64
        public let byteCount: Int
    }
}
