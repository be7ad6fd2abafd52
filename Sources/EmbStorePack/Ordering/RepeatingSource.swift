internal import EmbCodecs

/// A source of one number a row, followed by some of its rows once more: the array of `robe` as it is stored
/// (Formats/indexers/robe.md, "Rows").
final class RepeatingSource: RowSource {
    let shape: SourceShape
    private let base: any RowSource
    /// The rows that are repeated, in this order, and where each row that is wanted stands there.
    private let places: [UInt64]
    private let wanted: [UInt64: [Int]]
    private var repeated: [Float]
    private var row: UInt64 = 0
    private var delivered = 0

    /// - Parameter places: Rows of `base`, which has one number a row and no keys.
    init(_ base: any RowSource, repeating places: [UInt64]) {
        self.base = base
        self.places = places
        wanted = Dictionary(places.enumerated().map { ($0.element, [$0.offset]) }, uniquingKeysWith: +)
        repeated = [Float](repeating: 0, count: places.count)
        shape = SourceShape(
            name: base.shape.name, rowCount: base.shape.rowCount.map { $0 + UInt64(places.count) }, dim: base.shape.dim,
            element: base.shape.element, keys: base.shape.keys)
    }

    func rewind() throws(SourceError) {
        try base.rewind()
        (row, delivered) = (0, 0)
    }

    func next(into tile: RowTile) throws(SourceError) -> Int {
        let count = try base.next(into: tile)
        guard count == 0 else {
            keep(tile.values)
            return count
        }
        tile.reset(for: shape)
        let rest = min(tile.capacity, repeated.count - delivered)
        var values = tile.mutableValues(0..<rest)
        for i in 0..<rest { values[i] = repeated[delivered + i] }
        tile.commit(rows: rest)
        delivered += rest
        return rest
    }

    private func keep(_ values: Span<Float>) {
        for i in values.indices {
            if let places = wanted[row] { for place in places { repeated[place] = values[i] } }
            row += 1
        }
    }
}
