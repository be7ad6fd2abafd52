/// A table in memory, as a source.
public final class ArraySource: RowSource {
    /// What the rows are known by.
    public enum Keys: Sendable {
        case none
        case integers([UInt64])
        case strings([[UInt8]])
    }

    public let shape: SourceShape
    private let values: [Float]
    private let rowKeys: Keys
    private var row = 0

    /// - Parameters:
    ///   - name: For messages.
    ///   - values: Rows of `dim` numbers, one after the other.
    ///   - keys: One per row, or none.
    public init(name: String, _ values: [Float], dim: Int, keys: Keys = .none) {
        let rowCount = values.count / dim
        precondition(rowCount * dim == values.count, "a last row without all its numbers")
        let kind: KeyKind
        switch keys {
        case .none: kind = .none
        case .integers(let keys):
            precondition(keys.count == rowCount)
            kind = .integers
        case .strings(let keys):
            precondition(keys.count == rowCount && keys.allSatisfy { $0.count <= SourceLimits.keyBytes })
            kind = .strings
        }
        shape = SourceShape(name: name, tableName: nil, rowCount: UInt64(rowCount), dim: dim, element: .f32, keys: kind)
        self.values = values
        rowKeys = keys
    }

    public func rewind() { row = 0 }

    public func next(into tile: RowTile) -> Int {
        tile.reset(for: shape)
        let dim = shape.dim
        while row * dim < values.count && !tile.isFull {
            var target = tile.mutableValues(tile.count..<tile.count + 1)
            for j in 0..<dim { target[j] = values[row * dim + j] }
            switch rowKeys {
            case .none: break
            case .integers(let keys): tile.append(key: keys[row])
            case .strings(let keys):
                let key = keys[row]
                tile.append(key: key.span)
            }
            tile.commit(rows: 1)
            row += 1
        }
        return tile.count
    }
}
