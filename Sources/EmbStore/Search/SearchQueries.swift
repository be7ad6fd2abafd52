internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// The queries of one call, ready to meet a table: at full length for embeddings, pulled back through as many transforms as
/// let them for stored rows (Formats/search.md, "Scores of a table").
struct SearchQueries: Sendable {
    let metric: Metric
    let count: Int
    /// As given, or of length 1 for `cosine`; zeros in the place of a query that is not finite.
    let whole: ScoreQueries
    private let finite: [Bool]
    /// What is added to the scores of stored rows, one transform's terms after the other's.
    let terms: [[Float]]
    /// Of stored rows; nil if ids are not such rows: their embeddings meet `kernelQueries` then.
    let scorer: (any RowScorer)?
    let kernelQueries: KernelQueries?

    /// - Parameter queries: A whole number of queries of the table's dim.
    init(_ queries: Span<Float>, _ metric: Metric, _ pipeline: Pipeline) throws(FormatError) {
        let dim = pipeline.dim
        self.metric = metric
        count = queries.count / dim
        var values = [Float](repeating: 0, count: queries.count)
        var finite = [Bool](repeating: true, count: count)
        for q in 0..<count {
            for j in q * dim..<(q + 1) * dim where !queries[j].isFinite { finite[q] = false }
            for j in q * dim..<(q + 1) * dim where finite[q] { values[j] = queries[j] }
        }
        self.finite = finite
        if metric == .cosine { Self.bringToLength1(&values, dim) }
        whole = ScoreQueries(values, dim: dim, metric: metric)
        guard pipeline.scoresStoredRows else {
            (scorer, terms, kernelQueries) = (nil, [], KernelQueries(values.span, dim: dim))
            return
        }
        (scorer, terms) = try Self.prepare(whole, pipeline)
        kernelQueries = nil
    }

    /// Whether query `q` has neither NaN nor infinity: else all its scores are NaN.
    func isFinite(_ q: Int) -> Bool { finite[q] }

    /// The score of a row of zeros with query `q`, terms included.
    func zeroScore(_ q: Int) -> Float {
        guard metric == .l2 else { return 0 }
        return KernelQueries.dot(whole.query(q), whole.query(q))
    }

    private static func bringToLength1(_ values: inout [Float], _ dim: Int) {
        for q in 0..<values.count / dim {
            let range = q * dim..<(q + 1) * dim
            let square = KernelQueries.dot(values[range], values[range])
            let inverse = square == 0 ? 0 : 1 / square.squareRoot()
            for j in range { values[j] *= inverse }
        }
    }

    private static func prepare(
        _ whole: ScoreQueries, _ pipeline: Pipeline
    ) throws(FormatError) -> (any RowScorer, [[Float]]) {
        var (values, dim) = (whole.values, whole.dim)
        var terms: [[Float]] = []
        for transform in pipeline.transforms {
            var pulled = [Float](repeating: 0, count: whole.count * transform.inputDim)
            var span = pulled.mutableSpan
            var offsets = [Float](repeating: 0, count: whole.count)
            var sums = offsets.mutableSpan
            guard transform.pullBack(values.span, whole.metric, into: &span, offsets: &sums, pipeline.kernels) else {
                return (DecodingScorer(pipeline.rows, pipeline.transforms, whole, pipeline.kernels), [])
            }
            (values, dim) = (pulled, transform.inputDim)
            if offsets.contains(where: { $0 != 0 }) { terms.append(offsets) }
        }
        if let overflows = blankOverflows(&values, dim) { terms.append(overflows) }
        let queries = ScoreQueries(values, dim: dim, metric: whole.metric)
        let own = try pipeline.rows.makeScorer(queries)
        return (own ?? DecodingScorer(pipeline.rows, [], queries, pipeline.kernels), terms)
    }

    /// Puts zeros in the place of queries that pulling back has made NaN or infinite, which not every codec can take, and returns
    /// terms that make their scores NaN; nil if there are none.
    private static func blankOverflows(_ values: inout [Float], _ dim: Int) -> [Float]? {
        guard values.contains(where: { !$0.isFinite }) else { return nil }
        var terms = [Float](repeating: 0, count: values.count / dim)
        for q in terms.indices where values[q * dim..<(q + 1) * dim].contains(where: { !$0.isFinite }) {
            terms[q] = .nan
            for j in q * dim..<(q + 1) * dim { values[j] = 0 }
        }
        return terms
    }
}
