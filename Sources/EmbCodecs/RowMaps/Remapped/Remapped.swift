public import EmbFormat
internal import EmbKernels

/// `remapped`: a column names the stored row of every row index (Formats/indexers/remapped.md).
public struct Remapped: RowMap {
    public static let name = "remapped"

    public init() {}
    public init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    public var columnNames: [String] { ["rows"] }

    public func open(
        _ columns: inout ColumnSet, indexCount: UInt64?, rowCount: UInt64?
    ) throws(FormatError) -> any RowMapReader {
        let column = try columns.take(Self.name, "rows", entries: indexCount)
        return RowIndexColumn(column, rowCount: rowCount)
    }

    public func mapBytes(indexCount: UInt64) -> UInt64 { 4 * indexCount }
}
