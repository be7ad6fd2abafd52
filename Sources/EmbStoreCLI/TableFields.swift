import EmbCodecs
import EmbFormat
import EmbStore

/// A table entry's fields, by name, and what follows from them.
struct TableFields: Encodable {
    let name: String
    let expression: String
    let idCount: UInt64
    let rowCount: UInt64
    let dim: Int
    @OrNull var defaultRow: UInt32?
    let missing: String
    let stageCount: Int
    let stages: [Stage]
    let columnCount: Int
    let columns: [Column]
    let attributeCount: Int
    let attributes: [String: String]
    /// Of a unified table.
    @OrNull var sharing: SharedRowFields?
    /// Stored bytes of all columns over ids.
    let bytesPerID: Double
    /// Lines of 64 bytes that the rows of one lookup lie in, on average over rows. Nil if rows are stored in blocks.
    @OrNull var linesPerLookup: Double?

    struct Stage: Encodable {
        let name: String
        let revision: UInt16
    }

    /// A column, and its segment.
    struct Column: Encodable {
        let name: String
        let segment: UInt32
        let fields: SegmentFields
        /// Of the stored bytes of the table's columns.
        let shareOfTable: Double

        private enum CodingKeys: CodingKey { case name, segment, shareOfTable }

        /// The segment's fields stand beside the column's own.
        func encode(to encoder: any Encoder) throws {
            try fields.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(segment, forKey: .segment)
            try container.encode(shareOfTable, forKey: .shareOfTable)
        }
    }

    init(_ table: EmbeddingTable, _ store: Store) throws {
        let entry = table.entry
        let segments = entry.columns.map { store.catalog.segments[Int($0.segment)] }
        let bytes = segments.reduce(0) { $0 + $1.storedBytes }
        (name, expression, dim) = (entry.name, entry.expression, table.dim)
        (idCount, rowCount) = (entry.idCount, entry.rowCount)
        defaultRow = entry.defaultRow == TableEntry.noDefaultRow ? nil : entry.defaultRow
        missing = entry.missing.name
        stages = entry.stages.map { Stage(name: $0.name, revision: $0.revision) }
        columns = zip(entry.columns, segments).map { column, segment in
            Column(
                name: column.name, segment: column.segment,
                fields: SegmentFields(Int(column.segment), segment, of: store.superblock),
                shareOfTable: bytes == 0 ? 0 : Double(segment.storedBytes) / Double(bytes))
        }
        attributes = Dictionary(entry.attributes.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        (stageCount, columnCount, attributeCount) = (entry.stages.count, entry.columns.count, entry.attributes.count)
        sharing = try SharedRowFields(table, store)
        bytesPerID = Double(bytes) / Double(max(entry.idCount, 1))
        let isRaw = zip(entry.columns, segments).allSatisfy { !$0.name.hasSuffix(".rows") || $1.encoding == .raw }
        linesPerLookup = isRaw ? Self.lines(table) : nil
    }

    /// The places of rows in their lines repeat after 64 rows at most.
    private static func lines(_ table: EmbeddingTable) -> Double {
        let (touched, stride) = table.rows.rowBytes(dims: table.rows.dim)
        guard touched > 0 else { return 0 }
        let lines = (0..<64).reduce(0) { sum, row in
            let start = row * stride
            return sum + (start + touched - 1) / 64 - start / 64 + 1
        }
        return Double(table.index.probes * lines) / 64
    }
}

/// Bytes in hexadecimal.
enum Hex {
    static func spaced(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}
