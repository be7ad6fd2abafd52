public import EmbCodecs
public import EmbFormat

extension EmbeddingTable {
    /// Pools the embeddings of each bag of ids into a row of `out` (Formats/lookup.md, "pool").
    ///
    /// - Parameters:
    ///   - bags: Offsets or lengths that divide `ids` exactly. Checked in O(bags) before anything is written.
    ///   - weights: A factor per id, or nil for all 1.
    ///   - out: Exactly bags.count x dims numbers. What it holds after a throw is unspecified.
    /// - Complexity: O(ids x dims). Allocates nothing, see `EmbeddingTable`.
    public func pool(
        _ ids: IDs, _ bags: BagLayout, weights: Span<Float>? = nil, _ mode: PoolMode,
        into out: inout MutableSpan<Float>,
        dims: Int? = nil, missing: MissingPolicy? = nil
    ) throws(LookupError) {
        let dims = dims ?? dim
        try check(ids, bags, weights, out.count, dims, missing)
        try workspaces.with { (workspace) throws(LookupError) in
            var lookup = Lookup(self, missing ?? missingPolicy, workspace)
            defer { counters.add(pipeline, ids: ids.count, bags: bags.count, missing: lookup.missing) }
            try lookup.pool(ids, bags, weights: weights, mode, into: &out, dims: dims)
        }
    }

    /// The same, rounded to `Float16` or `BFloat16` at the end.
    public func pool<Output: RoundedOutput>(
        _ ids: IDs, _ bags: BagLayout, weights: Span<Float>? = nil, _ mode: PoolMode,
        into out: inout MutableSpan<Output>, dims: Int? = nil, missing: MissingPolicy? = nil
    ) throws(LookupError) {
        let dims = dims ?? dim
        try check(ids, bags, weights, out.count, dims, missing)
        try workspaces.with { (workspace) throws(LookupError) in
            var lookup = Lookup(self, missing ?? missingPolicy, workspace)
            defer { counters.add(pipeline, ids: ids.count, bags: bags.count, missing: lookup.missing) }
            var cursor = BagCursor()
            try rounding(bags.count, dims, workspace, into: &out) { (range, floats) throws(LookupError) in
                try lookup.pool(ids, bags, range, &cursor, weights: weights, mode, into: &floats, dims: dims)
            }
        }
    }

    private func check(
        _ ids: IDs, _ bags: BagLayout, _ weights: Span<Float>?, _ outCount: Int, _ dims: Int, _ missing: MissingPolicy?
    ) throws(LookupError) {
        try bags.check(table: name, idCount: ids.count)
        try checkCounts(rows: bags.count, outCount, dims)
        if let weights, weights.count != ids.count {
            throw .wrongCount(table: name, of: "weights", found: weights.count, expected: ids.count)
        }
        try check(ids.kind, missing)
    }
}
