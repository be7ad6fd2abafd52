internal import CEmbIO
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Reads pages of a file, many at a time: through `io_uring`, or, where the system has none, by a few threads (`pread`). Past the
/// page cache (`O_DIRECT`), which would hold them a second time, unless the file system refuses that.
///
/// Callable from any thread. What goes wrong in one of the fast ways is read again the plain way, which tells why.
package final class PageReader: Sendable {
    package static let pageBytes = 4096
    /// Pages read in one go.
    package static let batch = 64
    /// Threads that read, where there is no `io_uring`.
    private static let threads = 8
    /// Slots kept for the next read.
    private static let kept = 16

    let file: PosixFile
    let byteCount: Int
    private let direct: PosixFile?
    private let hasRing: Atomic<Bool>
    private let pool = Mutex<WorkerPool?>(nil)
    private let slots = Mutex<[Handover]>([])

    /// - Parameters: What may be tried.
    init(_ file: PosixFile, byteCount: Int, direct: Bool = true, ring: Bool = true) {
        self.file = file
        self.byteCount = byteCount
        self.direct = direct ? PosixFile(reopeningDirect: file) : nil
        hasRing = Atomic(ring && self.direct != nil)
    }

    /// The same of the file at `path`, to be read in a way that a test chooses.
    package convenience init(path: String, direct: Bool, ring: Bool) throws(IOError) {
        let file = try PosixFileSystem().openRegularFile(path)
        self.init(file, byteCount: Int(try file.byteCount()), direct: direct, ring: ring)
    }

    package var isDirect: Bool { direct != nil }
    /// Whether nothing has yet shown that there is no `io_uring`.
    package var mayUseRing: Bool { hasRing.load(ordering: .relaxed) }

    /// Reads pages, ascending, each once and at most `batch`, and shows them one after the other. Of the file's last page only
    /// what is there is read.
    ///
    /// - Throws: `IOError`, `ENODATA` if the file has become shorter.
    package func read(_ pages: Span<UInt64>, _ body: (RawSpan) -> Void) throws(IOError) {
        precondition(pages.count <= Self.batch)
        let slot = try takeSlot()
        slot.plan(pages)
        let read = readTogether(slot)
        for i in slot.runs.indices where read & 1 << UInt64(i) == 0 {
            let run = slot.runs[i]
            try slot.memory.fill(run.memory.lowerBound, bytes(of: run), from: file, at: run.offset)
        }
        slot.memory.show(pages.count * Self.pageBytes, body)
        guard !slot.isAbandoned else { return }
        let box = Handover(slot)
        slots.withLock { if $0.count < Self.kept { $0.append(box) } }
    }

    /// Fills all of `buffer` from `offset` on.
    func copy(_ offset: Int, into buffer: inout MutableRawSpan) throws(IOError) {
        let step = Self.batch * Self.pageBytes
        var done = 0
        while done < buffer.byteCount {
            let first = (offset + done) / Self.pageBytes
            let start = offset + done - first * Self.pageBytes
            let count = min(step - start, buffer.byteCount - done)
            let pages = (first...(first * Self.pageBytes + start + count - 1) / Self.pageBytes).map { UInt64($0) }
            try check(offset + done + count)
            try read(pages.span) { bytes in
                buffer.store(bytes.extracting(start..<start + count), at: done)
            }
            done += count
        }
    }

    private func check(_ end: Int) throws(IOError) {
        guard end > byteCount else { return }
        throw IOError(.read, file.path, .noData, detail: "byte \(end) is wanted of \(byteCount)")
    }

    /// Bytes of a run that the file has.
    private func bytes(of run: PageRun) -> Int { min(run.memory.count, byteCount - Int(run.offset)) }

    private func takeSlot() throws(IOError) -> ReadSlot {
        if let slot = slots.withLock({ $0.popLast() })?.slot { return slot }
        return try ReadSlot(path: file.path)
    }

    /// Carries a slot in or out of the lock. Sound because only one read at a time has it.
    private struct Handover: @unchecked Sendable {
        let slot: ReadSlot
        init(_ slot: ReadSlot) { self.slot = slot }
    }
}

