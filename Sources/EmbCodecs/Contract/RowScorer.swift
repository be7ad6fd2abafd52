public import EmbFormat

/// How a query and an embedding are compared (Formats/search.md, "Metrics").
public enum Metric: String, Sendable, CaseIterable {
    case dot, cosine, l2

    /// Whether the smallest score is the best.
    public var prefersSmall: Bool { self == .l2 }
}

/// The queries of one call, ready for stored rows: finite, pulled back through the transforms, and for `cosine` of
/// length 1 already (as embeddings; a transform may have shortened them since). A scorer uses them as they are.
public struct ScoreQueries: Sendable {
    public let metric: Metric
    /// `count` queries of `dim` numbers, one after the other.
    public let values: [Float]
    public let count: Int
    /// Numbers in a query: those of a stored row.
    public let dim: Int

    /// - Parameter values: A whole number of queries.
    public init(_ values: [Float], dim: Int, metric: Metric) {
        precondition(dim > 0 && values.count % dim == 0)
        self.metric = metric
        self.values = values
        self.dim = dim
        count = values.count / dim
    }

    /// Query `i`.
    public func query(_ i: Int) -> ArraySlice<Float> { values[i * dim..<(i + 1) * dim] }
}

/// Scores stored rows against a batch of queries: what a row codec makes once per call, with the queries rotated,
/// quantized or turned into tables as it likes (`RowReader.makeScorer`). Its page says what it computes.
///
/// Immutable; callable from any thread as long as each has its own workspace. Allocates nothing per row.
public protocol RowScorer: Sendable {
    /// Ranges of a scan begin at multiples of this, so that a scorer of blocked rows meets whole blocks; only the last range
    /// of a table may end elsewhere. 1 to 1,024, a power of two.
    var blockRows: Int { get }

    /// The score of row r with query q into `out[(q - queries.lowerBound) * outStride + (r - rows.lowerBound)]`, for the scan.
    ///
    /// - Parameters:
    ///   - rows: At most 1,024, inside the table, from a multiple of `blockRows` on.
    ///   - queries: Which of the prepared queries: at most 64.
    ///   - outStride: At least the number of rows, rounded up to `blockRows`: a scorer may write whole blocks. What it writes
    ///     past `rows` is not read. `out` has room for queries.count * outStride numbers.
    func score(
        _ rows: Range<Int>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError)

    /// The score of row `list[i]` with query q into `out[(q - queries.lowerBound) * outStride + i]`, for ids and re-ranking.
    ///
    /// - Parameter list: At most 1,024 row indices below the table's row count, in any order, repeated or not. No zero rows.
    func score(
        _ list: Span<UInt32>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError)
}

extension RowScorer {
    public var blockRows: Int { 1 }

    /// Scores a range as the list of its rows: for scorers that gather them anyway.
    func scoreAsList(
        _ rows: Range<Int>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        var list = workspace.scoredRows
        workspace.scoredRows = []
        defer { workspace.scoredRows = list }
        if list.count < rows.count { list = [UInt32](repeating: 0, count: rows.count) }
        for i in 0..<rows.count { list[i] = UInt32(rows.lowerBound + i) }
        try score(list.span.extracting(first: rows.count), queries, into: &out, outStride: outStride, workspace)
    }
}

/// What a scan asks of a scorer at once.
public enum ScoreTile {
    public static let rows = 1024
    public static let queries = 64
}
