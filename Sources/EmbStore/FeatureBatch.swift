public import EmbCodecs
public import EmbFormat
internal import EmbKernels

/// Several features looked up in one call: what a model asks for a batch of samples, one row of output per sample.
///
/// Features stand one after the other in an output row, each `dims` wide. Made once and kept; callable from any thread; a
/// call allocates nothing once each thread has made its first. What comes out is what a `pool` per feature gives, to the
/// bit (Formats/lookup.md).
///
///     let batch = FeatureBatch([.init(try store.feature("user"), .sum), .init(try store.feature("item"), .mean)])
///     try batch.pool(.int64(ids), .lengths32(lengths), samples: 64, into: &out)       // 64 x batch.dim
public struct FeatureBatch: Sendable {
    /// One feature and what is done with its bags.
    public struct Feature: Sendable {
        public let table: EmbeddingTable
        public let mode: PoolMode
        public let dims: Int
        public let missing: MissingPolicy

        /// - Parameters:
        ///   - dims: Numbers wanted of each embedding, from the first on; nil for all.
        ///   - missing: What happens to ids without a row; nil for what the table says.
        public init(
            _ table: EmbeddingTable, _ mode: PoolMode = .sum, dims: Int? = nil, missing: MissingPolicy? = nil
        ) {
            self.table = table
            self.mode = mode
            self.dims = dims ?? table.dim
            self.missing = missing ?? table.missingPolicy
        }
    }

    public let features: [Feature]
    /// Numbers in an output row.
    public let dim: Int
    /// Where each feature begins in an output row.
    let columns: [Int]

    public init(_ features: [Feature]) {
        self.features = features
        var (columns, dim): ([Int], Int) = ([], 0)
        for feature in features {
            columns.append(dim)
            dim += feature.dims
        }
        (self.columns, self.dim) = (columns, dim)
    }
}

extension FeatureBatch {
    /// Pools every feature's bags of every sample.
    ///
    /// - Parameters:
    ///   - ids: Those of the first feature, sample after sample, then those of the next, as `bags` divides them.
    ///   - bags: features.count x samples of them: bag f·samples + s is feature f of sample s.
    ///   - weights: A factor per id, or nil for all 1.
    ///   - out: samples x dim numbers: row s is sample s. What it holds after a throw is unspecified.
    /// - Throws: `LookupError` naming the table; positions of ids and offsets count from the start of the call's.
    /// - Complexity: O(ids x dims).
    public func pool(
        _ ids: IDs, _ bags: BagLayout, weights: Span<Float>? = nil, samples: Int, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        guard let first = features.first else { return }
        try bags.check(table: first.table.name, idCount: ids.count)
        try check(first.table, "bags", bags.count, features.count, samples)
        try check(first.table, "numbers of output", out.count, dim, samples)
        if let weights, weights.count != ids.count {
            throw .wrongCount(table: first.table.name, of: "weights", found: weights.count, expected: ids.count)
        }
        for number in 0..<features.count {
            let feature = features[number]
            try feature.table.checkCounts(rows: samples, samples * feature.dims, feature.dims)
            try feature.table.check(ids.kind, feature.missing)
        }
        var start = 0
        for number in 0..<features.count {
            let mine = bags.extracting(number * samples..<(number + 1) * samples)
            var end = start
            for sample in 0..<samples { end += mine.length(sample) }
            let own: Span<Float>? = if let weights { weights.extracting(start..<end) } else { nil }
            do throws(LookupError) {
                try pool(number, ids.extracting(start..<end), mine, own, samples, into: &out)
            } catch {
                throw error.moved(by: start)
            }
            start = end
        }
    }

    func check(
        _ table: EmbeddingTable, _ what: String, _ found: Int, _ factor: Int, _ samples: Int
    ) throws(LookupError) {
        let (expected, overflow) = factor.multipliedReportingOverflow(by: samples)
        guard samples >= 0, !overflow, found == expected else {
            throw .wrongCount(table: table.name, of: what, found: found, expected: overflow ? .max : expected)
        }
    }

    /// One feature's columns of the output, a tile of samples at a time.
    private func pool(
        _ number: Int, _ ids: IDs, _ bags: BagLayout, _ weights: Span<Float>?, _ samples: Int,
        into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let feature = features[number]
        let (table, dims, column) = (feature.table, feature.dims, columns[number])
        try table.workspaces.with { (workspace) throws(LookupError) in
            var lookup = Lookup(table, feature.missing, workspace)
            defer { table.counters.add(ids: ids.count, bags: samples, missing: lookup.missing) }
            let tile = table.pipeline.tileRows
            let pooled = workspace.unrounded
            pooled.reserve(min(samples, tile) * dims)
            var cursor = BagCursor()
            for first in stride(from: 0, to: samples, by: tile) {
                let count = min(tile, samples - first)
                var all = pooled.mutableSpan
                var rows = all._mutatingExtracting(first: count * dims)
                try lookup.pool(
                    ids, bags, first..<first + count, &cursor, weights: weights, feature.mode, into: &rows, dims: dims)
                for row in 0..<count {
                    let place = (first + row) * dim + column
                    var target = out._mutatingExtracting(place..<place + dims)
                    target.update(from: rows.span.extracting(row * dims..<(row + 1) * dims))
                }
            }
        }
    }
}

extension BagLayout {
    /// Bags `range` of a layout that has been checked. Their offsets need not begin at 0.
    @_lifetime(copy self)
    fileprivate func extracting(_ range: Range<Int>) -> BagLayout {
        switch self {
        case .offsets32(let offsets): .offsets32(offsets.extracting(range.lowerBound..<range.upperBound + 1))
        case .offsets64(let offsets): .offsets64(offsets.extracting(range.lowerBound..<range.upperBound + 1))
        case .lengths32(let lengths): .lengths32(lengths.extracting(range))
        case .lengths64(let lengths): .lengths64(lengths.extracting(range))
        }
    }
}

extension LookupError {
    /// The same with positions of ids counted from `offset` ids earlier.
    func moved(by offset: Int) -> LookupError {
        guard case .missingID(let table, let position, let id) = self else { return self }
        return .missingID(table: table, position: position + offset, id: id)
    }
}
