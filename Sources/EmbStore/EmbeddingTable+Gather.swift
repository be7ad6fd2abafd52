public import EmbCodecs
public import EmbFormat

extension EmbeddingTable {
    /// Writes the embedding of each id into consecutive rows of `out`.
    ///
    /// - Parameters:
    ///   - ids: Any number, in any order, repeated or not.
    ///   - out: Exactly ids.count x dims numbers. What it holds after a throw is unspecified.
    ///   - dims: The first so many numbers of each embedding; all by default.
    ///   - missing: What happens to ids without a row; as the file says by default.
    /// - Complexity: O(ids x dims). Allocates nothing, see `EmbeddingTable`.
    public func gather(
        _ ids: IDs, into out: inout MutableSpan<Float>, dims: Int? = nil, missing: MissingPolicy? = nil
    ) throws(LookupError) {
        let dims = dims ?? dim
        try checkCounts(rows: ids.count, out.count, dims)
        try check(ids.kind, missing)
        try workspaces.with { (workspace) throws(LookupError) in
            var lookup = Lookup(self, missing ?? missingPolicy, workspace)
            defer { counters.add(pipeline, ids: ids.count, bags: 0, missing: lookup.missing) }
            try lookup.gather(ids, into: &out, dims: dims)
        }
    }

    /// The same, rounded to `Float16` or `BFloat16` at the end.
    public func gather<Output: RoundedOutput>(
        _ ids: IDs, into out: inout MutableSpan<Output>, dims: Int? = nil, missing: MissingPolicy? = nil
    ) throws(LookupError) {
        let dims = dims ?? dim
        try checkCounts(rows: ids.count, out.count, dims)
        try check(ids.kind, missing)
        try workspaces.with { (workspace) throws(LookupError) in
            var lookup = Lookup(self, missing ?? missingPolicy, workspace)
            defer { counters.add(pipeline, ids: ids.count, bags: 0, missing: lookup.missing) }
            try rounding(ids.count, dims, workspace, into: &out) { (range, floats) throws(LookupError) in
                try lookup.gather(ids, range, into: &floats, dims: dims)
            }
        }
    }

    /// The embeddings of `ids` as one array, row after row.
    public func gather(
        _ ids: [Int], dims: Int? = nil, missing: MissingPolicy? = nil
    ) throws(LookupError) -> [Float] {
        let wide = ids.map { Int64($0) }
        return try gather(.int64(wide.span), dims: dims, missing: missing)
    }

    /// The embeddings of string keys as one array, row after row.
    public func gather(
        _ ids: [String], dims: Int? = nil, missing: MissingPolicy? = nil
    ) throws(LookupError) -> [Float] {
        try gather(.strings(ids.span), dims: dims, missing: missing)
    }

    /// The embeddings of `ids` as one array, row after row.
    public func gather(
        _ ids: IDs, dims: Int? = nil, missing: MissingPolicy? = nil
    ) throws(LookupError) -> [Float] {
        let dims = dims ?? dim
        guard (1...dim).contains(dims) else { throw .badDims(table: name, found: dims, limit: dim) }
        var out = [Float](repeating: 0, count: ids.count * dims)
        var span = out.mutableSpan
        try gather(ids, into: &span, dims: dims, missing: missing)
        return out
    }
}

extension EmbeddingTable {
    /// The first half of what both kinds of lookup check before they touch the output.
    func checkCounts(rows: Int, _ outCount: Int, _ dims: Int) throws(LookupError) {
        guard (1...dim).contains(dims) else { throw .badDims(table: name, found: dims, limit: dim) }
        let (expected, overflow) = rows.multipliedReportingOverflow(by: dims)
        guard !overflow, outCount == expected else {
            throw .wrongCount(
                table: name, of: "numbers of output", found: outCount, expected: overflow ? .max : expected)
        }
    }

    /// The second half.
    func check(_ kind: IDKind, _ missing: MissingPolicy?) throws(LookupError) {
        guard index.accepts(kind) else { throw .wrongIDKind(table: name, found: kind) }
        if (missing ?? missingPolicy) == .default, entry.defaultRow == TableEntry.noDefaultRow {
            throw .noDefaultRow(table: name)
        }
    }

    /// Makes `count` rows of floats piece by piece and rounds each piece into `out`.
    func rounding<Output: RoundedOutput>(
        _ count: Int, _ dims: Int, _ workspace: LookupWorkspace, into out: inout MutableSpan<Output>,
        _ make: (Range<Int>, inout MutableSpan<Float>) throws(LookupError) -> Void
    ) throws(LookupError) {
        let buffer = workspace.unrounded
        let rows = pipeline.tileRows
        buffer.reserve(min(count, rows) * dims)
        for start in stride(from: 0, to: count, by: rows) {
            let end = min(start + rows, count)
            var all = buffer.mutableSpan
            var floats = all._mutatingExtracting(first: (end - start) * dims)
            try make(start..<end, &floats)
            var rounded = out._mutatingExtracting(start * dims..<end * dims)
            Output.round(floats.span, into: &rounded, pipeline.kernels)
        }
    }
}
