import EmbCodecs
import EmbFormat
import EmbStore

/// A feature entry's fields, by name, and what follows from them.
struct FeatureFields: Encodable {
    let name: String
    let table: String
    let arguments: String
    /// Numbers of an embedding.
    let dim: Int
    /// Rows that an id reads, and how they make one.
    let probes: Int
    let combine: String
    /// How many ids have rows; nil where any id has, by hash.
    @OrNull var ids: UInt64?
    /// Of a unified table: the sub-table of each probe, or how many rows the feature has to itself.
    @OrNull var subTables: [UInt64]?
    @OrNull var ownRows: UInt64?
    /// Of the table's rows: those that the feature has to itself, and of a shared sub-table one part for each probe of a
    /// feature that reads it. Nil where features are not told apart.
    @OrNull var shareOfRows: Double?

    /// All features of a file.
    static func all(of store: Store) throws -> [FeatureFields] {
        let readers = try UnifiedReaders(store)
        return try store.catalog.features.enumerated().map { number, feature in
            FeatureFields(
                feature, readers.rows[number], share: readers.share(number), try store.feature(feature.name), store)
        }
    }

    private init(
        _ feature: FeatureEntry, _ rows: UnifiedRows?, share: Double?, _ seen: EmbeddingTable, _ store: Store
    ) {
        let table = store.tables[Int(feature.table)]
        (name, self.table, arguments) = (feature.name, table.name, feature.arguments)
        (dim, probes, combine) = (seen.dim, seen.index.probes, seen.index.combine.rawValue)
        ids = rows == nil ? table.entry.idCount : rows?.owned?.ids
        subTables = rows.flatMap { $0.tables.isEmpty ? nil : $0.tables }
        ownRows = rows?.owned.map { UInt64($0.rows.count) }
        shareOfRows = share
    }
}

/// What the features of a file read of its unified tables.
struct UnifiedReaders {
    /// A feature each; nil for those of tables of other indexers.
    private(set) var rows: [UnifiedRows?] = []
    /// Probes of features that read each sub-table of each table.
    private var counts: [UInt32: [UInt64: Int]] = [:]
    private let store: Store

    init(_ store: Store) throws {
        self.store = store
        for feature in store.catalog.features {
            let table = store.tables[Int(feature.table)]
            guard let unified = table.composition.indexer as? Unified else {
                rows.append(nil)
                continue
            }
            // `dims` comes first, and is not the indexer's.
            let own = feature.arguments.split(separator: ", ").filter { !$0.hasPrefix("dims=") }
            let read = try unified.rows(ofFeature: own.joined(separator: ", "), rowCount: table.entry.rowCount)
            for place in read.tables { counts[feature.table, default: [:]][place, default: 0] += 1 }
            rows.append(read)
        }
    }

    /// Of the table's rows: a feature's own ones, and an equal part of a sub-table for each probe that reads it.
    func share(_ feature: Int) -> Double? {
        let number = store.catalog.features[feature].table
        let table = store.tables[Int(number)]
        guard let read = rows[feature], let unified = table.composition.indexer as? Unified else { return nil }
        let whole = Double(max(table.entry.rowCount, 1))
        if let owned = read.owned { return Double(owned.rows.count) / whole }
        return read.tables.reduce(0) { $0 + Double(unified.rows) / Double(counts[number]?[$1] ?? 1) } / whole
    }

    /// Sub-tables that no feature reads, of a table that has features.
    func unread(_ table: EmbeddingTable, _ unified: Unified) -> [UInt64] {
        guard let number = store.tables.firstIndex(where: { $0 === table }), let read = counts[UInt32(number)] else {
            return []
        }
        return (0..<unified.tables).filter { read[$0] == nil }
    }
}

/// The row space of a unified table.
struct SharedRowFields: Encodable {
    let subTables: UInt64
    let rowsPerSubTable: UInt64
    let width: Int
    let rowBytes: Int
    let sharedRows: UInt64
    let sharedBytes: UInt64
    let ownedRows: UInt64
    let ownedBytes: UInt64
    /// Sub-tables that no feature reads, where there are features.
    let unreadSubTables: [UInt64]

    /// Nil for a table of another indexer.
    init?(_ table: EmbeddingTable, _ store: Store) throws {
        guard let unified = table.composition.indexer as? Unified else { return nil }
        subTables = unified.tables
        rowsPerSubTable = unified.rows
        width = unified.width
        rowBytes = table.rows.rowBytes(dims: table.rows.dim).stride
        sharedRows = unified.sharedRows
        sharedBytes = sharedRows * UInt64(rowBytes)
        ownedRows = table.entry.rowCount - sharedRows
        ownedBytes = ownedRows * UInt64(rowBytes)
        unreadSubTables = try UnifiedReaders(store).unread(table, unified)
    }
}
