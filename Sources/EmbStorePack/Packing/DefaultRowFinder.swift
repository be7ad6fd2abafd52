internal import EmbFormat

/// Finds the row that a plan names as default, while the rows pass by.
final class DefaultRowFinder {
    private let wanted: DefaultRow?
    private let source: String
    private var rowsSeen: UInt64 = 0
    private var row: UInt32?

    init(_ plan: TablePlan) {
        wanted = plan.defaultRow
        source = plan.source.shape.name
    }

    /// Shows the next rows that are kept.
    func look(at rows: SourceReader.Rows, count: Int) {
        defer { rowsSeen += UInt64(count) }
        guard case .key(let key) = wanted, row == nil else { return }
        let bytes = Array(key.utf8)
        for i in 0..<max(rows.keyOffsets.count - 1, 0)
        where rows.keyBytes[Int(rows.keyOffsets[i])..<Int(rows.keyOffsets[i + 1])].elementsEqual(bytes) {
            row = UInt32(rowsSeen) + UInt32(i)
            return
        }
        if rows.keyOffsets.count == 1, let number = UInt64(key), let i = rows.integers.firstIndex(of: number) {
            row = UInt32(rowsSeen) + UInt32(i)
        }
    }

    /// The stored row, for a table of `rowCount`.
    ///
    /// - Parameters:
    ///   - keyRow: The stored row of a row that was shown.
    ///   - storedRow: The stored row of a row of the source; nil for one that was left out.
    func find(
        rowCount: UInt64, keyRow: (UInt32) -> UInt32, storedRow: (UInt64) -> UInt64?
    ) throws(PackError) -> UInt32 {
        switch wanted {
        case nil: return TableEntry.noDefaultRow
        case .row(let number):
            guard let row = storedRow(number) else {
                throw .plan(
                    source: source, field: "default row", found: "\(number), left out for its key",
                    expected: "a row that is kept")
            }
            guard row < rowCount else {
                throw .plan(source: source, field: "default row", found: "\(number)", expected: "below \(rowCount)")
            }
            return UInt32(row)
        case .key(let key):
            guard let row else {
                throw .plan(
                    source: source, field: "default row", found: "no key \"\(key)\"", expected: "a key of the table")
            }
            return keyRow(row)
        }
    }
}
