internal import EmbFormat
internal import EmbKernels

/// A feature of a unified table whose ids are hashed. Any id has rows.
struct UnifiedReader: IndexReader {
    let combine: Combine
    private let indexer: Unified
    private let rowCount: UInt64
    private let hashes: ProbeHashes

    init(_ indexer: Unified, rowCount: UInt64, _ feature: UnifiedFeature) {
        self.indexer = indexer
        self.rowCount = rowCount
        combine = feature.combine
        let probes = feature.chunks.indices.map { q in
            let table = feature.tables.isEmpty ? feature.chunks[q] % indexer.tables : feature.tables[q]
            return ProbeHashes.Probe(
                hash: BucketHash(indexer.hash, indexer.seed &+ feature.salt, feature.chunks[q]),
                first: UInt32(table * indexer.rows))
        }
        hashes = ProbeHashes(probes, buckets: UInt32(indexer.rows))
    }

    var probes: Int { hashes.count }
    var hashedProbes: HashedProbes? { hashes.mixes }

    func accepts(_ kind: IDKind) -> Bool { true }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        hashes.address(ids, layout, rows: &rows, kernels)
        return 0
    }

    func feature(_ arguments: String) throws(FormatError) -> any IndexReader {
        let feature = try UnifiedFeature(arguments, of: indexer, rowCount: rowCount)
        guard let owned = feature.owned else { return UnifiedReader(indexer, rowCount: rowCount, feature) }
        return OwnedRowsReader(
            probes: feature.probes, combine: feature.combine, first: UInt32(indexer.sharedRows + owned.first),
            idCount: owned.ids)
    }
}

/// A feature of few ids, each with rows of its own.
struct OwnedRowsReader: IndexReader {
    let probes: Int
    let combine: Combine
    let first: UInt32
    let idCount: UInt64

    func accepts(_ kind: IDKind) -> Bool { kind == .integer }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        var missing = 0
        for i in 0..<ids.count {
            let key = ids.key(i)
            let start = key < idCount ? first + UInt32(truncatingIfNeeded: key) * UInt32(probes) : RowList.zeroRow
            if start == RowList.zeroRow { missing += 1 }
            for p in 0..<probes {
                rows[layout.place(i, p)] = start == RowList.zeroRow ? start : start + UInt32(p)
            }
        }
        return missing
    }
}
