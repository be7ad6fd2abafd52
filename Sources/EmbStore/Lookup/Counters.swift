internal import Synchronization

/// What lookups have counted since the store was opened. Counts only grow. A call that is refused before it touches the
/// output counts nothing; one that fails later counts in full, with the missing ids met until then.
public struct LookupCounts: Sendable, Equatable {
    /// Ids looked up.
    public let ids: UInt64
    /// Bags pooled.
    public let bags: UInt64
    /// Ids without a row, whatever was done about them.
    public let missing: UInt64
}

/// The counters of a table: added to once per call.
final class Counters: Sendable {
    private let ids = Atomic<UInt64>(0)
    private let bags = Atomic<UInt64>(0)
    private let missing = Atomic<UInt64>(0)

    func add(ids: Int, bags: Int, missing: Int) {
        self.ids.wrappingAdd(UInt64(ids), ordering: .relaxed)
        if bags > 0 { self.bags.wrappingAdd(UInt64(bags), ordering: .relaxed) }
        if missing > 0 { self.missing.wrappingAdd(UInt64(missing), ordering: .relaxed) }
    }

    var snapshot: LookupCounts {
        LookupCounts(
            ids: ids.load(ordering: .relaxed), bags: bags.load(ordering: .relaxed),
            missing: missing.load(ordering: .relaxed))
    }
}
