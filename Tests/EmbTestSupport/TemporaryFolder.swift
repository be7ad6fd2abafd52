internal import Glibc
internal import SystemPackage

/// A new folder of the real file system, removed with all that is in it when this object goes.
public final class TemporaryFolder: Sendable {
    public let path: String

    /// A folder under `TMPDIR`, or `/tmp`.
    public init() throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/embstore-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        TemporaryFolder.removeAll(under: path)
        unsafe rmdir(path)
    }

    public func path(of name: String) -> String {
        "\(path)/\(name)"
    }

    /// The names in the folder, hidden ones too, sorted.
    public var names: [String] { TemporaryFolder.names(in: path) }

    /// Makes a file of these bytes and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = try FileDescriptor.open(
            FilePath(path(of: name)), .writeOnly, options: [.create, .truncate],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        try file.closeAfter { _ = try file.writeAll(bytes) }
        return path(of: name)
    }

    public func read(_ name: String) throws -> [UInt8] {
        let file = try FileDescriptor.open(FilePath(path(of: name)), .readOnly)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count = try unsafe piece.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
                if count == 0 { return bytes }
                bytes += piece[..<count]
            }
        }
    }

    /// Makes a pipe without a writer, where opening the careless way waits forever.
    public func makePipe(_ name: String) throws -> String {
        guard unsafe mkfifo(path(of: name), 0o666) == 0 else { throw Errno(rawValue: errno) }
        return path(of: name)
    }

    private static func removeAll(under folder: String) {
        for name in names(in: folder) {
            let path = "\(folder)/\(name)"
            if unsafe unlink(path) == 0 { continue }
            removeAll(under: path)
            unsafe rmdir(path)
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
