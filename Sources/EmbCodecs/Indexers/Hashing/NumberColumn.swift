internal import EmbFormat

/// A column of `f32` or `f16` numbers that are read one at a time.
struct NumberColumn: Sendable {
    private let column: Column
    private let width: UInt64

    /// Takes column `stage.name`, `rows` x `width`.
    init(_ columns: inout ColumnSet, _ stage: String, _ name: String, rows: UInt64, width: Int) throws(FormatError) {
        let width32 = UInt32(width)
        column = try columns.take(
            stage, name, ColumnShape(.f32, rows: rows, width: width32), ColumnShape(.f16, rows: rows, width: width32))
        self.width = UInt64(width)
    }

    /// Adds the pages of whole rows, all inside.
    func listPages(_ rows: Span<UInt32>, _ pages: inout PageList) {
        let bytes = Int(width) * column.shape.element.byteCount
        column.list(rows, stride: bytes, count: bytes, &pages)
    }

    /// Number `j` of row `row`, both inside.
    func number(_ row: UInt64, _ j: Int) throws(FormatError) -> Float {
        let size = column.shape.element.byteCount
        return try column.withBytes(at: (row * width + UInt64(j)) * UInt64(size), count: size) { bytes in
            if size == 4 {
                let bits = UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt32.self))
                return Float(bitPattern: bits)
            }
            let bits = UInt16(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt16.self))
            return Float(Float16(bitPattern: bits))
        }
    }
}
