internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// Makes the encoders of a composition's transforms and row codec, with parameters that were given or are fitted here.
struct CompositionFitter {
    let composition: Composition
    /// By the names that columns have in the file: `pq.codebooks`.
    let given: [String: ColumnData]
    let rowCount: UInt64
    let frequencies: [Float]?
    let source: String
    let threads: Int
    let progress: (Double) -> Void
    private let kernels = Kernels.best

    /// Whether a stage, of those after the indexer, must be fitted.
    var needsSample: Bool {
        composition.rowStages.contains { Fitters.fitter(of: $0) != nil && !isGiven($0, given.parameters(of: $0)) }
    }

    /// Whether there is nothing to fit, as a stage has parameters: its own, not only those of stages nested in it.
    private func isGiven(_ stage: any Stage, _ parameters: [String: ColumnData]) -> Bool {
        stage.columnNames.contains { parameters[$0] != nil }
    }

    /// The transforms' encoders, outermost first.
    ///
    /// - Parameter sample: Embeddings; on return rows as the row codec gets them, before probes take their parts.
    func transforms(dim: Int, sample: inout FitSample?) throws(PackError) -> [any TransformEncoder] {
        var encoders: [any TransformEncoder] = []
        var outputDim = dim
        for (place, transform) in composition.transforms.enumerated() {
            let parameters = try self.parameters(transform, sample, following: place + 1)
            let width = outputDim
            let encoder = try expressed { () throws(ExpressionError) in
                try transform.makeEncoder(outputDim: width, parameters: parameters)
            }
            encoders.append(encoder)
            outputDim = encoder.reader.inputDim
            if sample != nil {
                sample!.values = TransformChain.encode(sample!.values, encoder, kernels)
                sample!.dim = outputDim
            }
        }
        return encoders
    }

    /// The row codec's encoder.
    ///
    /// - Parameter sample: Stored rows.
    func rows(_ shape: StoredShape, sample: FitSample?) throws(PackError) -> any RowEncoder {
        let codec = composition.rowCodec
        let parameters = try self.parameters(codec, sample, following: composition.rowStages.count)
        return try expressed { () throws(ExpressionError) in
            try codec.makeEncoder(shape: shape, parameters: parameters)
        }
    }

    private func parameters(
        _ stage: any Stage, _ sample: FitSample?, following: Int
    ) throws(PackError) -> [String: ColumnData] {
        let given = self.given.parameters(of: stage)
        guard !isGiven(stage, given), let fitter = Fitters.fitter(of: stage) else { return given }
        guard let sample else {
            throw .plan(
                source: source, field: "parameters of \(type(of: stage).name)", found: "none",
                expected: "imported ones, as the rows were made elsewhere")
        }
        let request = FitRequest(
            stage: stage, given: given, sample: sample, following: Array(composition.rowStages.dropFirst(following)),
            rowCount: rowCount, frequencies: frequencies, source: source, threads: threads, kernels: kernels,
            progress: progress)
        let columns = try fitter.fit(request)
        return Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func expressed<Result>(_ body: () throws(ExpressionError) -> Result) throws(PackError) -> Result {
        do throws(ExpressionError) { return try body() } catch { throw .expression(error) }
    }
}

extension FitRequest {
    /// The encoders of a composition inside the stage, given or fitted to a part of its sample.
    func nested(
        _ composition: Composition, given: [String: ColumnData] = [:], rowCount: UInt64, sample: FitSample
    ) throws(PackError) -> (transforms: [any TransformEncoder], rows: any RowEncoder) {
        let fitter = CompositionFitter(
            composition: composition, given: given, rowCount: rowCount, frequencies: nil, source: source,
            threads: threads, progress: progress)
        var inner: FitSample? = sample
        let transforms = try fitter.transforms(dim: sample.dim, sample: &inner)
        let shape = StoredShape(rowCount: rowCount, dim: inner!.dim)
        return (transforms, try fitter.rows(shape, sample: inner))
    }
}
