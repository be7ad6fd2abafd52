internal import EmbCInterface
internal import EmbStore
internal import Synchronization

/// What `embstore *` points at.
final class StoreHandle: Sendable {
    let store: Store
    let path: CText
    let tables: [TableHandle]
    let featureNames: [CText]
    private let tablesByName: [String: TableHandle]
    /// Features asked for so far, so that asking again costs no more than a look.
    private let features = Mutex<[String: TableHandle]>([:])

    init(_ store: Store) {
        self.store = store
        path = CText(store.path)
        tables = store.tables.map { TableHandle($0) }
        featureNames = store.catalog.features.map { CText($0.name) }
        tablesByName = Dictionary(tables.map { ($0.table.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func table(_ name: String) throws(CallError) -> TableHandle {
        if let handle = tablesByName[name] { return handle }
        return TableHandle(try asking { () throws(StoreError) in try store.table(name) })
    }

    func feature(_ name: String) throws(CallError) -> TableHandle {
        if let handle = features.withLock({ $0[name] }) { return handle }
        let made = TableHandle(try asking { () throws(StoreError) in try store.feature(name) })
        return features.withLock { known in
            let handle = known[name] ?? made
            known[name] = handle
            return handle
        }
    }
}

/// What `embstore_table *` points at.
final class TableHandle: Sendable {
    let table: EmbeddingTable
    let name: CText
    let expression: CText

    init(_ table: EmbeddingTable) {
        self.table = table
        name = CText(table.name)
        expression = CText(table.entry.expression)
    }
}

/// What `embstore_batch *` points at.
final class BatchHandle: Sendable {
    /// The batch of calls that no other threads share.
    let batch: FeatureBatch
    /// The same with threads of their own, by how many: made by the first call that asks for so many.
    private let shared = Mutex<[Int: FeatureBatch]>([:])

    init(_ batch: FeatureBatch) { self.batch = batch }

    func batch(threads: Int) -> FeatureBatch {
        guard threads > 1 else { return batch }
        return shared.withLock { known in
            let found = known[threads] ?? FeatureBatch(batch.features, threads: threads)
            known[threads] = found
            return found
        }
    }
}
