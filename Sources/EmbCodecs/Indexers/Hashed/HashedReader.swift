internal import EmbFormat
internal import EmbKernels

/// Every id has rows; weights, if there are any, are looked up.
struct HashedReader: IndexReader {
    let combine: Combine
    private let hashes: ProbeHashes
    private let seed: UInt64
    private let salt: UInt64
    private let hasSigns: Bool
    /// Weights per id, one or one for each probe.
    private let weights: NumberColumn?
    private let weighsEachProbe: Bool
    private let idCount: UInt64

    init(_ indexer: Hashed, idCount: UInt64, weights: NumberColumn?) {
        combine = indexer.combine
        seed = indexer.seed
        salt = indexer.salt
        hasSigns = indexer.hasSigns
        self.weights = weights
        weighsEachProbe = indexer.weights == .weights
        self.idCount = idCount
        let probes = (0..<indexer.probes).map { p in
            ProbeHashes.Probe(
                hash: BucketHash(
                    indexer.hash, indexer.seed, indexer.salt &+ UInt64(p),
                    coefficients: indexer.coefficients.dropFirst(3 * p)),
                first: 0)
        }
        hashes = ProbeHashes(probes, buckets: UInt32(indexer.rows))
    }

    var probes: Int { hashes.count }
    var hashedProbes: HashedProbes? { weighsProbes ? nil : hashes.mixes }
    var weighsProbes: Bool { hasSigns || weights != nil }

    func accepts(_ kind: IDKind) -> Bool { weights == nil || kind == .integer }

    func listPages(_ ids: IDs, step: Int, _ pages: inout PageList) -> Bool {
        guard step == 0, let weights else { return false }
        var rows: [UInt32] = []
        for i in 0..<ids.count where ids.key(i) < idCount { rows.append(UInt32(ids.key(i))) }
        weights.listPages(rows.span, &pages)
        return true
    }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        hashes.address(ids, layout, rows: &rows, kernels)
        guard weighsProbes else { return 0 }
        var missing = 0
        for i in 0..<ids.count {
            let key = ids.key(i)
            let isMissing = self.weights != nil && key >= idCount
            if isMissing { missing += 1 }
            for p in 0..<probes {
                let place = layout.place(i, p)
                if isMissing { rows[place] = RowList.zeroRow }
                weights[place] = isMissing ? 1 : try weight(key, p)
            }
        }
        return missing
    }

    private func weight(_ key: UInt64, _ probe: Int) throws(FormatError) -> Float {
        let own = try weights?.number(key, weighsEachProbe ? probe : 0) ?? 1
        // Times -1 or 1: exact.
        return hasSigns ? own * KeyHash.sign(seed, salt &+ UInt64(probe), key: key) : own
    }
}
