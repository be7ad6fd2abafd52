internal import Glibc
internal import SystemPackage

/// A whole regular file as read-only memory.
///
/// The mapping holds the file as it was opened: replacing it by rename (`AtomicFile`), or removing it, leaves the bytes
/// as they are for as long as this object lives. Someone who shortens the file *in place* takes pages away from under
/// every reader: touching one then raises `SIGBUS`, which ends the process and which no library can turn into an error.
/// So does a device that fails to deliver a page. Writing to the file in place changes the bytes after they have been
/// checked. No tool of this project ever does either; `Residency.hugePages` is proof against both once it is open.
///
/// Safe to use from any number of threads. The file descriptor is closed once the file is mapped.
public final class Mapping: Sendable {
    public let path: String
    public let residency: Residency
    private let pages: Pages

    /// Maps the file at `path`, whose length is taken now (`open`, `fstat`, `mmap`).
    ///
    /// With `.mapped` in time independent of the length; the other modes read the whole file.
    ///
    /// - Throws: `IOError`; among others for what is not a regular file, for an empty file (which has nothing to map)
    ///   and, with `.locked`, for a file larger than `RLIMIT_MEMLOCK` allows.
    public init(path: String, residency: Residency = .mapped) throws(IOError) {
        let file = try retryingInterrupts { () throws(IOError) in try PosixFileSystem().openRegularFile(path) }
        let byteCount = try file.byteCount()
        guard byteCount > 0 else { throw IOError(.map, path, .invalidArgument, detail: "the file is empty") }
        pages = try Pages.holding(file, byteCount: Int(byteCount), residency)
        self.path = path
        self.residency = residency
    }

    /// The file's length when it was mapped.
    public var byteCount: Int { pages.byteCount }

    /// All bytes of the file. The span borrows the mapping and cannot outlive it; keep the mapping to keep the bytes.
    /// The first byte is aligned to a page, and to 2 MiB in a file of at least that size.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        // Sound because `pages` is never replaced while this object lives.
        get { unsafe pages.bytes(keptBy: self) }
    }

    /// How many of the bytes are in memory at this moment (`mincore`), in whole pages but for the last.
    ///
    /// For a file mapping that means in the page cache, whoever brought them there. Where this process could not write
    /// to the file, nor owns it, the kernel calls every page resident. O(pages); one small allocation.
    public func residentBytes() throws(IOError) -> Int {
        try pages.residentBytes(for: path)
    }

    /// Asks the kernel to begin reading these bytes (`MADV_WILLNEED`), and does not wait.
    ///
    /// The range is clamped to the file and widened to whole pages. A hint: if the kernel declines, nothing happens.
    /// Allocates nothing.
    public func willNeed(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<byteCount)
        if !range.isEmpty { _ = pages.advise(CInt(MADV_WILLNEED), on: range) }
    }
}
