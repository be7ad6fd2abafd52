internal import Glibc
internal import SystemPackage

/// The module's one owner of raw memory: a run of whole pages from `mmap(2)`, given back in `deinit`.
///
/// A run of 2 MiB or more starts on a multiple of 2 MiB, so that the kernel can back it with huge pages.
@safe
struct Pages: ~Copyable, @unchecked Sendable {
    static let hugePageByteCount = 2 << 20
    static let pageByteCount = sysconf(CInt(_SC_PAGESIZE))

    private let start: UnsafeMutableRawPointer
    let byteCount: Int

    /// Zeroed memory of this process's own. A page costs nothing until it is written to.
    init(zeroed byteCount: Int, for path: String) throws(IOError) {
        unsafe start = try Pages.map(
            byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, descriptor: -1, path: path)
        self.byteCount = byteCount
    }

    /// The first `byteCount` bytes of a file, read-only and shared with everyone who maps it.
    init(mapping file: PosixFile, byteCount: Int) throws(IOError) {
        unsafe start = try Pages.map(byteCount, PROT_READ, MAP_SHARED, descriptor: file.descriptor, path: file.path)
        self.byteCount = byteCount
    }

    deinit {
        unsafe munmap(start, byteCount)
    }

    var bytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: byteCount), borrowing: self) }
    }

    /// The same, borrowed from the object that promises to keep these pages for as long as it lives.
    @unsafe
    @_lifetime(borrow owner)
    func bytes(keptBy owner: AnyObject) -> RawSpan {
        unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: byteCount), borrowing: owner)
    }

    /// Not for pages that map a file or were made read-only: writing there ends the process.
    var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            unsafe _overrideLifetime(MutableRawSpan(_unsafeStart: start, byteCount: byteCount), mutating: &self)
        }
    }

    mutating func store(_ bytes: RawSpan, at offset: Int) {
        precondition(offset >= 0 && bytes.byteCount <= byteCount - offset)
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(start: start + offset, count: source.count).copyMemory(from: source)
        }
    }

    /// Shows the first bytes; for pages that an object holds.
    func show(_ count: Int, _ body: (RawSpan) -> Void) { body(bytes.extracting(first: count)) }

    /// Reads bytes of a file into `count` bytes from `place` on.
    mutating func fill(_ place: Int, _ count: Int, from file: PosixFile, at offset: UInt64) throws(IOError) {
        var bytes = mutableBytes
        var part = bytes._mutatingExtracting(place..<place + count)
        try file.readFully(into: &part, at: offset)
    }

    /// Where the pages begin, for a call that writes there while no span of them is in use.
    @unsafe
    mutating func withMutableStart<Result>(_ body: (UnsafeMutableRawPointer) -> Result) -> Result {
        unsafe body(start)
    }

    /// Runs a system call on the pages that cover `range`, which must lie within the run; nil when it succeeded.
    func run(on range: Range<Int>, _ call: (UnsafeMutableRawPointer, Int) -> CInt) -> Errno? {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        let first = range.lowerBound / Pages.pageByteCount * Pages.pageByteCount
        return unsafe call(start + first, range.upperBound - first) == 0 ? nil : .last
    }

    /// The same on all pages.
    func run(_ call: (UnsafeMutableRawPointer, Int) -> CInt) -> Errno? {
        unsafe run(on: 0..<byteCount, call)
    }
}

extension Pages {
    /// `mmap(2)` at an address of our choosing.
    ///
    /// Left alone, the kernel aligns large mappings to 2 MiB for some file systems only (6.18: ext4, but neither tmpfs
    /// nor anonymous memory), so room for it is reserved first and the mapping then put in its place.
    private static func map(
        _ byteCount: Int, _ protection: CInt, _ flags: CInt, descriptor: CInt, path: String
    ) throws(IOError) -> UnsafeMutableRawPointer {
        // Beyond every address space, and where rounding up could overflow.
        guard byteCount < 1 << 60, let place = unsafe reserve(byteCount) else { throw IOError(.map, path, .noMemory) }
        let start = unsafe mmap(place, byteCount, protection, flags | MAP_FIXED, descriptor, 0)
        guard let start = unsafe start, unsafe start != MAP_FAILED else {
            let error = IOError(.map, path, .last)
            unsafe munmap(place, byteCount)
            throw error
        }
        return unsafe start
    }

    /// Address space without memory behind it, aligned for `byteCount`; what alignment costs at the ends is returned.
    private static func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let alignment = byteCount >= hugePageByteCount ? hugePageByteCount : pageByteCount
        let wanted = (byteCount + pageByteCount - 1) / pageByteCount * pageByteCount
        let reserved = wanted + alignment - pageByteCount
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let start = unsafe mmap(nil, reserved, PROT_NONE, flags, -1, 0), unsafe start != MAP_FAILED else {
            return nil
        }
        let place = unsafe start.alignedUp(toMultipleOf: alignment)
        let before = unsafe place - start
        if before > 0 { unsafe munmap(start, before) }
        if before + wanted < reserved { unsafe munmap(place + wanted, reserved - wanted - before) }
        return unsafe place
    }
}
