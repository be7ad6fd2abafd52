internal import EmbCodecs
internal import EmbKernels

/// The way from embeddings to the rows that are stored or combined, and back. Immutable: callable from any thread.
struct TransformChain: Sendable {
    /// Outermost first.
    let encoders: [any TransformEncoder]
    /// Numbers in an embedding.
    let dim: Int
    let nonFinite: NonFinitePolicy
    /// Whether NaN and infinities may pass.
    let passesNonFinite: Bool
    let kernels = Kernels.best

    /// Whether embeddings come out as they went in.
    var isIdentity: Bool { encoders.isEmpty && (passesNonFinite || nonFinite == .refuse) }

    /// From embeddings to rows.
    func encode(_ source: Span<Float>) throws(EncodeError) -> [Float] {
        var values: [Float] = []
        values.append(source)
        if !passesNonFinite { try makeFinite(&values) }
        for encoder in encoders { values = Self.encode(values, encoder, kernels) }
        return values
    }

    /// One step of the way.
    static func encode(_ values: [Float], _ encoder: any TransformEncoder, _ kernels: Kernels) -> [Float] {
        let reader = encoder.reader
        var output = [Float](repeating: 0, count: values.count / reader.outputDim * reader.inputDim)
        var span = output.mutableSpan
        encoder.apply(values.span, into: &span, kernels)
        return output
    }

    /// The way back, as lookups go it.
    func decode(_ rows: [Float]) -> [Float] {
        var values = rows
        for encoder in encoders.reversed() {
            let reader = encoder.reader
            var output = [Float](repeating: 0, count: values.count / reader.inputDim * reader.outputDim)
            var span = output.mutableSpan
            reader.apply(values.span, into: &span, kernels)
            values = output
        }
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
