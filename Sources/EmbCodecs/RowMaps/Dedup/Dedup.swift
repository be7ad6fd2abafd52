public import EmbFormat

/// `dedup`: equal rows, or blocks of rows, are stored once (Formats/indexers/dedup.md).
public struct Dedup: RowMap {
    public static let name = "dedup"

    public let blockRows: UInt32
    /// Numbers that differ by no more count as equal; as written.
    public let tolerance: Decimal
    /// The share of a block's numbers that must be equal for the block to be.
    public let share: Decimal

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        blockRows = UInt32(try arguments.integer("blockRows", in: 1...65_536) ?? 1)
        tolerance = try arguments.decimal("tolerance", in: 0...1_000_000) ?? Decimal("0")!
        share = try arguments.decimal("share", in: 0...1) ?? Decimal("1")!
        guard share.value > 0 else { throw arguments.refused("share is 0, which makes everything equal") }
    }

    public var arguments: [ArgumentSyntax] {
        var arguments: [ArgumentSyntax] = []
        if blockRows != 1 { arguments.append(ArgumentSyntax("blockRows", "\(blockRows)")) }
        if tolerance.value != 0 { arguments.append(ArgumentSyntax("tolerance", tolerance.text)) }
        if share.value != 1 { arguments.append(ArgumentSyntax("share", share.text)) }
        return arguments
    }

    public var columnNames: [String] { ["blocks"] }

    /// Blocks of so many rows.
    public func blockCount(_ rows: UInt64) -> UInt64 { (rows + UInt64(blockRows) - 1) / UInt64(blockRows) }

    public func open(
        _ columns: inout ColumnSet, indexCount: UInt64?, rowCount: UInt64?
    ) throws(FormatError) -> any RowMapReader {
        if let indexCount, let rowCount, rowCount > indexCount {
            throw FormatError(
                .badExpression, "rowCount of a table with dedup", found: "\(rowCount)",
                expected: "at most \(indexCount)")
        }
        let column = try columns.take(Self.name, "blocks", entries: indexCount.map(blockCount))
        return RowIndexColumn(column, rowCount: rowCount, blockRows: blockRows)
    }

    public func mapBytes(indexCount: UInt64) -> UInt64 { 4 * blockCount(indexCount) }
}
