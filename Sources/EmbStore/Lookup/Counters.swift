internal import Synchronization

/// What lookups have counted since the store was opened. Counts only grow. A call that is refused before it touches the
/// output counts nothing; one that fails later counts in full, with the missing ids met until then.
public struct LookupCounts: Sendable, Equatable {
    /// Ids looked up.
    public internal(set) var ids: UInt64 = 0
    /// Stored rows that these ids stand for: a row per id and probe, missing ones too.
    public internal(set) var rows: UInt64 = 0
    /// Bags pooled.
    public internal(set) var bags: UInt64 = 0
    /// Ids without a row, whatever was done about them.
    public internal(set) var missing: UInt64 = 0
    /// Those of them that are beyond the range of ids of a table whose ids are numbers in a range.
    public internal(set) var outOfRange: UInt64 = 0

    public init() {}

    /// Of two tables together.
    static func + (a: LookupCounts, b: LookupCounts) -> LookupCounts {
        var sum = a
        sum.ids += b.ids
        sum.rows += b.rows
        sum.bags += b.bags
        sum.missing += b.missing
        sum.outOfRange += b.outOfRange
        return sum
    }
}

/// The counters of a table: added to once per call.
final class Counters: Sendable {
    private let ids = Atomic<UInt64>(0)
    private let rows = Atomic<UInt64>(0)
    private let bags = Atomic<UInt64>(0)
    private let missing = Atomic<UInt64>(0)
    private let outOfRange = Atomic<UInt64>(0)

    /// Adds a call through `pipeline`.
    ///
    /// - Parameter rows: Stored rows that the ids stand for, if not all have as many as the pipeline's.
    func add(_ pipeline: Pipeline, ids: Int, rows: Int? = nil, bags: Int, missing: Int) {
        self.ids.wrappingAdd(UInt64(ids), ordering: .relaxed)
        self.rows.wrappingAdd(UInt64(rows ?? ids * pipeline.probes), ordering: .relaxed)
        if bags > 0 { self.bags.wrappingAdd(UInt64(bags), ordering: .relaxed) }
        guard missing > 0 else { return }
        self.missing.wrappingAdd(UInt64(missing), ordering: .relaxed)
        if pipeline.index.missesAreOutOfRange { outOfRange.wrappingAdd(UInt64(missing), ordering: .relaxed) }
    }

    var snapshot: LookupCounts {
        var counts = LookupCounts()
        counts.ids = ids.load(ordering: .relaxed)
        counts.rows = rows.load(ordering: .relaxed)
        counts.bags = bags.load(ordering: .relaxed)
        counts.missing = missing.load(ordering: .relaxed)
        counts.outOfRange = outOfRange.load(ordering: .relaxed)
        return counts
    }
}
