public import EmbCodecs
public import EmbFormat
internal import EmbKernels

extension EmbeddingTable {
    /// Scores ids against queries, on codes where the row codec can (Formats/search.md, "score").
    ///
    /// - Parameters:
    ///   - queries: n x dim numbers, one query after the other.
    ///   - ids: Any number, in any order, repeated or not.
    ///   - out: n x ids.count scores, those of the first query first. What it holds after a throw is unspecified.
    ///   - missing: What happens to ids without a row; as the file says by default. Each is counted once.
    /// - Complexity: O(n x ids x dim). Allocates for the queries, not for ids.
    public func score(
        _ queries: Span<Float>, _ ids: IDs, metric: Metric = .dot, into out: inout MutableSpan<Float>,
        missing: MissingPolicy? = nil
    ) throws(LookupError) {
        let count = try checkQueries(queries.count)
        try checkResult(count, ids.count, out.count, "scores of output")
        try check(ids.kind, missing)
        let prepared: SearchQueries
        do throws(FormatError) {
            prepared = try SearchQueries(queries, metric, pipeline)
        } catch {
            throw .corrupt(table: name, error)
        }
        try workspaces.with { (workspace) throws(LookupError) in
            var lookup = Lookup(self, missing ?? missingPolicy, workspace)
            defer { counters.add(pipeline, ids: ids.count, bags: 0, missing: lookup.missing) }
            try lookup.score(ids, prepared, into: &out)
        }
        for q in 0..<count where !prepared.isFinite(q) {
            for i in 0..<ids.count { out[q * ids.count + i] = .nan }
        }
    }

    /// The scores of `ids` with one query.
    public func score(
        _ query: [Float], _ ids: IDs, metric: Metric = .dot, missing: MissingPolicy? = nil
    ) throws(LookupError) -> [Float] {
        var out = [Float](repeating: 0, count: ids.count * (query.count / dim))
        var span = out.mutableSpan
        try score(query.span, ids, metric: metric, into: &span, missing: missing)
        return out
    }
}
