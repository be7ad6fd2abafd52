internal import EmbCodecs

/// A source as packing sees it: tiles of rows without the duplicates, and their ids.
final class SourceReader {
    let source: any RowSource
    private let tile: RowTile
    /// Source rows to leave out, ascending.
    private var dropped: [UInt64] = []
    private var position: UInt64 = 0
    /// Rows come in multiples of this many, but for the last.
    var blockRows = 1
    /// Rows read but not given out yet, fewer than `blockRows`.
    private var waiting: Rows?

    /// Rows of one tile that are kept.
    struct Rows {
        var values: [Float] = []
        /// String keys, one after the other, with offsets; or integer keys; or neither.
        var keyBytes: [UInt8] = []
        var keyOffsets: [UInt64] = [0]
        var integers: [UInt64] = []
        /// The source's numbers of the rows, ascending, for messages.
        var sourceRows: [UInt64] = []

        func withIDs<Result, E: Error>(_ body: (IDs) throws(E) -> Result) throws(E) -> Result {
            keyOffsets.count > 1
                ? try unsafe body(.byteStrings(ByteStrings(keyBytes.span.bytes, offsets: keyOffsets.span)))
                : try body(.uint64(integers.span))
        }
    }

    init(_ source: any RowSource, tileBytes: Int = 8 << 20) {
        self.source = source
        tile = RowTile(for: source.shape, byteBudget: tileBytes)
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
        var rows = waiting ?? Rows()
        waiting = nil
        while let tile = try nextTile() {
            rows.append(tile, dim: source.shape.dim)
            let whole = rows.sourceRows.count / blockRows * blockRows
            guard whole > 0 else { continue }
            if whole < rows.sourceRows.count { waiting = rows.cut(at: whole, dim: source.shape.dim) }
            return rows
        }
        return rows.sourceRows.isEmpty ? nil : rows
    }

    private func nextTile() throws(PackError) -> Rows? {
        while true {
            let count: Int
            do throws(SourceError) { count = try source.next(into: tile) } catch { throw .source(error) }
            guard count > 0 else { return nil }
            let kept = keptRows(count)
            let first = position
            var rows = Rows(sourceRows: kept.map { first + UInt64($0) })
            append(kept, count, to: &rows)
            position += UInt64(count)
            if !kept.isEmpty { return rows }
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

    private func append(_ kept: [Int], _ count: Int, to rows: inout Rows) {
        let tile = self.tile
        let dim = tile.dim
        let values = tile.values
        rows.values.reserveCapacity(kept.count * dim)
        if kept.count == count {
            unsafe values.withUnsafeBufferPointer { unsafe rows.values.append(contentsOf: $0) }
        } else {
            for row in kept { for j in 0..<dim { rows.values.append(values[row * dim + j]) } }
        }
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
        while let rows = try next() {
            let count = rows.values.count / tile.dim
            for i in 0..<count where policy != .error && tile.keys != .none {
                let earlier: UInt64?
                if tile.keys == .integers {
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
    /// Adds the rows of another run.
    fileprivate mutating func append(_ other: SourceReader.Rows, dim: Int) {
        guard !sourceRows.isEmpty else { return self = other }
        values += other.values
        let start = UInt64(keyBytes.count)
        keyBytes += other.keyBytes
        keyOffsets += other.keyOffsets.dropFirst().map { start + $0 }
        integers += other.integers
        sourceRows += other.sourceRows
    }

    /// Keeps the first `count` rows and returns the others.
    fileprivate mutating func cut(at count: Int, dim: Int) -> SourceReader.Rows {
        var rest = SourceReader.Rows()
        rest.values = Array(values[(count * dim)...])
        values.removeSubrange((count * dim)...)
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
