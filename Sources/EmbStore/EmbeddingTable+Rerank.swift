public import EmbCodecs

extension EmbeddingTable {
    /// The `k` best of the `count` rows nearest to each query, as `second` scores them (Formats/search.md, "Re-rank"): a scan
    /// over small codes, then few lookups of exact ones.
    ///
    /// - Parameters:
    ///   - second: Another table of the same ids and dim. Rows whose id it does not have are left out.
    ///   - count: At least `k`.
    /// - Returns: Rows of this table, with scores of the second.
    public func nearest(
        _ queries: [Float], k: Int, metric: Metric = .dot, threads: Int = 1, rerankedBy second: EmbeddingTable,
        among count: Int
    ) throws(LookupError) -> [[Neighbor]] {
        guard second.dim == dim else {
            throw .wrongCount(table: second.name, of: "numbers in a row", found: second.dim, expected: dim)
        }
        guard count >= k else { throw .wrongCount(table: name, of: "rows to re-rank", found: count, expected: k) }
        var results = try nearest(queries, k: count, metric: metric, threads: threads)
        for q in results.indices {
            let query = Array(queries[q * dim..<(q + 1) * dim])
            results[q] = try rerank(results[q], query, k, metric, second)
        }
        return results
    }

    private func rerank(
        _ found: [Neighbor], _ query: [Float], _ k: Int, _ metric: Metric, _ second: EmbeddingTable
    ) throws(LookupError) -> [Neighbor] {
        let ids = try ids(ofRows: found.map(\.row))
        let scores = try ids.withIDs { (ids) throws(LookupError) in
            try second.check(ids.kind, .zero)
            let isPresent = try second.isPresent(ids)
            let scores = try second.score(query, ids, metric: metric, missing: .zero)
            return scores.indices.map { isPresent[$0] ? scores[$0] : .nan }
        }
        var best = BestRows(queries: 1, k: k, small: metric.prefersSmall)
        for (neighbor, score) in zip(found, scores) { best.offer(0, row: neighbor.row, score: score) }
        best.sort()
        return best.neighbors(0)
    }

    /// Which ids have a row. Counts nothing.
    private func isPresent(_ ids: IDs) throws(LookupError) -> [Bool] {
        try workspaces.with { (workspace) throws(LookupError) in
            var lookup = Lookup(self, .zero, workspace)
            return try lookup.isPresent(ids)
        }
    }
}
