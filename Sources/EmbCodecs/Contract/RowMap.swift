public import EmbFormat

/// One way to send the row indices of an indexer to stored rows, many to one if need be (Formats/indexers, "Row maps").
///
/// An expression may have several: the first takes the indexer's row indices, the last names stored rows.
public protocol RowMap: Stage {
    /// Takes and checks the columns of a map. Reads no payload.
    ///
    /// - Parameters:
    ///   - indexCount: Row indices of the indexer.
    ///   - isFirst: Whether those are what the map takes. Behind another map a list may have any number of entries.
    ///   - rowCount: Row indices that the result may name: stored rows, or what the map further in takes.
    func open(
        _ columns: inout ColumnSet, indexCount: UInt64, isFirst: Bool, rowCount: UInt64
    ) throws(FormatError) -> any RowMapReader

    /// Bytes of the map's columns.
    func mapBytes(indexCount: UInt64) -> UInt64
}

/// Maps row indices. Immutable; callable from any thread; allocates nothing unless a column is stored in blocks.
public protocol RowMapReader: Sendable {
    /// Row indices below this are taken.
    var indexCount: UInt64 { get }

    /// Replaces each row index by that of the row that stands for it, and by the zero row if none does. The zero row stays
    /// what it is.
    ///
    /// - Returns: Whether any index was left without a row.
    func map(_ rows: inout MutableSpan<UInt32>) throws(FormatError) -> Bool

    /// Checks every entry: `verify --deep`.
    func verify() throws(FormatError)
}
