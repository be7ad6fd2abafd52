internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// Features that all read rows of one table as they are: the rows of a whole call are one list. An output row is a run of them,
/// or each feature's numbers in it are the sum of an id's.
struct OneList: Sendable {
    /// Where each feature's first row stands among those of a sample.
    let places: [Int]
    /// Which features' rows are nothing but hashes of ids, and their probes, if there are any.
    let isHashed: [Bool]
    let hashedProbes: HashedProbes?
    /// Samples whose rows are listed in one go.
    let samples: Int
    /// One past the last row of each feature of each of so many samples, if they are summed; else empty.
    let bagEnds: [UInt32]

    /// Nil if the features are others.
    init?(_ features: [FeatureBatch.Feature], probes: Int) {
        guard let first = features.first else { return nil }
        let pipelines = features.map { $0.table.pipeline }
        let sums = pipelines.allSatisfy(\.sumsIntoPlace)
        let isOneTable = features.allSatisfy {
            $0.dims == $0.table.dim && $0.table.counters === first.table.counters
        }
        guard isOneTable, sums || pipelines.allSatisfy(\.decodesIntoPlace) else { return nil }
        var (places, ends): ([Int], [UInt32]) = ([], [])
        var place = 0
        for pipeline in pipelines {
            places.append(place)
            place += pipeline.probes
        }
        samples = max(LookupWorkspace.batch / 4 / probes, 1)
        for sample in 0..<(sums ? samples : 0) {
            for (number, pipeline) in pipelines.enumerated() {
                ends.append(UInt32(sample * probes + places[number] + pipeline.probes))
            }
        }
        self.places = places
        bagEnds = ends
        let hashes = pipelines.map { $0.index.hashedProbes }
        isHashed = hashes.map { $0 != nil }
        hashedProbes =
            isHashed.contains(true) ? HashedProbes(joining: Array(zip(pipelines.map(\.probes), hashes))) : nil
    }
}

extension FeatureBatch {
    func gatherOneList(
        _ list: OneList, _ request: BatchRequest, _ part: Range<Int>, _ workspace: LookupWorkspace,
        into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        workspace.rows.reserve(min(list.samples, part.count) * probes)
        for first in stride(from: part.lowerBound, to: part.upperBound, by: list.samples) {
            let tile = first..<min(first + list.samples, part.upperBound)
            try address(list, request, tile, workspace)
            let lookup = Lookup(features[0].table, .zero, workspace, distance: distance)
            let filled = tile.count * probes
            if distance > 0 { lookup.prefetch(0..<min(distance, filled)) }
            let start = first - part.lowerBound
            var rows = out._mutatingExtracting(start * dim..<(start + tile.count) * dim)
            if list.bagEnds.isEmpty {
                try lookup.decode(0..<filled, filled: filled, into: &rows)
            } else {
                try lookup.sum(list.bagEnds.span.extracting(first: tile.count * features.count), into: &rows)
            }
        }
    }

    /// Lists the rows of samples `tile`: all probes of all features of a sample side by side, as they stand in the output.
    private func address(
        _ list: OneList, _ request: BatchRequest, _ tile: Range<Int>, _ workspace: LookupWorkspace
    ) throws(LookupError) {
        let counters = features[0].table.counters
        var missing = 0
        defer {
            counters.add(
                features[0].table.pipeline, ids: tile.count * features.count, rows: tile.count * probes, bags: 0,
                missing: missing)
        }
        let hashes = hash(list, request, tile, workspace)
        for number in 0..<features.count where !(hashes && list.isHashed[number]) {
            try address(number, list.places[number], request, tile, workspace, &missing)
        }
    }

    /// Lists the rows of all features whose rows are hashes, if the ids are keys as they are.
    private func hash(
        _ list: OneList, _ request: BatchRequest, _ tile: Range<Int>, _ workspace: LookupWorkspace
    ) -> Bool {
        guard let keys = request.ids.words, let probes = list.hashedProbes else { return false }
        let scratch = workspace.rows
        var span = scratch.mutableSpan
        features[0].table.pipeline.kernels.hash(
            keys.extracting(tile.lowerBound..<keys.count), stride: request.samples, count: tile.count, probes,
            into: &span,
            rowStride: self.probes)
        return true
    }

    /// Lists the rows of feature `number`, the first of a sample at `place`.
    private func address(
        _ number: Int, _ place: Int, _ request: BatchRequest, _ tile: Range<Int>, _ workspace: LookupWorkspace,
        _ missing: inout Int
    ) throws(LookupError) {
        let layout = ProbeLayout.byID(probes: probes)
        let pipeline = features[number].table.pipeline
        let start = number * request.samples
        let own = request.ids.extracting(start + tile.lowerBound..<start + tile.upperBound)
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
