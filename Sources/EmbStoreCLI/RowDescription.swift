import EmbCodecs
import EmbFormat
import EmbKernels
import EmbStore
import EmbStorePack

/// What a key leads to: rows, their bytes, the numbers decoded from them, the embedding.
struct RowDescription: Encodable {
    /// Nil for a row that no single key owns.
    let key: String?
    let rows: [StoredRow]
    /// Nil without a key.
    let embedding: [Float]?
    private(set) var error: Difference?

    /// The bytes of the key, to find it in a source.
    let wantedKey: [UInt8]?

    struct StoredRow: Encodable {
        let row: UInt64
        let bytes: String
        let numbers: [Float]
    }

    /// How far the embedding is from the source's.
    struct Difference: Encodable {
        let source: [Float]
        let nmse: Double
        let cosine: Double
        let largest: Float
    }

    private enum CodingKeys: CodingKey { case key, rows, embedding, error }

    init(_ store: Store, _ table: EmbeddingTable, row: UInt64?, key: String?, _ type: KeyType?) throws {
        var numbers: [UInt64] = row.map { [$0] } ?? []
        let text = try key.map { Array($0.utf8) } ?? Self.owner(of: row ?? 0, table)
        if let row, row >= table.rowCount {
            throw Failure.usage("row \(row) of table \"\(table.name)\": there are \(table.rowCount)")
        }
        let batch = try text.map { try IDBatch([$0], as: IDBatch.kind(of: table, type, [$0])) }
        if row == nil { numbers = try Self.rows(of: batch!, table) }
        rows = try numbers.map { try Self.stored($0, store, table) }
        embedding = try batch.map { batch in try batch.withIDs { try table.gather($0) } }
        wantedKey = text
        self.key = text.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The key that owns a row.
    private static func owner(of row: UInt64, _ table: EmbeddingTable) throws -> [UInt8]? {
        guard row < table.rowCount, table.composition.indexer.ownsRows else { return nil }
        guard let keyed = table.index as? KeyedReader else { return Array("\(row)".utf8) }
        return try keyed.keyBytes(of: UInt32(row)) ?? keyed.keyText(of: UInt32(row)).map { Array($0.utf8) }
    }

    private static func rows(of batch: IDBatch, _ table: EmbeddingTable) throws -> [UInt64] {
        var rows = [UInt32](repeating: 0, count: table.index.probes)
        var weights = [Float](repeating: 1, count: table.index.weighsProbes ? rows.count : 0)
        try batch.withIDs { ids in
            guard table.index.accepts(ids.kind) else {
                throw LookupError.wrongIDKind(table: table.name, found: ids.kind)
            }
            var rowSpan = rows.mutableSpan
            var weightSpan = weights.mutableSpan
            _ = try table.index.address(
                ids, .byID(probes: table.index.probes), rows: &rowSpan, weights: &weightSpan, Kernels.best)
        }
        guard rows[0] != RowList.zeroRow else {
            throw LookupError.missingID(table: table.name, position: 0, id: batch.text(0))
        }
        return rows.map(UInt64.init)
    }

    private static func stored(_ row: UInt64, _ store: Store, _ table: EmbeddingTable) throws -> StoredRow {
        var numbers = [Float](repeating: 0, count: table.rows.dim)
        var span = numbers.mutableSpan
        let index = [UInt32(row)]
        try table.rows.gather(
            RowList(index.span, count: 1), into: &span, outStride: table.rows.dim, dims: table.rows.dim, Workspace())
        return StoredRow(row: row, bytes: Hex.spaced(try store.storedBytes(ofRow: row, in: table)), numbers: numbers)
    }

    mutating func compare(_ source: [Float]) throws {
        guard let embedding else { throw Failure.usage("--against needs --key: no single key owns this row") }
        let sums = Kernels.best.compare(source.span, embedding.span)
        let norms = (sums.squaredA * sums.squaredB).squareRoot()
        error = Difference(
            source: source, nmse: sums.squaredError == 0 ? 0 : sums.squaredError / sums.squaredA,
            cosine: norms > 0 ? sums.product / norms : 0,
            largest: zip(source, embedding).map { abs($0 - $1) }.max() ?? 0)
    }
}

extension RowDescription {
    private static let shownNumbers = 8
    private static let shownBytes = 32

    func print() throws {
        var list = FieldList()
        list.add("key", key ?? "none of its own")
        for row in rows {
            list.add("row", "\(row.row)")
            list.add("bytes", Self.cut(row.bytes))
            list.add("decoded", Self.text(row.numbers))
        }
        if let embedding { list.add("embedding", Self.text(embedding)) }
        if let error {
            list.add("source", Self.text(error.source))
            list.add("NMSE", Units.short(error.nmse))
            list.add("cosine", Units.fixed(error.cosine, 6))
            list.add("largest error", "\(error.largest)")
        }
        try list.print()
    }

    private static func cut(_ hex: String) -> String {
        hex.count > 3 * shownBytes ? hex.prefix(3 * shownBytes) + "... \((hex.count + 1) / 3) bytes" : hex
    }

    private static func text(_ numbers: [Float]) -> String {
        let shown = numbers.prefix(shownNumbers).map { "\($0)" }.joined(separator: " ")
        return numbers.count > shownNumbers ? "\(shown) ... \(numbers.count) numbers" : shown
    }
}
