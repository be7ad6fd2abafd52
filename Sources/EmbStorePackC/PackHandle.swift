internal import CEmbStore
internal import CEmbStorePack
internal import EmbCInterface
internal import EmbFormat
internal import EmbStorePack
internal import Synchronization

/// What `embstore_pack *` points at: tables as far as they have been described. Belongs to one thread at a time, but for
/// what has a lock.
final class PackHandle {
    /// A table, and what turns it into a plan when it is complete.
    @safe struct Table {
        var name: CText
        var plan: TablePlan
        /// Of an array: its pieces, the type of its numbers, their count in a row.
        var array: (pieces: [UnsafeRawBufferPointer], element: SourceElement, dim: Int)?
        var keys: ArraySource.Keys?
    }

    var tables: [Table] = []
    var features: [FeatureEntry] = []
    var isWritten = false
    /// What packing came to, as JSON.
    var report = ""
    /// What other threads may ask while a file is written: how far it is, and the tables' names.
    let moment = Mutex<PackProgress?>(nil)
    let names = Mutex<[String]>([])

    func table(_ number: Int64) throws(CallError) -> Int {
        guard tables.indices.contains(Int(number)) else {
            throw .bad("table", number, expected: "0 or more, below the \(tables.count) tables there are")
        }
        return Int(number)
    }

    func add(_ plan: TablePlan) {
        unsafe tables.append(Table(name: CText(plan.name), plan: plan))
        names.withLock { $0.append(plan.name) }
    }

    /// Checks that tables may still be changed.
    func checkOpen() throws(CallError) {
        guard !isWritten else { throw CallError(EMBSTORE_BAD_ARGUMENT, "pack has been written already") }
    }

    /// The plans of all tables, each with a source of its own.
    func plans() throws(CallError) -> [TablePlan] {
        var plans: [TablePlan] = []
        for table in tables { plans.append(try plan(table)) }
        return plans
    }

    private func plan(_ table: Table) throws(CallError) -> TablePlan {
        var plan = table.plan
        if let array = unsafe table.array {
            plan.source = try reading { () throws(SourceError) in
                try unsafe BorrowedRows.source(name: plan.name, array.element, dim: array.dim, array.pieces)
            }
        }
        guard let keys = table.keys else { return plan }
        let list = KeyList(name: "keys of \(plan.name)", keys)
        // Stored rows have ids of their own where a row map stands between the two.
        if plan.rowsAreStored, list.count != plan.source.shape.rowCount {
            plan.keys = keys
        } else {
            plan.source = try reading { () throws(SourceError) in try list.keyed(plan.source) }
        }
        return plan
    }
}

/// A source without rows, until the array's pieces are all known.
func placeholder(_ name: String) -> any RowSource { ArraySource(name: name, [], dim: 1) }
