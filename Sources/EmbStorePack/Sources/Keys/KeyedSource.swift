/// The rows of one source under keys from elsewhere.
///
/// When the keys of a tile's worth of rows do not all fit into a tile, the rows without wait in a tile of their own.
final class KeyedSource: RowSource {
    let shape: SourceShape
    private let source: any RowSource
    private let keys: any KeySupply
    private var rows: RowTile?
    /// Rows of `rows` that were delivered.
    private var used = 0
    private var position: UInt64 = 0

    init(_ source: any RowSource, keys: any KeySupply) {
        self.source = source
        self.keys = keys
        var shape = source.shape
        shape.keys = keys.kind
        self.shape = shape
    }

    func rewind() throws(SourceError) {
        try source.rewind()
        keys.rewind()
        (rows, used, position) = (nil, 0, 0)
    }

    func next(into tile: RowTile) throws(SourceError) -> Int {
        tile.reset(for: shape)
        let rows = try refilled(capacity: tile.capacity)
        let wanted = min(rows.count - used, tile.capacity)
        guard wanted > 0 else {
            try finish()
            return 0
        }
        let added = try keys.next(wanted, into: tile)
        guard added == wanted || !tile.hasKeyRoom else { throw try mismatch() }
        tile.append(rows: used..<used + added, of: rows)
        used += added
        position += UInt64(added)
        return added
    }

    /// The tile of rows without keys, with undelivered rows in it unless the source has ended.
    private func refilled(capacity: Int) throws(SourceError) -> RowTile {
        let rows = rows ?? RowTile(capacity: capacity, dim: shape.dim, keys: .none)
        self.rows = rows
        if used == rows.count {
            _ = try source.next(into: rows)
            used = 0
        }
        return rows
    }

    /// There are fewer keys than rows: counts both to the end.
    private func mismatch() throws(SourceError) -> SourceError {
        let found = try keys.countToEnd()
        guard let rows else { return keys.mismatch(keys: found, rows: position, source) }
        var total = position + UInt64(rows.count - used)
        while try source.next(into: rows) > 0 { total += UInt64(rows.count) }
        return keys.mismatch(keys: found, rows: total, source)
    }

    private func finish() throws(SourceError) {
        rows = nil
        used = 0
        let found = try keys.countToEnd()
        guard found == position else { throw keys.mismatch(keys: found, rows: position, source) }
    }
}
