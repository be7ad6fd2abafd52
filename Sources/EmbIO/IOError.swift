internal import CEmbIO
internal import Glibc
public import SystemPackage

/// A system call that failed: what was tried, on which path, and the kernel's answer.
///
/// The description is one line meant for a person:
/// `cannot write /x/y.emb: No space left on device (ENOSPC)`.
public struct IOError: Error, Sendable, Equatable, CustomStringConvertible {
    public let operation: Operation
    public let path: String
    /// The C `errno`. A file that ends too early, which the kernel does not call an error, is `ENODATA`.
    public let errno: Errno
    /// What the error number alone does not say, such as a limit or two byte counts. Empty if there is nothing to add.
    public let detail: String

    public init(_ operation: Operation, _ path: String, _ errno: Errno, detail: String = "") {
        self.operation = operation
        self.path = path
        self.errno = errno
        self.detail = detail
    }

    public var description: String {
        let reason = "cannot \(operation.verb) \(path): \(errno) (\(errno.name))"
        return detail.isEmpty ? reason : "\(reason): \(detail)"
    }

    /// Whether a file could not be mapped because it is empty.
    public var isEmptyFile: Bool { operation == .map && errno == .invalidArgument }

    /// Whether there is nothing at the path.
    public var isMissingFile: Bool { errno == .noSuchFileOrDirectory }

    /// Whether something stands in the way at the path.
    public var isExistingFile: Bool { errno == .fileExists }

    /// The same failure told of another path: the user knows the final name, not the temporary one.
    func renamed(to path: String) -> IOError {
        IOError(operation, path, errno, detail: detail)
    }
}

extension IOError {
    /// What was being done.
    public enum Operation: String, Sendable, CaseIterable {
        case open, create, stat, read, write, beginSync, sync, syncFolder, rename, remove, close, map, advise, lock

        /// How the operation reads after "cannot".
        var verb: String {
            switch self {
            case .stat: "inspect"
            case .beginSync: "sync"
            case .syncFolder: "sync the folder"
            case .rename: "put in place"
            case .advise: "load"
            case .lock: "lock in memory"
            default: rawValue
            }
        }
    }
}

extension Errno {
    /// What the C library's global `errno` holds; read it before anything else can change it.
    static var last: Errno { Errno(rawValue: Glibc.errno) }

    /// The C constant's own name, such as `ENOSPC`.
    var name: String {
        guard let name = unsafe emb_errno_name(rawValue) else { return "errno \(rawValue)" }
        return unsafe String(cString: name)
    }
}
