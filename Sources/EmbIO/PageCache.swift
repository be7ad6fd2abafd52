internal import Synchronization

/// Pages of a file that is not mapped, in memory of a fixed size. A page may stand in one of eight places, where it takes that of
/// one that was not read since it was last looked at. Neighbours have different places: what is not larger than the cache fits.
///
/// Callable from any thread. A lock is held to copy bytes in or out, never while a page is read; two threads may read the same
/// page at a time.
final class PageCache: Sendable {
    private let reader: PageReader
    private let shards: [PageShard]
    private let sets: UInt64
    /// How many pages there is room for.
    let room: Int

    private static let ways = 8
    private static let mostShards = 16

    /// - Parameter capacity: Bytes to keep, bookkeeping included. One page is kept even if it is more.
    init(_ reader: PageReader, capacity: Int) throws(IOError) {
        self.reader = reader
        let room = max(capacity / PageShard.placeBytes, 1)
        let needed = (reader.byteCount + PageReader.pageBytes - 1) / PageReader.pageBytes
        let ways = min(Self.ways, room)
        let sets = max(min(room / ways, (needed + ways - 1) / ways), 1)
        let count = min(max(sets / 8, 1), Self.mostShards)
        var shards: [PageShard] = []
        for number in 0..<count {
            let own = (sets - number + count - 1) / count
            shards.append(PageShard(try PageSets(sets: own, ways: ways, for: reader.file.path)))
        }
        self.shards = shards
        self.sets = UInt64(sets)
        self.room = sets * ways
    }

    /// Bytes of the pages kept now, bookkeeping included.
    var byteCount: Int { shards.reduce(0) { $0 + $1.sets.withLock { $0.held } } * PageShard.placeBytes }
    /// How many pages have been read, and how many times one was there already.
    var counts: (reads: UInt64, hits: UInt64) {
        shards.reduce((0, 0)) { sum, shard in
            let own = shard.sets.withLock { ($0.reads, $0.hits) }
            return (sum.0 + own.0, sum.1 + own.1)
        }
    }

    /// Fills all of `buffer` from `offset` on, reading what is not there.
    func copy(_ offset: Int, into buffer: inout MutableRawSpan) throws(IOError) {
        var done = 0
        while done < buffer.byteCount {
            let page = UInt64((offset + done) / PageReader.pageBytes)
            let start = (offset + done) % PageReader.pageBytes
            let count = min(PageReader.pageBytes - start, buffer.byteCount - done)
            let part = start..<start + count
            let found = unsafe buffer.withUnsafeMutableBytes { buffer in
                with(page) { unsafe $0.copy(page, $1, part, to: buffer.baseAddress! + done) }
            }
            if !found {
                let pages = [page]
                try reader.read(pages.span) { bytes in
                    insert(page, bytes, isAhead: false)
                    buffer.store(bytes.extracting(part), at: done)
                }
            }
            done += count
        }
    }

    /// Reads those of `pages`, ascending and each once, that are not there, as many at a time as can be. What cannot be read is
    /// told of when it is copied.
    func bring(_ pages: Span<UInt64>) {
        var missing: [UInt64] = []
        for i in pages.indices where !with(pages[i], { $0.holds(pages[i], $1) }) { missing.append(pages[i]) }
        for first in stride(from: 0, to: missing.count, by: PageReader.batch) {
            let part = first..<min(first + PageReader.batch, missing.count)
            do throws(IOError) {
                try reader.read(missing.span.extracting(part)) { bytes in
                    for i in part {
                        let place = (i - first) * PageReader.pageBytes
                        let page = bytes.extracting(place..<place + PageReader.pageBytes)
                        insert(missing[i], page, isAhead: true)
                    }
                }
            } catch { return }
        }
    }

    private func insert(_ page: UInt64, _ bytes: RawSpan, isAhead: Bool) {
        unsafe bytes.withUnsafeBytes { bytes in
            with(page) { unsafe $0.insert(page, $1, bytes.baseAddress!, isAhead: isAhead) }
        }
    }

    /// Calls `body` with the sets that a page belongs to and the number of its own among them.
    private func with<Result>(_ page: UInt64, _ body: (inout PageSets, Int) -> Result) -> Result {
        let set = page % sets
        let count = UInt64(shards.count)
        return shards[Int(set % count)].with { body(&$0, Int(set / count)) }
    }
}

/// A part of a cache with a lock of its own.
final class PageShard: Sendable {
    /// Bytes of a page and what is kept about it.
    static let placeBytes = PageReader.pageBytes + 16
    let sets: Mutex<PageSets>

    init(_ sets: consuming PageSets) { self.sets = Mutex(sets) }

    func with<Result>(_ body: (inout PageSets) -> Result) -> Result {
        sets.withLock { body(&$0) }
    }
}
