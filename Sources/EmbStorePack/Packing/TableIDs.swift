public import EmbCodecs
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

    /// Ids `first ..< first + count`: string keys with their offsets, or integers.
    public enum Run: Sendable {
        case integers([UInt64])
        case strings(bytes: [UInt8], offsets: [UInt64])

        public func withIDs<Result, E: Error>(_ body: (IDs) throws(E) -> Result) throws(E) -> Result {
            switch self {
            case .integers(let ids): return try body(.uint64(ids.span))
            case .strings(let bytes, let offsets):
                return try unsafe body(.byteStrings(ByteStrings(bytes.span.bytes, offsets: offsets.span)))
            }
        }
    }

    /// Ids `first ..< first + count`.
    ///
    /// - Throws: `LookupError.corrupt` if the key columns are damaged.
    public func run(_ first: UInt64, count: Int) throws(LookupError) -> Run {
        guard let keyed = table.index as? KeyedReader else { return .integers((0..<UInt64(count)).map { first + $0 }) }
        do throws(FormatError) {
            return keys == .integers
                ? .integers(try integers(keyed, first, count)) : try strings(keyed, first, count)
        } catch {
            throw .corrupt(table: table.name, error)
        }
    }

    private func integers(_ keyed: KeyedReader, _ first: UInt64, _ count: Int) throws(FormatError) -> [UInt64] {
        var ids: [UInt64] = []
        ids.reserveCapacity(count)
        for row in first..<first + UInt64(count) { ids.append(try keyed.integerKey(of: UInt32(row)) ?? 0) }
        return ids
    }

    private func strings(_ keyed: KeyedReader, _ first: UInt64, _ count: Int) throws(FormatError) -> Run {
        var (bytes, offsets): ([UInt8], [UInt64]) = ([], [0])
        for row in first..<first + UInt64(count) {
            guard let key = try keyed.keyBytes(of: UInt32(row)) else {
                throw FormatError(.badKeyIndex, "key ends of row \(row)", found: "out of order", expected: "ascending")
            }
            bytes += key
            offsets.append(UInt64(bytes.count))
        }
        return .strings(bytes: bytes, offsets: offsets)
    }

    /// The embeddings of ids `first ..< first + count`, looked up as services do, row after row.
    public func embeddings(_ first: UInt64, count: Int) throws(LookupError) -> [Float] {
        try run(first, count: count).withIDs { (ids) throws(LookupError) in try table.gather(ids, missing: .error) }
    }
}
