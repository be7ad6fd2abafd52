internal import EmbFormat
internal import EmbKernels

/// Scores rows that the kernels understand as they stand in their column: f32, int8 and codes on the grid of rbe. Rows in blocks
/// are copied together first.
struct KernelScorer<Queries: PreparedQueries>: RowScorer {
    private let stored: KernelRows
    private let queries: Queries
    private let metric: Kernels.Score

    init(_ stored: KernelRows, _ queries: Queries, _ metric: Metric) {
        self.stored = stored
        self.queries = queries
        self.metric = Kernels.Score(metric)
    }

    func score(
        _ rows: Range<Int>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = stored.column.inPlace {
            return self.queries.score(
                view(bytes), rows, queries, metric, into: &out, outStride: outStride, stored.kernels)
        }
        try scoreAsList(rows, queries, into: &out, outStride: outStride, workspace)
    }

    func score(
        _ list: Span<UInt32>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = stored.column.inPlace {
            return self.queries.score(
                view(bytes), list, queries, metric, into: &out, outStride: outStride, stored.kernels)
        }
        let copies = try stored.stage(RowList(list, count: list.count), workspace).bytes
        self.queries.score(
            stored.staged(copies.span), 0..<list.count, queries, metric, into: &out, outStride: outStride,
            stored.kernels)
    }

    @_lifetime(copy bytes)
    private func view(_ bytes: RawSpan) -> StoredRows { stored.rows(bytes, stored.rowCount, stored.stride) }
}
