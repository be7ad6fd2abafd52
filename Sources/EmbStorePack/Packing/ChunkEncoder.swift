internal import EmbCodecs
internal import EmbKernels

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
    func encodeTile(_ values: [Float], threads: Int) async -> Result<[Chunk], EncodeError> {
        let rows = max(Self.chunkNumbers / dim, 1)
        let count = (values.count + rows * dim - 1) / (rows * dim)
        let threads = min(threads, count)
        let parts = await withTaskGroup(of: [(Int, Result<Chunk, EncodeError>)].self) { group in
            for thread in 0..<threads {
                group.addTask {
                    stride(from: thread, to: count, by: threads).map { number in
                        (number, encode(values, from: number * rows, rows))
                    }
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
    private func encode(_ values: [Float], from first: Int, _ count: Int) -> Result<Chunk, EncodeError> {
        do throws(EncodeError) {
            let end = min((first + count) * dim, values.count)
            return .success(try encode(values.span.extracting(first * dim..<end)))
        } catch {
            return .failure(EncodeError(row: first + error.row, error.refusal))
        }
    }

    private func encode(_ source: Span<Float>) throws(EncodeError) -> Chunk {
        var chunk = Chunk(bytes: rows.columns.map { _ in [] })
        if transforms.isEmpty && (storesNonFinite || nonFinite == .refuse) {
            try rows.encode(source, into: &chunk.bytes, kernels)  // which refuses what it cannot store
        } else {
            let values = try transformed(unsafe source.withUnsafeBufferPointer { unsafe Array($0) })
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
    func transformed(_ source: [Float]) throws(EncodeError) -> [Float] {
        var values = source
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