extension PageReader {
    /// Reads the slot's runs, and returns a bit for each that is there whole.
    private func readTogether(_ slot: ReadSlot) -> UInt64 {
        // A lone page is read as fast by one call.
        if slot.runs.count > 1, mayUseRing {
            if let ring = slot.ring() { return readThrough(ring, slot) }
            hasRing.store(false, ordering: .relaxed)
        }
        let read = Atomic<UInt64>(0)
        let source = direct ?? file
        let runs = slot.runs
        unsafe slot.memory.withMutableStart { start in
            nonisolated(unsafe) let start = unsafe start
            let body: @Sendable (Int) -> Void = { i in
                let count = unsafe source.read(
                    to: start + runs[i].memory.lowerBound, count: runs[i].memory.count, at: runs[i].offset)
                if count >= self.bytes(of: runs[i]) { read.bitwiseOr(1 << UInt64(i), ordering: .relaxed) }
            }
            if runs.count == 1 { body(0) } else { threads().run(runs.count, body) }
        }
        return read.load(ordering: .relaxed)
    }

    private func threads() -> WorkerPool {
        pool.withLock { pool in
            let made = pool ?? WorkerPool(threads: Self.threads)
            pool = made
            return made
        }
    }

    private func readThrough(_ ring: ReadRing, _ slot: ReadSlot) -> UInt64 {
        let descriptor = FileDescriptor(rawValue: (direct ?? file).descriptor)
        var read: UInt64 = 0
        unsafe slot.memory.withMutableStart { start in
            for i in slot.runs.indices {
                let (place, offset) = (slot.runs[i].memory, slot.runs[i].offset)
                let buffer = unsafe UnsafeMutableRawBufferPointer(start: start + place.lowerBound, count: place.count)
                unsafe ring.prepare(.read(descriptor, into: buffer, at: offset, context: UInt64(i)))
            }
            guard ring.submit() else { return slot.abandon() }
            for _ in slot.runs.indices {
                guard let (i, count) = ring.next() else { continue }
                if count >= bytes(of: slot.runs[i]) { read |= 1 << UInt64(i) }
            }
        }
        return read
    }
}

extension MutableRawSpan {
    mutating func store(_ bytes: RawSpan, at offset: Int) {
        precondition(offset >= 0 && bytes.byteCount <= byteCount - offset)
        unsafe withUnsafeMutableBytes { target in
            unsafe bytes.withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + source.count])
                    .copyMemory(from: source)
            }
        }
    }
}

/// Neighbouring pages: where they are in the file, and where they go in a slot's memory.
struct PageRun {
    let offset: UInt64
    var memory: Range<Int>
}

/// Memory and ring of one read at a time.
final class ReadSlot {
    var memory: Pages
    private(set) var runs: [PageRun] = []
    private var made: ReadRing?
    private var process: pid_t = 0
    private(set) var isAbandoned = false

    init(path: String) throws(IOError) {
        memory = try Pages(zeroed: PageReader.batch * PageReader.pageBytes, for: path)
        runs.reserveCapacity(PageReader.batch)
    }

    func plan(_ pages: Span<UInt64>) {
        runs.removeAll(keepingCapacity: true)
        for i in pages.indices {
            let place = i * PageReader.pageBytes..<(i + 1) * PageReader.pageBytes
            if i > 0, pages[i] == pages[i - 1] + 1 {
                runs[runs.count - 1].memory = runs[runs.count - 1].memory.lowerBound..<place.upperBound
            } else {
                runs.append(PageRun(offset: pages[i] * UInt64(PageReader.pageBytes), memory: place))
            }
        }
    }

    /// Never frees the memory, nor lends it again: nobody knows what the kernel will still write there.
    func abandon() {
        isAbandoned = true
        _ = unsafe Unmanaged.passRetained(self)
    }

    /// A ring of this process: one that was forked off must not use its parent's. Nil if there can be none.
    func ring() -> ReadRing? {
        if made == nil || process != getpid() { (made, process) = (ReadRing(entries: PageReader.batch), getpid()) }
        return made
    }
}

/// A ring of reads: as many are waited for as were submitted.
final class ReadRing {
    private var ring: IORing

    /// Nil where the kernel, or what confines the process, has no `io_uring`.
    init?(entries: Int) {
        do { ring = try IORing(queueDepth: UInt32(entries)) } catch { return nil }
    }

    @unsafe
    func prepare(_ request: consuming IORing.Request) {
        let hadRoom = ring.prepare(request: request)
        precondition(hadRoom, "more reads than the ring has room for")
    }

    func submit() -> Bool {
        do { try ring.submitPreparedRequests() } catch { return false }
        return true
    }

    /// The next read that has ended, and how many bytes it got; nil if it failed.
    func next() -> (number: Int, count: Int)? {
        do {
            let completion = try ring.blockingConsumeCompletion()
            return (Int(completion.context), Int(completion.result))
        } catch {
            return nil
        }
    }
}
