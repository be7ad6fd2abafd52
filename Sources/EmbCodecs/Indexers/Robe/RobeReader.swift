internal import EmbFormat
internal import EmbKernels

/// Blocks that begin where `mix` says.
struct RobeReader: IndexReader {
    private let indexer: Robe
    private let hashes: ProbeHashes
    /// What is added to every key; integers only, if it was asked for.
    private let offset: UInt64

    init(_ indexer: Robe, offset: UInt64 = 0) {
        self.indexer = indexer
        self.offset = offset
        let probes = (0..<indexer.probes).map { c in
            ProbeHashes.Probe(hash: .mix(salt: KeyHash.salt(indexer.seed, UInt64(c)) &+ offset), first: 0)
        }
        hashes = ProbeHashes(probes, buckets: UInt32(indexer.size / indexer.align))
    }

    var probes: Int { hashes.count }
    var combine: Combine { .concat }
    var weighsProbes: Bool { indexer.isSigned }

    func accepts(_ kind: IDKind) -> Bool { offset == 0 || kind == .integer }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        hashes.address(ids, layout, rows: &rows, kernels)
        if indexer.align > 1 {
            for i in 0..<ids.count {
                for c in 0..<probes { rows[layout.place(i, c)] *= UInt32(indexer.align) }
            }
        }
        guard indexer.isSigned else { return 0 }
        for i in 0..<ids.count {
            let key = ids.key(i) &+ offset
            for c in 0..<probes { weights[layout.place(i, c)] = KeyHash.sign(indexer.seed, UInt64(c), key: key) }
        }
        return 0
    }

    func feature(_ arguments: String) throws(FormatError) -> any IndexReader {
        var arguments = try FeatureArguments(arguments)
        let offset = try arguments.integer("offset", in: 0...UInt64.max) ?? 0
        arguments.spell("offset", offset, default: 0)
        try arguments.finish()
        return RobeReader(indexer, offset: offset)
    }
}

/// Blocks that begin where the coefficients of a trained array say.
struct TrainedRobeReader: IndexReader {
    private let indexer: Robe
    private let block: UInt64
    private var offset: UInt64 = 0
    private var slot: UInt64 = 0

    init(_ indexer: Robe) {
        self.indexer = indexer
        block = indexer.block
    }

    var probes: Int { indexer.probes }
    var combine: Combine { .concat }
    var flipsNumbers: Bool { indexer.isSigned }

    func accepts(_ kind: IDKind) -> Bool { kind == .integer }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        let (p, d, c) = (indexer.coefficients[0], indexer.coefficients[1], indexer.coefficients[2])
        let (b, a) = (indexer.coefficients[3], indexer.coefficients[4])
        for i in 0..<ids.count {
            let first = b &* (ids.key(i) &+ offset) &+ d &+ a &* slot
            for chunk in 0..<probes {
                let start = (first &+ c &* UInt64(chunk)) % p
                rows[layout.place(i, chunk)] = UInt32(truncatingIfNeeded: row(start, p))
            }
        }
        return 0
    }

    /// The window that begins at `start`, below p.
    private func row(_ start: UInt64, _ p: UInt64) -> UInt64 {
        // A block over the end of 0 ..< p goes on at the array's beginning: it is stored apart.
        start + block <= p ? start % indexer.size : indexer.size + 2 * (block - 1) - (p - start)
    }

    func flip(_ ids: IDs, _ rows: inout MutableSpan<Float>, outStride: Int, dims: Int) {
        let p = indexer.coefficients[0]
        let (d, c) = (indexer.coefficients[5], indexer.coefficients[6])
        let (b, a) = (indexer.coefficients[7], indexer.coefficients[8])
        for i in 0..<ids.count {
            var number = b &* (ids.key(i) &+ offset) &+ d &+ a &* slot
            for j in i * outStride..<i * outStride + dims {
                if number % p % 2 == 0 { rows[j].negate() }
                number &+= c
            }
        }
    }

    func feature(_ arguments: String) throws(FormatError) -> any IndexReader {
        var arguments = try FeatureArguments(arguments)
        var feature = self
        feature.offset = try arguments.integer("offset", in: 0...UInt64.max) ?? 0
        feature.slot = try arguments.integer("slot", in: 0...UInt64(UInt32.max)) ?? 0
        arguments.spell("offset", feature.offset, default: 0)
        arguments.spell("slot", feature.slot, default: 0)
        try arguments.finish()
        return feature
    }
}
