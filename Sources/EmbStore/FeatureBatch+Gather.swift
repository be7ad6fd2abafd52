public import EmbCodecs
internal import EmbFormat
internal import EmbKernels

extension FeatureBatch {
    /// One embedding per feature and sample: what a `gather` per feature gives, to the bit.
    ///
    /// - Parameters:
    ///   - ids: features.count x samples: those of the first feature, sample after sample, then those of the next.
    ///   - out: samples x dim numbers: row s is sample s. What it holds after a throw is unspecified.
    /// - Throws: `LookupError` naming the table; positions of ids count from the start of the call's.
    /// - Complexity: O(ids x dims). Features of one table that follow each other are addressed together, so that their
    ///   rows are on their way while the first are decoded.
    public func gather(_ ids: IDs, samples: Int, into out: inout MutableSpan<Float>) throws(LookupError) {
        guard let first = features.first else { return }
        try check(first.table, "ids", ids.count, features.count, samples)
        try check(first.table, "numbers of output", out.count, dim, samples)
        for number in 0..<features.count {
            let feature = features[number]
            try feature.table.checkCounts(rows: samples, samples * feature.dims, feature.dims)
            try feature.table.check(ids.kind, feature.missing)
        }
        var number = 0
        while number < features.count {
            let end = runEnd(from: number)
            do throws(LookupError) {
                let run = ids.extracting(number * samples..<end * samples)
                try gather(number..<end, run, samples, into: &out)
            } catch {
                throw error.moved(by: number * samples)
            }
            number = end
        }
    }

    /// One past the features from `start` on that read the rows of one table, as they are and whole.
    private func runEnd(from start: Int) -> Int {
        let first = features[start].table
        guard decodesIntoPlace(start) else { return start + 1 }
        var end = start + 1
        while end < features.count, decodesIntoPlace(end), features[end].table.counters === first.counters { end += 1 }
        return end
    }

    private func decodesIntoPlace(_ number: Int) -> Bool {
        let feature = features[number]
        return feature.table.pipeline.decodesIntoPlace && feature.dims == feature.table.dim
    }

    /// Features `range`: of one table, or one that is not decoded into place.
    private func gather(
        _ range: Range<Int>, _ ids: IDs, _ samples: Int, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let table = features[range.lowerBound].table
        try table.workspaces.with { (workspace) throws(LookupError) in
            guard decodesIntoPlace(range.lowerBound) else {
                return try gatherOne(range.lowerBound, ids, samples, workspace, into: &out)
            }
            var probes = 0
            for number in range { probes += features[number].table.pipeline.probes }
            let step = max(LookupWorkspace.batch / probes, 1)
            workspace.rows.reserve(min(step, samples) * probes)
            for first in stride(from: 0, to: samples, by: step) {
                let part = first..<min(first + step, samples)
                try address(range, probes, ids, samples, part, workspace)
                try decode(range, probes, part, workspace, into: &out)
            }
        }
    }

    /// Lists the rows of samples `part`: all probes of all features of a sample side by side, as they stand in the output.
    private func address(
        _ range: Range<Int>, _ probes: Int, _ ids: IDs, _ samples: Int, _ part: Range<Int>, _ workspace: LookupWorkspace
    ) throws(LookupError) {
        guard !part.isEmpty else { return }
        let layout = ProbeLayout.byID(probes: probes)
        let counters = features[range.lowerBound].table.counters
        let scratch = workspace.rows
        var (place, missing) = (0, 0)
        defer { counters.add(ids: part.count * range.count, bags: 0, missing: missing) }
        for number in range {
            let pipeline = features[number].table.pipeline
            let start = (number - range.lowerBound) * samples
            let own = ids.extracting(start + part.lowerBound..<start + part.upperBound)
            var span = scratch.mutableSpan
            var rows = span._mutatingExtracting(droppingFirst: place)
            var none = MutableSpan<Float>()
            let found: Int
            do throws(FormatError) {
                found = try pipeline.index.address(own, layout, rows: &rows, weights: &none, pipeline.kernels)
            } catch {
                throw .corrupt(table: features[number].table.name, error)
            }
            place += pipeline.probes
            guard found > 0 else { continue }
            var lookup = Lookup(features[number].table, features[number].missing, workspace)
            defer { missing += lookup.missing }
            do throws(LookupError) { try lookup.count(found, own, layout, &rows) } catch {
                throw error.moved(by: start + part.lowerBound)
            }
        }
    }

    /// Decodes the list: all of it at once where nothing else stands in the output rows.
    private func decode(
        _ range: Range<Int>, _ probes: Int, _ part: Range<Int>, _ workspace: LookupWorkspace,
        into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let lookup = Lookup(features[range.lowerBound].table, .zero, workspace)
        let filled = part.count * probes
        if range.count == features.count {
            var rows = out._mutatingExtracting(part.lowerBound * dim..<part.upperBound * dim)
            return try lookup.decode(0..<filled, filled: filled, into: &rows)
        }
        for sample in 0..<part.count {
            let place = (part.lowerBound + sample) * dim + columns[range.lowerBound]
            var row = out._mutatingExtracting(droppingFirst: place)
            try lookup.decode(sample * probes..<(sample + 1) * probes, filled: filled, into: &row)
        }
    }

    /// A feature whose rows need work after decoding.
    private func gatherOne(
        _ number: Int, _ ids: IDs, _ samples: Int, _ workspace: LookupWorkspace, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let (feature, column) = (features[number], columns[number])
        let dims = feature.dims
        var lookup = Lookup(feature.table, feature.missing, workspace)
        defer { feature.table.counters.add(ids: samples, bags: 0, missing: lookup.missing) }
        let tile = feature.table.pipeline.tileRows
        let gathered = workspace.unrounded
        gathered.reserve(min(samples, tile) * dims)
        for first in stride(from: 0, to: samples, by: tile) {
            let count = min(tile, samples - first)
            var all = gathered.mutableSpan
            var rows = all._mutatingExtracting(first: count * dims)
            try lookup.gather(ids, first..<first + count, into: &rows, dims: dims)
            for row in 0..<count {
                let place = (first + row) * dim + column
                var target = out._mutatingExtracting(place..<place + dims)
                target.update(from: rows.span.extracting(row * dims..<(row + 1) * dims))
            }
        }
    }
}
