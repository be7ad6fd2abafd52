internal import EmbCodecs
internal import EmbFormat

/// A source held in memory and read in another order: row i is row `order[i]` of the source it was made from.
final class OrderedSource: RowSource {
    let shape: SourceShape
    /// The row of the source that each row is.
    let order: [UInt32]
    private let base: ArraySource
    private var row = 0

    private init(_ base: ArraySource, _ shape: SourceShape, order: [UInt32]) {
        self.base = base
        self.shape = shape
        self.order = order
    }

    func rewind() { row = 0 }

    func next(into tile: RowTile) -> Int {
        tile.reset(for: shape)
        while row < order.count && !tile.isFull {
            base.append(row: Int(order[row]), to: tile)
            row += 1
        }
        return tile.count
    }

    /// The place of each row of the source.
    var places: [UInt32] {
        var places = [UInt32](repeating: 0, count: order.count)
        for (place, row) in order.enumerated() { places[Int(row)] = UInt32(place) }
        return places
    }
}

extension OrderedSource {
    /// Reads all of `source` and orders it. Rows that compare equal keep their order.
    ///
    /// - Parameter frequencies: One per row; needed by order `frequency`.
    static func read(
        _ source: any RowSource, _ order: RowOrder, frequencies: [Float]?
    ) throws(PackError) -> OrderedSource {
        let base = try ArraySource(reading: source)
        let count = Int(base.shape.rowCount ?? 0)
        let keys: [Float]
        switch order {
        case .source: keys = []
        case .norm: keys = (0..<count).map(base.squaredNorm)
        case .frequency:
            guard let frequencies, frequencies.count == count else {
                throw .plan(
                    source: source.shape.name, field: "frequencies", found: "\(frequencies?.count ?? 0)",
                    expected: "one for each of \(count) rows, to store them in the order of frequency")
            }
            keys = frequencies
        }
        var rows = (0..<UInt32(count)).map { $0 }
        if order != .source {
            rows.sort { (keys[Int($0)], $1) > (keys[Int($1)], $0) }
        }
        return OrderedSource(base, base.shape, order: rows)
    }
}
