internal import EmbCodecs
internal import EmbFormat
public import EmbStore

/// The ids that a table was packed from, in the order of its rows, as far as the file can name them.
public struct TableIDs {
    private let table: EmbeddingTable

    public init(_ table: EmbeddingTable) { self.table = table }

    /// How many ids there are.
    public var count: UInt64 { table.idCount }

    /// What the ids are: `none` if they are 0 ..< count.
    public var keys: KeyKind {
        guard let keyed = table.index as? KeyedReader else { return .none }
        return keyed.accepts(.integer) ? .integers : .strings
    }

    /// Whether the file can name its ids. Where ids share rows, keys are not stored.
    public var areListable: Bool {
        table.composition.indexer.ownsRows || (PackedKeys(of: table) ?? .absent) == .absent
    }

    /// Ids `first ..< first + count`.
    ///
    /// - Throws: `LookupError.corrupt` if the key columns are damaged.
    public func run(_ first: UInt64, count: Int) throws(LookupError) -> IDList {
        guard keys != .none else { return .integers((0..<UInt64(count)).map { first + $0 }) }
        return try table.ids(ofRows: UInt32(first)..<UInt32(first) + UInt32(count))
    }

    /// The embeddings of ids `first ..< first + count`, looked up as services do, row after row.
    public func embeddings(_ first: UInt64, count: Int) throws(LookupError) -> [Float] {
        try run(first, count: count).withIDs { (ids) throws(LookupError) in try table.gather(ids, missing: .error) }
    }
}
