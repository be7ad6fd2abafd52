public import EmbFormat

/// One way to send the row indices of an indexer to stored rows, many to one if need be (Formats/indexers, "Row maps").
///
/// An expression may have several: the first takes the indexer's row indices, the last names stored rows.
public protocol RowMap: Stage {
    /// Takes and checks the columns of the map. Reads no payload.
    ///
    /// - Parameters:
    ///   - indexCount: Row indices that come in; nil behind another map, where the column may have any number of entries, and
    ///     an index beyond them has no row.
    ///   - rowCount: Row indices that may come out; nil if another map takes them.
    func open(
        _ columns: inout ColumnSet, indexCount: UInt64?, rowCount: UInt64?
    ) throws(FormatError) -> any RowMapReader

    /// Bytes of the map's columns.
    func mapBytes(indexCount: UInt64) -> UInt64
}

/// Maps row indices. Immutable; callable from any thread; allocates nothing unless a column is stored in blocks.
public protocol RowMapReader: Sendable {
    /// Replaces each row index by that of the row that stands for it, and by the zero row if none does. The zero row stays
    /// what it is.
    ///
    /// - Returns: Whether any index was left without a row.
    func map(_ rows: inout MutableSpan<UInt32>) throws(FormatError) -> Bool

    /// Adds the pages of the file that `map` will read for these row indices.
    func listPages(_ rows: Span<UInt32>, _ pages: inout PageList)

    /// Checks every entry: `verify --deep`.
    func verify() throws(FormatError)
}
