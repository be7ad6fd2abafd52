internal import EmbCodecs
internal import EmbFormat

/// A source held in memory and read in another order: row i is row `order[i]` of the source it was made from. Rows that others
/// stand for are left out.
final class OrderedSource: RowSource {
    let shape: SourceShape
    /// The row of the source that each row is.
    let order: [UInt32]
    /// The place of each row of the source, or of the row that stands for it.
    let places: [UInt32]
    /// What `dedup` stores, if rows were left out: the place of each block.
    let blocks: [UInt32]?
    private let base: ArraySource
    private var row = 0

    init(_ base: ArraySource, order: [UInt32], places: [UInt32], blocks: [UInt32]? = nil) {
        self.base = base
        self.order = order
        self.places = places
        self.blocks = blocks
        shape = SourceShape(
            name: base.shape.name, rowCount: UInt64(order.count), dim: base.shape.dim, element: base.shape.element,
            keys: base.shape.keys)
    }

    /// All rows, in the order of the source, where some are left out here.
    var whole: ArraySource? { blocks == nil ? nil : base }

    func rewind() { row = 0 }

    func next(into tile: RowTile) -> Int {
        tile.reset(for: shape)
        while row < order.count && !tile.isFull {
            base.append(row: Int(order[row]), to: tile)
            row += 1
        }
        return tile.count
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
        var places = [UInt32](repeating: 0, count: rows.count)
        for (place, row) in rows.enumerated() { places[Int(row)] = UInt32(place) }
        return OrderedSource(base, order: rows, places: places)
    }
}
