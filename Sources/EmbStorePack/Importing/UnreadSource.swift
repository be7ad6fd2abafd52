/// So many rows of which nobody wants to know the numbers, as all columns are given: they are zeros.
final class UnreadSource: RowSource {
    let shape: SourceShape
    private var row: UInt64 = 0

    init(name: String, rowCount: UInt64, dim: Int) {
        shape = SourceShape(name: name, tableName: nil, rowCount: rowCount, dim: dim, element: .f32, keys: .none)
    }

    func rewind() { row = 0 }

    func next(into tile: RowTile) -> Int {
        tile.reset(for: shape)
        let count = Int(min(UInt64(tile.capacity), (shape.rowCount ?? 0) - row))
        var numbers = tile.mutableValues(0..<count)
        for i in numbers.indices { numbers[i] = 0 }
        tile.commit(rows: count)
        row += UInt64(count)
        return count
    }
}
