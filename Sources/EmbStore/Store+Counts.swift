internal import EmbCodecs
internal import EmbFormat
internal import EmbIO

/// What a store has counted since it was opened, and the process since it began. Take it twice and subtract.
public struct StoreCounts: Sendable, Equatable {
    /// Of all tables and features.
    public let lookups: LookupCounts
    /// Blocks of compressed columns decoded, and in residency `bounded` pages read.
    public let blocksDecoded: UInt64
    /// How many times a row, or an entry of an index, was in a block or page that was in the cache already; the first one that a
    /// page was read for is not counted.
    public let blockHits: UInt64
    /// Page faults of the whole process (`getrusage`): those answered from memory, and those that waited for a device.
    public let minorPageFaults: UInt64
    public let majorPageFaults: UInt64
}

/// What a store takes of memory at one moment.
public struct MemoryUse: Sendable, Equatable {
    public let fileBytes: Int
    /// Bytes of the file that are in memory, whoever brought them there; see `Store.residentBytes`.
    public let residentBytes: Int
    /// Decoded blocks, and pages read, that are kept.
    public let cacheBytes: Int
    /// What the page tables of the mapping take once all of it has been touched in pages of 4 KiB: 8 bytes a page. Where the
    /// system maps huge pages it is next to nothing. 0 of a file that is not mapped.
    public let mostPageTableBytes: Int
    /// What all page tables of the process take now (`VmPTE`); nil where the system does not tell.
    public let processPageTableBytes: Int?
}

extension Store {
    /// What has been counted until now. O(tables). Callable from any thread.
    public var counts: StoreCounts {
        let faults = ProcessMemory.pageFaults()
        let pages = mapping.pageCounts
        return StoreCounts(
            lookups: tables.reduce(LookupCounts()) { $0 + $1.counts }, blocksDecoded: cache.decodeCount + pages.reads,
            blockHits: cache.hitCount + pages.hits, minorPageFaults: faults.minor, majorPageFaults: faults.major)
    }

    /// What is taken of memory now. O(pages).
    public func memoryUse() throws(StoreError) -> MemoryUse {
        MemoryUse(
            fileBytes: byteCount, residentBytes: try residentBytes(), cacheBytes: cache.byteCount + mapping.keptBytes,
            mostPageTableBytes: mapping.mostPageTableBytes,
            processPageTableBytes: ProcessMemory.pageTableBytes())
    }
}
