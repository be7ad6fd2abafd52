internal import EmbKernels

/// A table in memory, as a source.
public final class ArraySource: RowSource {
    /// What the rows are known by.
    public enum Keys: Sendable {
        case none
        case integers([UInt64])
        case strings([[UInt8]])

        /// How many keys; 0 if there are none.
        var count: Int {
            switch self {
            case .none: 0
            case .integers(let keys): keys.count
            case .strings(let keys): keys.count
            }
        }
    }

    public let shape: SourceShape
    /// All rows, one after the other.
    private let values: [Float]
    var allValues: [Float] { values }
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
        while row * shape.dim < values.count && !tile.isFull {
            append(row: row, to: tile)
            row += 1
        }
        return tile.count
    }

    /// Adds a row and its key to a tile that is not full.
    func append(row: Int, to tile: RowTile) {
        let dim = shape.dim
        var target = tile.mutableValues(tile.count..<tile.count + 1)
        let values = self.values
        target.update(from: values.span.extracting(row * dim..<(row + 1) * dim))
        switch rowKeys {
        case .none: break
        case .integers(let keys): tile.append(key: keys[row])
        case .strings(let keys):
            let key = keys[row]
            tile.append(key: key.span)
        }
        tile.commit(rows: 1)
    }

    /// The squared Euclidean norm of a row; 0 if it has a NaN.
    func squaredNorm(_ row: Int) -> Float {
        let sum = values[row * shape.dim..<(row + 1) * shape.dim].reduce(0.0) { $0 + Double($1) * Double($1) }
        return sum.isNaN ? 0 : Float(sum)
    }
}

extension ArraySource {
    /// Reads all of a source into memory.
    convenience init(reading source: any RowSource) throws(PackError) {
        let reader = SourceReader(source)
        var values: [Float] = []
        var keys: [[UInt8]] = []
        var numbers: [UInt64] = []
        while let rows = try reader.next() {
            values.append(rows.values)
            for i in 1..<max(rows.keyOffsets.count, 1) {
                keys.append(Array(rows.keyBytes[Int(rows.keyOffsets[i - 1])..<Int(rows.keyOffsets[i])]))
            }
            if source.shape.keys == .integers { numbers += rows.integers }
        }
        try reader.rewind()
        let held: Keys =
            switch source.shape.keys {
            case .none: .none
            case .integers: .integers(numbers)
            case .strings: .strings(keys)
            }
        self.init(name: source.shape.name, values, dim: source.shape.dim, keys: held)
    }
}
