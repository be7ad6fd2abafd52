internal import EmbCodecs

/// A source as packing sees it: tiles of rows without the duplicates, and their ids.
final class SourceReader {
    let source: any RowSource
    /// Filled in turn: one can be encoded while the other is read.
    private let tiles: [RowTile]
    private var tilesFilled = 0
    /// Source rows to leave out, ascending.
    private var dropped: [UInt64] = []
    private var position: UInt64 = 0

    /// Rows of one tile that are kept. The values are overwritten by the call of `next` after the next.
    struct Rows {
        /// Holds the values; its keys are in the arrays here.
        let tile: RowTile
        /// String keys, one after the other, with offsets; or integer keys; or neither.
        var keyBytes: [UInt8] = []
        var keyOffsets: [UInt64] = [0]
        var integers: [UInt64] = []
        /// The source's number of the first row of the tile, and which rows of the tile were kept if not all.
        private let first: UInt64
        private let kept: [Int]?

        init(_ tile: RowTile, first: UInt64, kept: [Int]?) {
            (self.tile, self.first, self.kept) = (tile, first, kept)
        }

        var count: Int { tile.count }

        /// The values, layout (count, dim).
        var values: Span<Float> {
            @_lifetime(borrow self) get { tile.values }
        }

        /// The source's number of a row, for messages.
        func sourceRow(of row: Int) -> UInt64 { first + UInt64(kept?[row] ?? row) }

        func withIDs<Result, E: Error>(_ body: (IDs) throws(E) -> Result) throws(E) -> Result {
            keyOffsets.count > 1
                ? try unsafe body(.byteStrings(ByteStrings(keyBytes.span.bytes, offsets: keyOffsets.span)))
                : try body(.uint64(integers.span))
        }
    }

    init(_ source: any RowSource, tileBytes: Int = 8 << 20) {
        self.source = source
        tiles = (0..<2).map { _ in RowTile(for: source.shape, byteBudget: tileBytes) }
    }

    var droppedCount: UInt64 { UInt64(dropped.count) }

    func rewind() throws(PackError) {
        position = 0
        do throws(SourceError) { try source.rewind() } catch { throw .source(error) }
    }

    /// The next rows, at least one, or nil at the end. Rows without keys have their number among the kept as an integer id.
    func next() throws(PackError) -> Rows? {
        while true {
            let tile = tiles[tilesFilled % tiles.count]
            let count: Int
            do throws(SourceError) { count = try source.next(into: tile) } catch { throw .source(error) }
            guard count > 0 else { return nil }
            let kept = keptRows(count)
            var rows = Rows(tile, first: position, kept: kept)
            appendIDs(kept ?? Array(0..<count), of: tile, to: &rows)
            if let kept { tile.keepValues(of: kept) }
            position += UInt64(count)
            if rows.count > 0 {
                tilesFilled += 1
                return rows
            }
        }
    }

    /// The number among the kept of row `row` of the source; nil if it is dropped.
    func keptNumber(of row: UInt64) -> UInt64? {
        let earlier = dropped.partition { $0 >= row }
        return earlier < dropped.count && dropped[earlier] == row ? nil : row - UInt64(earlier)
    }

    /// Rows of the tile that are not dropped, nil if none is.
    private func keptRows(_ count: Int) -> [Int]? {
        guard !dropped.isEmpty else { return nil }
        var gone = Set<Int>()
        let first = dropped.partition { $0 >= position }
        for row in dropped[first...] where row < position + UInt64(count) { gone.insert(Int(row - position)) }
        return (0..<count).filter { !gone.contains($0) }
    }

    private func appendIDs(_ kept: [Int], of tile: RowTile, to rows: inout Rows) {
        let firstKept = position - UInt64(dropped.partition { $0 >= position })
        switch tile.keys {
        case .none: rows.integers = kept.indices.map { firstKept + UInt64($0) }
        case .integers:
            let keys = tile.integerKeys
            for row in kept { rows.integers.append(keys[row]) }
        case .strings:
            for row in kept {
                let key = tile.key(row)
                for i in key.indices { rows.keyBytes.append(key[i]) }
                rows.keyOffsets.append(UInt64(rows.keyBytes.count))
            }
        }
    }
}

extension SourceReader {
    /// Goes through the source once to count its rows, and to find those whose keys come more than once.
    func survey(_ policy: DuplicatePolicy, _ progress: (UInt64) -> Void) throws(PackError) -> UInt64 {
        var seen: [[UInt8]: UInt64] = [:]
        var seenIntegers: [UInt64: UInt64] = [:]
        var found: [UInt64] = []
        var row: UInt64 = 0
        let keys = source.shape.keys
        while let rows = try next() {
            let count = rows.count
            for i in 0..<count where policy != .error && keys != .none {
                let earlier: UInt64?
                if keys == .integers {
                    earlier = seenIntegers.updateValue(row + UInt64(i), forKey: rows.integers[i])
                } else {
                    let key = Array(rows.keyBytes[Int(rows.keyOffsets[i])..<Int(rows.keyOffsets[i + 1])])
                    earlier = seen.updateValue(row + UInt64(i), forKey: key)
                }
                if let earlier { found.append(policy == .last ? earlier : row + UInt64(i)) }
            }
            row += UInt64(count)
            progress(row)
        }
        try rewind()
        dropped = found.sorted()
        return row - UInt64(dropped.count)
    }
}

extension [UInt64] {
    /// The first index whose element satisfies `belongsAfter`, in an ascending array.
    fileprivate func partition(_ belongsAfter: (UInt64) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongsAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
