public import EmbFormat
internal import EmbKernels

/// `remapped`: a column names the stored row of every row index (Formats/indexers/remapped.md).
public struct Remapped: RowMap {
    public static let name = "remapped"

    public init() {}
    public init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    public var columnNames: [String] { ["rows"] }

    public func open(
        _ columns: inout ColumnSet, indexCount: UInt64, isFirst: Bool, rowCount: UInt64
    ) throws(FormatError) -> any RowMapReader {
        let column = try columns.take(Self.name, "rows")
        let entries = isFirst ? indexCount : min(column.shape.rowCount, FormatLimits.rows)
        let shape = ColumnShape(.u32, rows: entries)
        guard column.shape == shape else {
            throw FormatError(
                .wrongColumn, columns.field(column.name), found: "\(column.shape)", expected: "\(shape)")
        }
        return RowIndexColumn(column, indexCount: entries, rowCount: rowCount)
    }

    public func mapBytes(indexCount: UInt64) -> UInt64 { 4 * indexCount }
}
