public import EmbCodecs
internal import EmbFormat
internal import EmbKernels

extension FeatureBatch {
    /// One embedding per feature and sample: what a `gather` per feature gives, to the bit.
    ///
    /// - Parameters:
    ///   - ids: features.count x samples: those of the first feature, sample after sample, then those of the next.
    ///   - part: These samples only, for callers that share a call between threads of their own; all by default.
    ///   - out: part.count x dim numbers: a row per sample of the part. What it holds after a throw is unspecified.
    /// - Throws: `LookupError` naming the table; positions of ids count from the start of the call's. Of several missing ids
    ///   the first of the part is named.
    /// - Complexity: O(ids x dims). Allocates nothing, see `FeatureBatch`.
    public func gather(
        _ ids: IDs, samples: Int, part: Range<Int>? = nil, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        guard let part = try checkGather(ids, samples, part, outCount: out.count) else { return }
        try share(BatchRequest(ids, samples: samples), part, into: &out)
    }

    /// The same, rounded to `Float16` or `BFloat16` at the end.
    public func gather<Output: RoundedOutput>(
        _ ids: IDs, samples: Int, part: Range<Int>? = nil, into out: inout MutableSpan<Output>
    ) throws(LookupError) {
        guard let part = try checkGather(ids, samples, part, outCount: out.count) else { return }
        try share(BatchRequest(ids, samples: samples), part, into: &out)
    }

    /// The samples to look up, checked with the rest of the call; nil if there are no features.
    private func checkGather(
        _ ids: IDs, _ samples: Int, _ part: Range<Int>?, outCount: Int
    ) throws(LookupError) -> Range<Int>? {
        guard !features.isEmpty else { return nil }
        let part = part ?? 0..<max(samples, 0)
        try check(features[0].table, "ids", ids.count, features.count, samples)
        try check(ids, samples: samples, part, outCount: outCount)
        return part
    }
}

// Features that all read the rows of one table as they are: an output row is a run of stored rows, and the whole call one
// list of them.
extension FeatureBatch {
    static func isOneList(_ features: [Feature]) -> Bool {
        guard let first = features.first else { return false }
        return features.allSatisfy { feature in
            feature.table.pipeline.decodesIntoPlace && feature.dims == feature.table.dim
                && feature.table.counters === first.table.counters
        }
    }

    func gatherOneList(
        _ request: BatchRequest, _ part: Range<Int>, _ workspace: LookupWorkspace, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let step = max(LookupWorkspace.batch / 4 / probes, 1)
        workspace.rows.reserve(min(step, part.count) * probes)
        for first in stride(from: part.lowerBound, to: part.upperBound, by: step) {
            let tile = first..<min(first + step, part.upperBound)
            try address(request, tile, workspace)
            let lookup = Lookup(features[0].table, .zero, workspace, distance: distance)
            let filled = tile.count * probes
            if distance > 0 { lookup.prefetch(0..<min(distance, filled)) }
            let start = first - part.lowerBound
            var rows = out._mutatingExtracting(start * dim..<(start + tile.count) * dim)
            try lookup.decode(0..<filled, filled: filled, into: &rows)
        }
    }

    /// Lists the rows of samples `tile`: all probes of all features of a sample side by side, as they stand in the output.
    private func address(
        _ request: BatchRequest, _ tile: Range<Int>, _ workspace: LookupWorkspace
    ) throws(LookupError) {
        let counters = features[0].table.counters
        var missing = 0
        defer {
            counters.add(
                features[0].table.pipeline, ids: tile.count * features.count, rows: tile.count * probes, bags: 0,
                missing: missing)
        }
        let hashes = hash(request, tile, workspace)
        for number in 0..<features.count where !(hashes && isHashed[number]) {
            try address(number, request, tile, workspace, &missing)
        }
    }

    /// Lists the rows of all features whose rows are hashes, if the ids are keys as they are.
    private func hash(_ request: BatchRequest, _ tile: Range<Int>, _ workspace: LookupWorkspace) -> Bool {
        guard let keys = request.ids.words, let hashedProbes else { return false }
        let scratch = workspace.rows
        var span = scratch.mutableSpan
        features[0].table.pipeline.kernels.hash(
            keys.extracting(tile.lowerBound..<keys.count), stride: request.samples, count: tile.count, hashedProbes,
            into: &span, rowStride: probes)
        return true
    }

    /// Lists the rows of feature `number`.
    private func address(
        _ number: Int, _ request: BatchRequest, _ tile: Range<Int>, _ workspace: LookupWorkspace, _ missing: inout Int
    ) throws(LookupError) {
        let layout = ProbeLayout.byID(probes: probes)
        let pipeline = features[number].table.pipeline
        let start = number * request.samples
        let own = request.ids.extracting(start + tile.lowerBound..<start + tile.upperBound)
        let place = columns[number] / pipeline.rows.dim
        let scratch = workspace.rows
        var span = scratch.mutableSpan
        var rows = span._mutatingExtracting(place..<tile.count * probes)
        var none = MutableSpan<Float>()
        if !features[number].table.mapping.isMapped { features[number].table.askForIndex(own) }
        let found: Int
        do throws(FormatError) {
            found = try pipeline.index.address(own, layout, rows: &rows, weights: &none, pipeline.kernels)
        } catch {
            throw .corrupt(table: features[number].table.name, error)
        }
        guard found > 0 else { return }
        var lookup = Lookup(features[number].table, features[number].missing, workspace)
        defer { missing += lookup.missing }
        do throws(LookupError) { try lookup.count(found, own, layout, &rows) } catch {
            throw error.moved(by: start + tile.lowerBound)
        }
    }
}
