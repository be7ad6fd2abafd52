internal import EmbFormat
internal import EmbKernels

/// Scores rows of product codes: a look-up and an addition per code (Formats/codecs/pq.md, "Scoring").
struct TableScorer: RowScorer {
    private let reader: CodedReader
    private let tables: CodewordTables

    init(_ reader: CodedReader, _ tables: CodewordTables) {
        self.reader = reader
        self.tables = tables
    }

    func score(
        _ rows: Range<Int>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        try scoreAsList(rows, queries, into: &out, outStride: outStride, workspace)
    }

    func score(
        _ list: Span<UInt32>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        guard let words = reader.codebooks.inPlace else { preconditionFailure("codebooks are raw") }
        if let bytes = reader.rows.inPlace, let cold = reader.cold.inPlace {
            sum(reader.view(words, bytes, cold), list, queries, &out, outStride, workspace)
        } else {
            let (bytes, rows) = try reader.stage(RowList(list, count: list.count), workspace)
            let places = rows.span.extracting(first: list.count)
            sum(reader.staged(words, bytes.span), places, queries, &out, outStride, workspace)
        }
    }

    private func sum(
        _ rows: borrowing CodedRows, _ list: Span<UInt32>, _ queries: Range<Int>, _ out: inout MutableSpan<Float>,
        _ outStride: Int, _ workspace: Workspace
    ) {
        for q in queries {
            let start = (q - queries.lowerBound) * outStride
            var part = out._mutatingExtracting(start..<start + list.count)
            reader.kernels.sumTables(rows, tables.table(q), list, into: &part)
        }
        guard tables.metric == .cosine else { return }
        var squares = workspace.takeNumbers(list.count)
        var span = squares.mutableSpan
        reader.kernels.sumTables(rows, tables.squares.span, list, into: &span)
        out.divideByRoots(of: squares, count: list.count, queries: queries.count, stride: outStride)
        workspace.give(back: squares)
    }
}
