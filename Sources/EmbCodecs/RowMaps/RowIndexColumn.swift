internal import EmbFormat
internal import EmbKernels

/// A column of `u32` as a row map: element b is the place, in blocks, of the block of row indices b.
struct RowIndexColumn: RowMapReader {
    private let column: Column
    private let rowCount: UInt64
    private let blockRows: UInt32

    /// - Parameters:
    ///   - rowCount: Rows that a mapped index may name; nil for any.
    ///   - blockRows: Row indices that one element stands for, with the rest of them in order behind it.
    init(_ column: Column, rowCount: UInt64?, blockRows: UInt32 = 1) {
        self.column = column
        self.rowCount = rowCount ?? UInt64(RowList.zeroRow)
        self.blockRows = blockRows
    }

    func map(_ rows: inout MutableSpan<UInt32>) throws(FormatError) -> Bool {
        var lost = false
        for i in 0..<rows.count where rows[i] != RowList.zeroRow {
            rows[i] = try mapped(rows[i])
            lost = lost || rows[i] == RowList.zeroRow
        }
        return lost
    }

    func listPages(_ rows: Span<UInt32>, _ pages: inout PageList) {
        var blocks: [UInt32] = []
        for i in rows.indices where UInt64(rows[i] / blockRows) < column.shape.rowCount && rows[i] != RowList.zeroRow {
            blocks.append(rows[i] / blockRows)
        }
        column.list(blocks.span, stride: 4, count: 4, &pages)
    }

    private func mapped(_ row: UInt32) throws(FormatError) -> UInt32 {
        let block = UInt64(row / blockRows)
        guard block < column.shape.rowCount else { return RowList.zeroRow }
        let target = try column.integer(block) * UInt64(blockRows) + UInt64(row % blockRows)
        return target < rowCount ? UInt32(truncatingIfNeeded: target) : RowList.zeroRow
    }

    func verify() throws(FormatError) {
        for element in 0..<column.shape.rowCount {
            let place = try column.integer(element)
            guard place != UInt64(RowList.zeroRow), place * UInt64(blockRows) >= rowCount else { continue }
            throw FormatError(
                .badPayload, "column \(column.name), element \(element)", found: "row \(place * UInt64(blockRows))",
                expected: "below \(rowCount)")
        }
    }
}

extension ColumnSet {
    /// A map's column of `entries` row indices, or of any number of them.
    mutating func take(_ stage: String, _ name: String, entries: UInt64?) throws(FormatError) -> Column {
        if let entries { return try take(stage, name, ColumnShape(.u32, rows: entries, width: 1)) }
        let column = try take(stage, name)
        guard column.shape.element == .u32, column.shape.width == 1 else {
            throw FormatError(
                .wrongColumn, field("\(stage).\(name)"), found: "\(column.shape)", expected: "u32, any number x 1")
        }
        return column
    }
}
