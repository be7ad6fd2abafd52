internal import EmbCodecs
public import EmbFormat
internal import EmbIO
internal import EmbKernels

/// Several features looked up in one call: what a model asks for a batch of samples, one row of output per sample.
///
/// Features stand one after the other in an output row, each `dims` wide; tables may differ in everything, and several
/// features may read one. Made once and kept; callable from any thread; a call allocates nothing once each thread has made
/// its first, but for a few words to hand work to other threads. What comes out is what a `pool` or `gather` per feature gives, to the bit, on however many threads
/// (Formats/lookup.md, "Many features").
///
///     let batch = FeatureBatch([.init(try store.feature("user"), .sum), .init(try store.feature("item"), .mean)])
///     try batch.pool(.int64(ids), .lengths32(lengths), samples: 64, into: &out)       // 64 x batch.dim
///
/// Rows of all features are addressed before the first is decoded, a tile of samples at a time, so that the next table's rows
/// are on their way from memory while this one's are decoded.
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
    /// Threads that share a call, the caller's among them.
    public var threads: Int { workers?.count ?? 1 }
    /// Where each feature begins in an output row.
    let columns: [Int]
    /// How many rows ahead to prefetch.
    let distance: Int
    /// Probes of one id of every feature.
    let probes: Int
    /// Whether an output row of `gather` is a run of stored rows of one table.
    let isOneList: Bool
    /// Of those: which features' rows are nothing but hashes of ids, and their probes, if there are any.
    let isHashed: [Bool]
    let hashedProbes: HashedProbes?
    let workspaces = WorkspacePool()
    let workers: WorkerPool?

    /// - Parameters:
    ///   - features: In the order of the output row.
    ///   - threads: How many share each call. More than one keeps so many threads less one waiting for as long as the batch,
    ///     or a copy of it, lives. While they are at work for one call, others are done by their callers alone.
    public init(_ features: [Feature], threads: Int = 1) {
        self.features = features
        var (columns, dim, probes): ([Int], Int, Int) = ([], 0, 0)
        for feature in features {
            columns.append(dim)
            dim += feature.dims
            probes += feature.table.pipeline.probes
        }
        (self.columns, self.dim, self.probes) = (columns, dim, probes)
        distance = Pipeline.prefetchDistance(byteCount: Self.byteCount(features))
        isOneList = Self.isOneList(features)
        let hashes = features.map { $0.table.pipeline.index.hashedProbes }
        isHashed = hashes.map { $0 != nil }
        let rows = features.map { $0.table.pipeline.probes }
        hashedProbes =
            isOneList && isHashed.contains(true) ? HashedProbes(joining: Array(zip(rows, hashes))) : nil
        workers = threads > 1 ? WorkerPool(threads: threads) : nil
    }

    /// Bytes of the rows that the features read, those of a table counted once.
    private static func byteCount(_ features: [Feature]) -> UInt64 {
        var seen: Set<ObjectIdentifier> = []
        return features.reduce(0) { total, feature in
            let isNew = seen.insert(ObjectIdentifier(feature.table.counters)).inserted
            return total + (isNew ? feature.table.rows.byteCount : 0)
        }
    }
}

extension FeatureBatch {
    func check(
        _ table: EmbeddingTable, _ what: String, _ found: Int, _ factor: Int, _ samples: Int
    ) throws(LookupError) {
        let (expected, overflow) = factor.multipliedReportingOverflow(by: samples)
        guard samples >= 0, !overflow, found == expected else {
            throw .wrongCount(table: table.name, of: what, found: found, expected: overflow ? .max : expected)
        }
    }

    /// What both kinds of call check before they touch the output.
    func check(_ ids: IDs, samples: Int, _ part: Range<Int>, outCount: Int) throws(LookupError) {
        let first = features[0].table
        guard part.lowerBound >= 0, part.upperBound <= samples else {
            throw .wrongCount(table: first.name, of: "samples in the part", found: part.upperBound, expected: samples)
        }
        try check(first, "numbers of output", outCount, dim, part.count)
        for number in 0..<features.count {
            let feature = features[number]
            try feature.table.checkCounts(rows: part.count, part.count * feature.dims, feature.dims)
            try feature.table.check(ids.kind, feature.missing)
        }
    }
}
