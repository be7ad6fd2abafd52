internal import Glibc
internal import SystemPackage

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
