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
    /// Rows come in multiples of this many, but for the last.
    var blockRows = 1
    /// Rows read but not given out yet, fewer than `blockRows`.
    private var waiting: Rows?

    /// Rows of one tile that are kept. Their values are overwritten by the call of `next` after the next.
    struct Rows {
        /// Holds the values; keys are in the arrays here.
        fileprivate(set) var tile: RowTile
        /// String keys, one after the other, with offsets; or integer keys; or neither.
        var keyBytes: [UInt8] = []
        var keyOffsets: [UInt64] = [0]
        var integers: [UInt64] = []
        /// The source's numbers of the rows, ascending, for messages.
        var sourceRows: [UInt64] = []

        var count: Int { tile.count }

        /// Layout (count, dim).
        var values: Span<Float> {
            @_lifetime(borrow self) get { tile.values }
        }

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
        waiting = nil
        do throws(SourceError) { try source.rewind() } catch { throw .source(error) }
    }

    /// The next rows, at least one, or nil at the end. Rows without keys have their number among the kept as an integer id.
    func next() throws(PackError) -> Rows? {
        guard blockRows > 1 else { return try nextTile() }
        var held = waiting
        waiting = nil
        while let more = try nextTile() {
            var rows = held?.joined(with: more) ?? more
            let whole = rows.count / blockRows * blockRows
            if whole < rows.count { waiting = rows.cut(at: whole) }
            if whole > 0 { return rows }
            (held, waiting) = (waiting, nil)
        }
        return held
    }

    private func nextTile() throws(PackError) -> Rows? {
        while true {
            let tile = tiles[tilesFilled % tiles.count]
            let count: Int
            do throws(SourceError) { count = try source.next(into: tile) } catch { throw .source(error) }
            guard count > 0 else { return nil }
            let kept = keptRows(count)
            let first = position
            var rows = Rows(tile: tile, sourceRows: kept.map { first + UInt64($0) })
            appendIDs(kept, of: tile, to: &rows)
            if kept.count < count { tile.keepValues(of: kept) }
            position += UInt64(count)
            guard !kept.isEmpty else { continue }
            tilesFilled += 1
            return rows
        }
    }

    /// The number among the kept of row `row` of the source; nil if it is dropped.
    func keptNumber(of row: UInt64) -> UInt64? {
        let earlier = dropped.partition { $0 >= row }
        return earlier < dropped.count && dropped[earlier] == row ? nil : row - UInt64(earlier)
    }

    /// Rows of the tile that are not dropped.
    private func keptRows(_ count: Int) -> [Int] {
        guard !dropped.isEmpty else { return Array(0..<count) }
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

extension SourceReader.Rows {
    /// These rows and those of another run, in a tile of their own.
    fileprivate func joined(with other: SourceReader.Rows) -> SourceReader.Rows {
        var both = self
        both.tile = RowTile(capacity: count + other.count, dim: tile.dim, keys: .none)
        both.tile.append(rows: 0..<count, of: tile)
        both.tile.append(rows: 0..<other.count, of: other.tile)
        let start = UInt64(keyBytes.count)
        both.keyBytes += other.keyBytes
        both.keyOffsets += other.keyOffsets.dropFirst().map { start + $0 }
        both.integers += other.integers
        both.sourceRows += other.sourceRows
        return both
    }

    /// Keeps the first `count` rows and returns the others, at least one, in a tile of their own.
    fileprivate mutating func cut(at count: Int) -> SourceReader.Rows {
        var rest = SourceReader.Rows(tile: RowTile(capacity: self.count - count, dim: tile.dim, keys: .none))
        rest.tile.append(rows: count..<self.count, of: tile)
        tile.keepValues(of: Array(0..<count))
        if keyOffsets.count > 1 {
            let start = keyOffsets[count]
            rest.keyBytes = Array(keyBytes[Int(start)...])
            rest.keyOffsets = keyOffsets[count...].map { $0 - start }
            keyBytes.removeSubrange(Int(start)...)
            keyOffsets.removeSubrange((count + 1)...)
        }
        if !integers.isEmpty {
            rest.integers = Array(integers[count...])
            integers.removeSubrange(count...)
        }
        rest.sourceRows = Array(sourceRows[count...])
        sourceRows.removeSubrange(count...)
        return rest
    }
}
