/// Keys for rows of a source that has none, delivered in step with them.
protocol KeySupply: AnyObject {
    /// The name used in messages.
    var name: String { get }
    /// `integers` or `strings`.
    var kind: KeyKind { get }
    /// The number of keys, nil when only the end tells.
    var count: UInt64? { get }

    func rewind()
    /// Adds keys until the tile has no room or `limit` were added, and tells how many.
    func next(_ limit: Int, into tile: RowTile) throws(SourceError) -> Int
    /// All keys, when the rows have come to their end.
    func countToEnd() throws(SourceError) -> UInt64
}

extension KeySupply {
    func mismatch(keys: UInt64, rows: UInt64, _ source: any RowSource) -> SourceError {
        .rowCountMismatch(file: name, found: keys, expected: rows, declaredBy: source.shape.name)
    }

    /// The rows of a key-less source under these keys.
    func keyed(rows source: any RowSource) throws(SourceError) -> any RowSource {
        guard source.shape.keys == .none else {
            throw .badOption(
                file: source.shape.name, option: "keys", found: name, expected: "none, as the file has its own keys")
        }
        if let rows = source.shape.rowCount, let count, rows != count {
            throw mismatch(keys: count, rows: rows, source)
        }
        return KeyedSource(source, keys: self)
    }
}
