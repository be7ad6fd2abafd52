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

    /// - Parameter probes: first + buckets of each is at most UInt32.max.
    init(_ probes: [Probe], buckets: UInt32) {
        self.probes = probes
        self.buckets = buckets
    }

    var count: Int { probes.count }

    /// Writes the row of every probe of every id.
    ///
    /// - Parameter offset: Added to every key, for `mix` only.
    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, _ kernels: Kernels, offset: UInt64 = 0
    ) {
        for p in 0..<probes.count {
            guard case .mix(let salt) = probes[p].hash else {
                address(ids, 0, p, layout, &rows)
                continue
            }
            var places = rows._mutatingExtracting(droppingFirst: ids.count == 0 ? 0 : layout.place(0, p))
            let (first, stride) = (probes[p].first, layout.idStride)
            switch ids {
            case .int64(let keys):
                kernels.hash(keys, salt: salt &+ offset, buckets: buckets, first: first, into: &places, stride: stride)
            case .uint64(let keys):
                kernels.hash(keys, salt: salt &+ offset, buckets: buckets, first: first, into: &places, stride: stride)
            case .int32, .strings, .byteStrings:
                hash(ids, salt: salt &+ offset, first, stride, &places, kernels)
            }
        }
    }

    /// Keys that must be made before they are hashed, a run of them at a time.
    private func hash(
        _ ids: IDs, salt: UInt64, _ first: UInt32, _ stride: Int, _ places: inout MutableSpan<UInt32>,
        _ kernels: Kernels
    ) {
        var keys = InlineArray<128, UInt64>(repeating: 0)
        for start in Swift.stride(from: 0, to: ids.count, by: keys.count) {
            let run = ids.extracting(start..<min(start + keys.count, ids.count))
            var span = keys.mutableSpan
            run.copyKeys(into: &span)
            var rest = places._mutatingExtracting(droppingFirst: start * stride)
            kernels.hash(
                keys.span.extracting(first: run.count), salt: salt, buckets: buckets, first: first, into: &rest,
                stride: stride)
        }
    }

    /// Functions that are not worth vectors: one id after the other.
    private func address(
        _ ids: IDs, _ start: Int, _ p: Int, _ layout: ProbeLayout, _ rows: inout MutableSpan<UInt32>
    ) {
        let probe = probes[p]
        for i in 0..<ids.count {
            let bucket = probe.hash.bucket(ids, i, UInt64(buckets))
            rows[layout.place(start + i, p)] = probe.first + UInt32(truncatingIfNeeded: bucket)
        }
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
