internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels
internal import Synchronization

/// Which row index of the indexer reads each stored row, where row maps stand between them: the lowest, or none. Made by the
/// first search, 4 bytes a stored row.
final class ReadBy: Sendable {
    let indices: [UInt32]

    init(_ pipeline: Pipeline, indexCount: UInt64, rowCount: Int) throws(FormatError) {
        var indices = [UInt32](repeating: RowList.zeroRow, count: rowCount)
        var run: [UInt32] = []
        for first in stride(from: 0, to: Int(indexCount), by: 4096) {
            run = (first..<min(first + 4096, Int(indexCount))).map { UInt32($0) }
            var span = run.mutableSpan
            for map in pipeline.rowMaps { _ = try map.map(&span) }
            for i in run.indices where run[i] != RowList.zeroRow {
                indices[Int(run[i])] = min(indices[Int(run[i])], UInt32(first + i))
            }
        }
        self.indices = indices
    }
}

/// A `ReadBy` made on demand. Threads that come first at the same time may each make one; one is kept.
final class LazyReadBy: Sendable {
    private let made = AtomicLazyReference<ReadBy>()

    func value(_ pipeline: Pipeline, indexCount: UInt64, rowCount: Int) throws(FormatError) -> ReadBy {
        if let made = made.load() { return made }
        return made.storeIfNil(try ReadBy(pipeline, indexCount: indexCount, rowCount: rowCount))
    }
}

extension EmbeddingTable {
    /// For each stored row the row index that reads it, the lowest if there are several, `noRow` if none; nil if no row maps
    /// stand between them, so that each is its own. O(ids); 4 bytes a stored row.
    public func readersOfRows() throws(LookupError) -> [UInt32]? {
        guard !pipeline.rowMaps.isEmpty else { return nil }
        do throws(FormatError) {
            return try readBy.value(pipeline, indexCount: idCount, rowCount: Int(rowCount)).indices
        } catch {
            throw .corrupt(table: name, error)
        }
    }

    /// Stored rows `first ..< first + count` as numbers, decoded but not transformed.
    public func storedRows(_ first: UInt64, count: Int) throws(LookupError) -> [Float] {
        precondition(first + UInt64(count) <= rowCount)
        let list = (0..<count).map { UInt32(first) + UInt32($0) }
        var numbers = [Float](repeating: 0, count: count * rows.dim)
        var span = numbers.mutableSpan
        do throws(FormatError) {
            try rows.gather(
                RowList(list.span, count: count), into: &span, outStride: rows.dim, dims: rows.dim, Workspace())
        } catch {
            throw .corrupt(table: name, error)
        }
        return numbers
    }
}
