internal import EmbKernels

/// The hashes of an id's probes, each into `buckets` rows from a first one on. Immutable; allocates nothing.
struct ProbeHashes: Sendable {
    struct Probe: Sendable {
        let hash: BucketHash
        /// The row of bucket 0.
        let first: UInt32
    }

    let probes: [Probe]
    let buckets: UInt32
    /// The same for the kernels, if all are `mix`.
    let mixes: HashedProbes?

    /// - Parameter probes: first + buckets of each is at most UInt32.max.
    init(_ probes: [Probe], buckets: UInt32) {
        self.probes = probes
        self.buckets = buckets
        let salts = probes.compactMap { $0.salt }
        mixes = salts.count == probes.count ? HashedProbes(salts, buckets: buckets) : nil
    }

    var count: Int { probes.count }

    /// Writes the row of every probe of every id.
    func address(_ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, _ kernels: Kernels) {
        guard let mixes else { return addressOneByOne(ids, layout, &rows) }
        if let keys = ids.words { return hash(keys, layout, mixes, &rows, kernels) }
        // Keys that must be made, a run of them at a time.
        var keys = InlineArray<128, UInt64>(repeating: 0)
        for start in stride(from: 0, to: ids.count, by: keys.count) {
            let run = ids.extracting(start..<min(start + keys.count, ids.count))
            var span = keys.mutableSpan
            run.copyKeys(into: &span)
            var rest = rows._mutatingExtracting(droppingFirst: start * layout.idStride)
            hash(keys.span.extracting(first: run.count), layout, mixes, &rest, kernels)
        }
    }

    private func hash(
        _ keys: Span<UInt64>, _ layout: ProbeLayout, _ mixes: HashedProbes, _ rows: inout MutableSpan<UInt32>,
        _ kernels: Kernels
    ) {
        guard layout.idStride == 1 else {
            // Side by side, as in `layout` if an id has several rows.
            return kernels.hash(
                keys, stride: 0, count: keys.count, mixes, into: &rows, rowStride: layout.idStride)
        }
        for p in 0..<(keys.isEmpty ? 0 : probes.count) {
            var own = rows._mutatingExtracting(droppingFirst: layout.place(0, p))
            kernels.hash(keys, mixes, number: p, into: &own)
        }
    }

    /// Functions that are not worth vectors: one id after the other.
    private func addressOneByOne(_ ids: IDs, _ layout: ProbeLayout, _ rows: inout MutableSpan<UInt32>) {
        for p in 0..<probes.count {
            let probe = probes[p]
            for i in 0..<ids.count {
                let bucket = probe.hash.bucket(ids, i, UInt64(buckets))
                rows[layout.place(i, p)] = probe.first + UInt32(truncatingIfNeeded: bucket)
            }
        }
    }
}

extension ProbeHashes.Probe {
    /// Of `mix`.
    fileprivate var salt: (salt: UInt64, first: UInt32)? {
        guard case .mix(let salt) = hash else { return nil }
        return (salt, first)
    }
}

extension IDs {
    /// The key of every id, to the front of `keys`.
    func copyKeys(into keys: inout MutableSpan<UInt64>) {
        switch self {
        case .int32(let ids): for i in ids.indices { keys[i] = UInt64(bitPattern: Int64(ids[i])) }
        case .int64(let ids): for i in ids.indices { keys[i] = UInt64(bitPattern: ids[i]) }
        case .uint64(let ids): for i in ids.indices { keys[i] = ids[i] }
        case .strings, .byteStrings: for i in 0..<count { keys[i] = key(i) }
        }
    }
}
