public import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// A row found by `nearest`, and its score with the query.
public struct Neighbor: Sendable, Equatable {
    /// What the indexer calls the row: the id of a direct table. `EmbeddingTable.ids(ofRows:)` tells keys.
    public let row: UInt32
    public let score: Float

    public init(row: UInt32, score: Float) {
        self.row = row
        self.score = score
    }
}

extension EmbeddingTable {
    /// What stands for no row in the results of `nearest`.
    public static var noRow: UInt32 { .max }

    /// Whether `nearest` can search this table: its rows are those of ids that the file can name (Formats/search.md,
    /// "Which ids").
    public var isSearchable: Bool { composition.indexer.ownsRows && pipeline.scoresStoredRows }

    /// Finds the `k` best rows for each query among all rows of the table (Formats/search.md, "nearest").
    ///
    /// - Parameters:
    ///   - queries: n x dim numbers, one query after the other.
    ///   - k: At least 1.
    ///   - metric: `dot` and `cosine`: the largest scores are the best; `l2`, the squared distance: the smallest.
    ///   - threads: How many to use, the calling one included. The result does not depend on it.
    ///   - rows: n x k row indices as `Neighbor.row`, best first; `noRow` where there are fewer rows.
    ///   - scores: n x k.
    /// - Complexity: O(n x rows x dim) on codes. Allocates for the queries and the k best of each, once per call and thread.
    public func nearest(
        _ queries: Span<Float>, k: Int, metric: Metric = .dot, threads: Int = 1, rows: inout MutableSpan<UInt32>,
        scores: inout MutableSpan<Float>
    ) throws(LookupError) {
        let count = try checkQueries(queries.count)
        guard k >= 1 else { throw .wrongCount(table: name, of: "neighbors (k)", found: k, expected: 1) }
        try checkResult(count, k, rows.count, "rows of output")
        try checkResult(count, k, scores.count, "scores of output")
        try checkSearchable()
        let best = try scan(queries, k: k, metric, threads: threads)
        for q in 0..<count { best.write(q, into: &rows, &scores, at: q * k, k) }
    }

    /// The `k` best rows for each query, best first; fewer if the table has fewer.
    public func nearest(
        _ queries: [Float], k: Int, metric: Metric = .dot, threads: Int = 1
    ) throws(LookupError) -> [[Neighbor]] {
        let count = try checkQueries(queries.count)
        guard k >= 1 else { throw .wrongCount(table: name, of: "neighbors (k)", found: k, expected: 1) }
        try checkSearchable()
        let best = try scan(queries.span, k: k, metric, threads: threads)
        return (0..<count).map { best.neighbors($0) }
    }

    private func scan(
        _ queries: Span<Float>, k: Int, _ metric: Metric, threads: Int
    ) throws(LookupError) -> BestRows {
        do throws(FormatError) {
            let prepared = try SearchQueries(queries, metric, pipeline)
            guard let scorer = prepared.scorer else { preconditionFailure("only rows of their own are searched") }
            let rowCount = Int(self.rowCount)
            let readBy =
                pipeline.rowMaps.isEmpty
                ? nil : try readBy.value(pipeline, indexCount: idCount, rowCount: rowCount).indices
            let scan = Scan(
                prepared, scorer, rowCount: rowCount, readBy: readBy, k: max(min(k, rowCount), 1), pipeline.kernels)
            return try scan.run(threads: threads)
        } catch {
            throw .corrupt(table: name, error)
        }
    }

    /// How many queries `numbers` numbers are.
    func checkQueries(_ numbers: Int) throws(LookupError) -> Int {
        guard numbers % dim == 0 else {
            throw .wrongCount(
                table: name, of: "numbers of queries", found: numbers, expected: (numbers / dim + 1) * dim)
        }
        return numbers / dim
    }

    func checkResult(_ queries: Int, _ each: Int, _ found: Int, _ what: String) throws(LookupError) {
        let (expected, overflow) = queries.multipliedReportingOverflow(by: each)
        guard !overflow, found == expected else {
            throw .wrongCount(table: name, of: what, found: found, expected: overflow ? .max : expected)
        }
    }

    private func checkSearchable() throws(LookupError) {
        guard isSearchable else { throw .notSearchable(table: name) }
    }
}
