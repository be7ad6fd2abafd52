internal import EmbFormat
internal import EmbKernels

/// Scores rows that the kernels understand as they stand in their column: f32 and int8. Rows in blocks are copied together
/// first.
struct KernelScorer: RowScorer {
    private let stored: KernelRows
    private let queries: KernelQueries
    private let metric: Metric

    init(_ stored: KernelRows, _ queries: ScoreQueries) {
        self.stored = stored
        self.queries = KernelQueries(queries.values.span, dim: queries.dim, coded: stored.format.element == .int8)
        metric = queries.metric
    }

    func score(
        _ rows: Range<Int>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = stored.column.inPlace {
            return stored.kernels.score(
                view(bytes), rows, self.queries, queries, Kernels.Score(metric), into: &out, outStride: outStride)
        }
        var list = workspace.scoredRows
        workspace.scoredRows = []
        defer { workspace.scoredRows = list }
        if list.count < rows.count { list = [UInt32](repeating: 0, count: rows.count) }
        for i in 0..<rows.count { list[i] = UInt32(rows.lowerBound + i) }
        try score(list.span.extracting(first: rows.count), queries, into: &out, outStride: outStride, workspace)
    }

    func score(
        _ list: Span<UInt32>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = stored.column.inPlace {
            return stored.kernels.score(
                view(bytes), list, self.queries, queries, Kernels.Score(metric), into: &out, outStride: outStride)
        }
        let copies = try stored.stage(RowList(list, count: list.count), workspace).bytes
        stored.kernels.score(
            stored.staged(copies.span), 0..<list.count, self.queries, queries, Kernels.Score(metric), into: &out,
            outStride: outStride)
    }

    @_lifetime(copy bytes)
    private func view(_ bytes: RawSpan) -> StoredRows { stored.rows(bytes, stored.rowCount, stored.stride) }
}
