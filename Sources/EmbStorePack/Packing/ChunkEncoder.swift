internal import EmbCodecs
internal import EmbKernels

/// Encodes a run of embeddings and says what that cost. Immutable: chunks are encoded side by side.
struct ChunkEncoder: Sendable {
    let transforms: TransformChain
    let rows: any RowEncoder
    /// Numbers in a stored row.
    let storedDim: Int
    /// Whether to decode again and compare.
    let measures: Bool
    /// How often each stored row is asked for, for the error as traffic sees it; nil if nobody knows.
    let frequencies: [Float]?
    let kernels = Kernels.best

    /// The columns' bytes of a run of rows.
    struct Chunk: Sendable {
        var bytes: [[UInt8]]
        let rowCount: Int
        var quality = Quality()
    }

    /// Numbers in a chunk: a quarter of a MiB of floats, which stays in a core's cache from one step to the next. Fixed, so
    /// that sums over chunks do not depend on the number of threads.
    private static let chunkNumbers = 1 << 16

    /// Encodes whole rows chunk by chunk, on up to `threads` threads. The chunks come back in order.
    ///
    /// - Returns: The chunks, or the first row that was refused, counted from the first of `values`.
    func encodeTile(
        _ values: some SharedNumbers, firstRow: UInt64, threads: Int
    ) async -> Result<[Chunk], EncodeError> {
        let dim = transforms.dim
        let rows = chunkRows
        let count = (values.values.count + rows * dim - 1) / (rows * dim)
        let numbers = Turns(count)
        let parts = await withTaskGroup(of: [(Int, Result<Chunk, EncodeError>)].self) { group in
            for _ in 0..<min(threads, count) {
                group.addTask {
                    var parts: [(Int, Result<Chunk, EncodeError>)] = []
                    while let number = numbers.take() {
                        parts.append((number, encode(values, firstRow: firstRow, from: number * rows, rows)))
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

    /// Rows of a chunk: a multiple of what the codec encodes together.
    private var chunkRows: Int { max(Self.chunkNumbers / transforms.dim / rows.blockRows, 1) * rows.blockRows }

    /// The chunk of up to `count` rows from row `first` on. A refused row is counted from row 0.
    private func encode(
        _ values: some SharedNumbers, firstRow: UInt64, from first: Int, _ count: Int
    ) -> Result<Chunk, EncodeError> {
        do throws(EncodeError) {
            let dim = transforms.dim
            let end = min((first + count) * dim, values.values.count)
            return .success(try encode(values.values.extracting(first * dim..<end), firstRow + UInt64(first)))
        } catch {
            return .failure(EncodeError(row: first + error.row, error.refusal))
        }
    }

    private func encode(_ source: Span<Float>, _ firstRow: UInt64) throws(EncodeError) -> Chunk {
        var chunk = Chunk(bytes: rows.columns.map { _ in [] }, rowCount: source.count / transforms.dim)
        if transforms.isIdentity {
            // The codec itself refuses what it cannot store.
            try rows.encode(source, firstRow: firstRow, into: &chunk.bytes, kernels)
        } else {
            let values = try transforms.encode(source)
            try rows.encode(values.span, firstRow: firstRow, into: &chunk.bytes, kernels)
        }
        if measures {
            let dim = transforms.dim
            let packed = transforms.decode(decode(chunk, firstRow, count: source.count / dim * storedDim))
            chunk.quality.add(source, packed.span, dim: dim, weights: frequencies?.weights(from: firstRow), kernels)
        }
        return chunk
    }

    /// The same for rows that are already what the codec stores.
    var encodingStoredRows: ChunkEncoder {
        let none = TransformChain(
            encoders: [], dim: storedDim, nonFinite: transforms.nonFinite, passesNonFinite: transforms.passesNonFinite)
        return ChunkEncoder(transforms: none, rows: rows, storedDim: storedDim, measures: false, frequencies: nil)
    }

    /// Embeddings as they will be read, of chunks from row `firstRow` on.
    func embeddings(_ chunks: [Chunk], firstRow: UInt64) -> [Float] {
        var values: [Float] = []
        var row = firstRow
        for chunk in chunks {
            values += transforms.decode(decode(chunk, row, count: chunk.rowCount * storedDim))
            row += UInt64(chunk.rowCount)
        }
        return values
    }

    /// Stored rows as they will be read, of all chunks of a table.
    func decodeAll(_ chunks: [Chunk]) -> [Float] {
        var values: [Float] = []
        for chunk in chunks {
            values += decode(chunk, UInt64(values.count / storedDim), count: chunk.rowCount * storedDim)
        }
        return values
    }

    private func decode(_ chunk: Chunk, _ firstRow: UInt64, count: Int) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        var span = values.mutableSpan
        rows.decode(chunk.bytes, firstRow: firstRow, into: &span, kernels)
        return values
    }
}

extension [Float] {
    /// The weights of rows from row `first` on.
    func weights(from first: UInt64) -> ArraySlice<Float> { self[Int(first)...] }
}
