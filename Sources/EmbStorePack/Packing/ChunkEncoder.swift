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

    /// - Throws: `EncodeError` with the row counted from the first of `values`.
    func encode(_ source: [Float]) throws(EncodeError) -> Chunk {
        let values = try transformed(source)
        var chunk = Chunk(bytes: rows.columns.map { _ in [] })
        try rows.encode(values.span, into: &chunk.bytes, kernels)
        if measures {
            let packed = untransformed(decode(chunk, count: values.count))
            chunk.quality.add(source.span, packed.span, dim: dim, kernels)
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
