/// The first numbers of each row of a source without keys.
final class PrefixSource: RowSource {
    let shape: SourceShape
    private let base: any RowSource
    private var whole: RowTile?

    init(_ base: any RowSource, dim: Int) {
        precondition(base.shape.keys == .none && (1...base.shape.dim).contains(dim))
        self.base = base
        var shape = base.shape
        shape.dim = dim
        self.shape = shape
    }

    func rewind() throws(SourceError) { try base.rewind() }

    func next(into tile: RowTile) throws(SourceError) -> Int {
        tile.reset(for: shape)
        let whole = wholeRows(tile.capacity)
        let count = try base.next(into: whole)
        let (rows, dim, wide) = (whole.values, shape.dim, base.shape.dim)
        var values = tile.mutableValues(0..<count)
        for row in 0..<count { for i in 0..<dim { values[row * dim + i] = rows[row * wide + i] } }
        tile.commit(rows: count)
        return count
    }

    /// Memory for as many whole rows as a tile has room for.
    private func wholeRows(_ capacity: Int) -> RowTile {
        if let whole, whole.capacity == capacity { return whole }
        let made = RowTile(capacity: capacity, dim: base.shape.dim, keys: .none)
        whole = made
        return made
    }
}
