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
    /// The file's length when it was opened.
    public let byteCount: Int
    private let pages: Pages
    /// Of residency `bounded`, whose file is not mapped.
    private let reader: PageReader?
    private let cache: PageCache?

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
        self.byteCount = Int(byteCount)
        self.path = path
        self.residency = residency
        reader = residency == .bounded ? PageReader(file, byteCount: Int(byteCount)) : nil
        cache = nil
    }

    private init(_ path: String, _ residency: Residency, _ pages: consuming Pages) {
        self.path = path
        self.residency = residency
        byteCount = pages.byteCount
        self.pages = pages
        (reader, cache) = (nil, nil)
    }

    /// A file that is not mapped, with memory for so many bytes of its pages.
    public init(_ mapping: Mapping, keepingPages bytes: Int) throws(IOError) {
        guard let reader = mapping.reader else { preconditionFailure("a mapped file needs no cache") }
        path = mapping.path
        residency = mapping.residency
        byteCount = mapping.byteCount
        pages = try Pages(zeroed: Pages.pageByteCount, for: path)
        self.reader = reader
        cache = try PageCache(reader, capacity: bytes)
    }

    /// Whether `bytes` is the file. Otherwise it is read piece by piece.
    public var isMapped: Bool { reader == nil }

    /// Reads bytes of a file that is not mapped, past its kept pages.
    public func read(_ offset: Int, into buffer: inout MutableRawSpan) throws(IOError) {
        guard let reader else { preconditionFailure("a mapped file is there to be looked at") }
        try reader.copy(offset, into: &buffer)
    }

    /// The same through the kept pages: what is read is kept in turn.
    public func readKeeping(_ offset: Int, into buffer: inout MutableRawSpan) throws(IOError) {
        guard let cache else { return try read(offset, into: &buffer) }
        try cache.copy(offset, into: &buffer)
    }

    /// Reads those of `pages`, ascending and each once, that are not kept yet, many at a time, and waits. What cannot be read is
    /// told of by `readKeeping`.
    public func bring(_ pages: Span<UInt64>) { cache?.bring(pages) }

    /// How many pages are kept at most; how many have been read, and how often one was there already; what those kept take.
    public var pageRoom: Int { cache?.room ?? 0 }
    public var pageCounts: (reads: UInt64, hits: UInt64) { cache?.counts ?? (0, 0) }
    public var keptBytes: Int { cache?.byteCount ?? 0 }

    /// A copy of bytes `range` of a file that is not mapped, and `slack` zeros behind them.
    public func copy(_ range: Range<Int>, slack: Int = 0) throws(IOError) -> Mapping {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        var pages = try Pages(zeroed: max(range.count + slack, 1), for: path)
        var bytes = pages.mutableBytes
        var front = bytes._mutatingExtracting(first: range.count)
        try read(range.lowerBound, into: &front)
        return Mapping(path, .hugePages, pages)
    }

    /// The same file, mapped.
    public func mapped() throws(IOError) -> Mapping {
        guard let reader else { return self }
        return Mapping(path, .mapped, try Pages(mapping: reader.file, byteCount: byteCount))
    }

    /// All bytes of the file. The span borrows the mapping and cannot outlive it; keep the mapping to keep the bytes.
    /// The first byte is aligned to a page, and to 2 MiB in a file of at least that size.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        // Sound because `pages` is never replaced while this object lives.
        get {
            precondition(isMapped, "a file that is not mapped has no bytes to look at")
            return unsafe pages.bytes(keptBy: self)
        }
    }

    /// How many of the bytes are in memory at this moment (`mincore`), in whole pages but for the last.
    ///
    /// Of a file that is not mapped: 0. For a file mapping that means in the page cache, whoever brought them there. Where this process could not write
    /// to the file, nor owns it, the kernel calls every page resident. O(pages); one small allocation.
    public func residentBytes() throws(IOError) -> Int {
        isMapped ? try pages.residentBytes(for: path) : 0
    }

    /// Bytes of page tables once every page has been touched, were none of them huge: an entry of 8 bytes for each.
    public var mostPageTableBytes: Int {
        guard isMapped else { return 0 }
        return (byteCount + Pages.hugePageByteCount - 1) / Pages.hugePageByteCount * Pages.pageByteCount
    }

    /// Reads all of a mapped file into memory now, and enters it into the page table (`MADV_POPULATE_READ`). Of one that is not
    /// mapped: nothing.
    public func populate() throws(IOError) {
        if isMapped { try pages.populate(for: path) }
    }

    /// Asks the kernel to begin reading these bytes (`MADV_WILLNEED`), and does not wait.
    ///
    /// The range is clamped to the file and widened to whole pages. A hint: if the kernel declines, nothing happens. Of a file
    /// that is not mapped: nothing. Allocates nothing.
    public func willNeed(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<byteCount)
        guard isMapped, !range.isEmpty else { return }
        _ = pages.advise(CInt(MADV_WILLNEED), on: range)
    }
}
