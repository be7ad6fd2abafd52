internal import EmbFormat
internal import EmbKernels

/// A column of `u32` as a row map: element b is the place, in blocks, of the block of row indices b.
struct RowIndexColumn: RowMapReader {
    let indexCount: UInt64
    private let column: Column
    private let rowCount: UInt64
    private let blockRows: UInt32

    /// - Parameters:
    ///   - rowCount: Rows that a mapped index may name.
    ///   - blockRows: Row indices that one element stands for, with the rest of them in order behind it.
    init(_ column: Column, indexCount: UInt64, rowCount: UInt64, blockRows: UInt32 = 1) {
        self.column = column
        self.indexCount = indexCount
        self.rowCount = rowCount
        self.blockRows = blockRows
    }

    func map(_ rows: inout MutableSpan<UInt32>) throws(FormatError) -> Bool {
        var lost = false
        for i in 0..<rows.count where rows[i] != RowList.zeroRow {
            let place = try column.integer(UInt64(rows[i] / blockRows))
            let target = place * UInt64(blockRows) + UInt64(rows[i] % blockRows)
            rows[i] = target < rowCount ? UInt32(truncatingIfNeeded: target) : RowList.zeroRow
            lost = lost || target >= rowCount
        }
        return lost
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
