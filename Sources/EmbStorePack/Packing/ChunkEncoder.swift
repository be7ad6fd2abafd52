internal import EmbCodecs
internal import EmbKernels
import Synchronization

/// The numbers 0 ..< count, each given to the thread that is free first: the one that also reads and writes takes fewer.
private final class Turns: Sendable {
    private let taken = Atomic(0)
    private let count: Int

    init(_ count: Int) { self.count = count }

    func take() -> Int? {
        let number = taken.add(1, ordering: .relaxed).oldValue
        return number < count ? number : nil
    }
}

/// Rows that several threads read and nobody changes meanwhile.
protocol SharedNumbers: Sendable {
    var values: Span<Float> { @_lifetime(borrow self) get }
}

extension RowTile: SharedNumbers {}

extension [Float]: SharedNumbers {
    var values: Span<Float> { @_lifetime(borrow self) get { span } }
}

/// Encodes a run of embeddings and says what that cost. Immutable: chunks are encoded side by side.
struct ChunkEncoder: Sendable {
    /// Outermost first.
    let transforms: [any TransformEncoder]
    let rows: any RowEncoder
    /// Numbers in an embedding, and in a stored row.
    let dim: Int
    let storedDim: Int
    let nonFinite: NonFinitePolicy
    let storesNonFinite: Bool
    /// Whether to decode again and compare.
    let measures: Bool
    let kernels = Kernels.best

    /// The columns' bytes of a run of rows.
    struct Chunk: Sendable {
        var bytes: [[UInt8]]
        var quality = Quality()
    }

    /// Numbers in a chunk: a quarter of a MiB of floats, which stays in a core's cache from one step to the next. Fixed, so
    /// that sums over chunks do not depend on the number of threads.
    private static let chunkNumbers = 1 << 16

    /// Encodes whole rows chunk by chunk, on up to `threads` threads. The chunks come back in order.
    ///
    /// - Returns: The chunks, or the first row that was refused, counted from the first of `values`.
    func encodeTile(_ values: some SharedNumbers, threads: Int) async -> Result<[Chunk], EncodeError> {
        let rows = max(Self.chunkNumbers / dim, 1)
        let count = (values.values.count + rows * dim - 1) / (rows * dim)
        let numbers = Turns(count)
        let parts = await withTaskGroup(of: [(Int, Result<Chunk, EncodeError>)].self) { group in
            for _ in 0..<min(threads, count) {
                group.addTask {
                    var parts: [(Int, Result<Chunk, EncodeError>)] = []
                    while let number = numbers.take() {
                        parts.append((number, encode(values, from: number * rows, rows)))
                    }
                    return parts
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        return Result { () throws(EncodeError) in
            var chunks: [Chunk] = []
            for (_, part) in parts.sorted(by: { $0.0 < $1.0 }) { chunks.append(try part.get()) }
            return chunks
        }
    }

    /// The chunk of up to `count` rows from row `first` on. A refused row is counted from row 0.
    private func encode(
        _ values: some SharedNumbers, from first: Int, _ count: Int
    ) -> Result<Chunk, EncodeError> {
        do throws(EncodeError) {
            let end = min((first + count) * dim, values.values.count)
            return .success(try encode(values.values.extracting(first * dim..<end)))
        } catch {
            return .failure(EncodeError(row: first + error.row, error.refusal))
        }
    }

    private func encode(_ source: Span<Float>) throws(EncodeError) -> Chunk {
        var chunk = Chunk(bytes: rows.columns.map { _ in [] })
        if transforms.isEmpty && (storesNonFinite || nonFinite == .refuse) {
            try rows.encode(source, into: &chunk.bytes, kernels)  // which refuses what it cannot store
        } else {
            let values = try transformed(source)
            try rows.encode(values.span, into: &chunk.bytes, kernels)
        }
        if measures {
            let packed = untransformed(decode(chunk, count: source.count / dim * storedDim))
            chunk.quality.add(source, packed.span, dim: dim, kernels)
        }
        return chunk
    }

    /// The same for rows that are already what the codec stores.
    var encodingStoredRows: ChunkEncoder {
        ChunkEncoder(
            transforms: [], rows: rows, dim: storedDim, storedDim: storedDim, nonFinite: nonFinite,
            storesNonFinite: storesNonFinite, measures: false)
    }

    /// From embeddings to the rows that are stored or combined.
    func transformed(_ source: Span<Float>) throws(EncodeError) -> [Float] {
        var values = unsafe source.withUnsafeBufferPointer { unsafe Array($0) }
        if !storesNonFinite { try makeFinite(&values) }
        for transform in transforms {
            let reader = transform.reader
            var output = [Float](repeating: 0, count: values.count / reader.outputDim * reader.inputDim)
            var span = output.mutableSpan
            transform.apply(values.span, into: &span, kernels)
            values = output
        }
        return values
    }

    /// The way back, as lookups go it.
    func untransformed(_ rows: [Float]) -> [Float] {
        var values = rows
        for transform in transforms.reversed() {
            let reader = transform.reader
            var output = [Float](repeating: 0, count: values.count / reader.inputDim * reader.outputDim)
            var span = output.mutableSpan
            reader.apply(values.span, into: &span, kernels)
            values = output
        }
        return values
    }

    /// The stored rows as they will be read.
    func decode(_ chunk: Chunk, count: Int) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        var span = values.mutableSpan
        rows.decode(chunk.bytes, into: &span, kernels)
        return values
    }

    /// Refuses or replaces NaN and infinities, row by row.
    private func makeFinite(_ values: inout [Float]) throws(EncodeError) {
        for row in 0..<values.count / dim {
            let range = row * dim..<(row + 1) * dim
            // The sum of x * 0 is 0 for finite numbers and NaN otherwise: one pass without branches.
            var probe: Float = 0
            for i in range { probe += values[i] * 0 }
            guard probe.isNaN else { continue }
            guard nonFinite == .clamp else { throw EncodeError(row: row, .notFinite) }
            let finite = values[range].filter(\.isFinite)
            let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
            for i in range where !values[i].isFinite {
                values[i] = values[i].isNaN ? 0 : values[i] > 0 ? high : low
            }
        }
    }
}
