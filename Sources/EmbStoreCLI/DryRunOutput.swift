import EmbCodecs
import EmbStorePack

/// What `pack --dry-run` prints: sizes, where they are known without reading rows.
struct DryRunOutput {
    private let rows: [Row]

    init(_ plans: [TablePlan], _ estimates: [PackEstimate]) {
        rows = zip(plans, estimates).map { Row($0, $1) }
    }

    private struct Row: Encodable {
        let name: String
        let expression: String
        let dim: Int
        @OrNull var idCount: UInt64?
        @OrNull var rowCount: UInt64?
        let rowBytes: Double
        @OrNull var indexBytes: UInt64?
        @OrNull var bytesPerID: Double?
        @OrNull var columnBytes: UInt64?
        /// Whether the bytes of string keys come on top.
        let hasStringKeys: Bool

        init(_ plan: TablePlan, _ estimate: PackEstimate) {
            name = plan.name
            expression = estimate.composition.description
            dim = estimate.dim
            idCount = estimate.idCount
            rowCount = estimate.rowCount
            rowBytes = estimate.rowBytes
            indexBytes = estimate.indexBytes
            columnBytes = estimate.columnBytes
            bytesPerID = estimate.columnBytes.flatMap { bytes in
                estimate.idCount.map { Double(bytes) / Double(max($0, 1)) }
            }
            hasStringKeys = plan.source.shape.keys == .strings && estimate.composition.indexer.ownsRows
        }
    }

    private struct Document: Encodable {
        let tables: [Row]
        @OrNull var columnBytes: UInt64?
    }

    private var total: UInt64? {
        rows.reduce(into: UInt64?.some(0)) { sum, row in sum = sum.flatMap { sum in row.columnBytes.map { sum + $0 } } }
    }

    func print(_ told: OutputOptions) throws {
        if told.json { return try JSON.print(Document(tables: rows, columnBytes: OrNull(wrappedValue: total))) }
        if told.quiet { return }
        var table = TextTable(
            ["table", "rows", "dim", "expression", "bytes/stored row", "bytes/row", "total"],
            left: ["table", "expression"])
        for row in rows {
            table.add([
                row.name, row.idCount.map { "\($0)" } ?? "?", "\(row.dim)", row.expression,
                Units.fixed(row.rowBytes, 1),
                row.bytesPerID.map { Units.fixed($0, 2) } ?? "?", row.columnBytes.map(Units.bytes) ?? "?",
            ])
        }
        try table.print()
        if rows.contains(where: \.hasStringKeys) { try Terminal.output.line("The bytes of string keys come on top.") }
        if let total { try Terminal.output.line("\(Units.bytes(total)) in all") }
    }
}
