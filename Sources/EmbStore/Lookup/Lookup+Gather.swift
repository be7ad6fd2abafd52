internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

extension Lookup {
    /// The first `dims` numbers of each id's embedding, into consecutive rows of `out`.
    mutating func gather(_ ids: IDs, into out: inout MutableSpan<Float>, dims: Int) throws(LookupError) {
        try gather(ids, 0..<ids.count, into: &out, dims: dims)
    }

    /// The same for ids `range` of the call's, into rows that begin `outStride` apart, or else `dims`. Ranges of one call
    /// follow each other.
    mutating func gather(
        _ ids: IDs, _ range: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int? = nil, dims: Int
    ) throws(LookupError) {
        let outStride = outStride ?? dims
        guard dims <= pipeline.shown else {
            return try pad(range, into: &out, outStride: outStride, dims: dims) {
                (lookup, part, rows, dims) throws(LookupError) in
                try lookup.gather(ids, part, into: &rows, dims: dims)
            }
        }
        var (first, done) = (range.lowerBound, 0)
        while first < range.upperBound {
            let count = min(pipeline.tileIDs, range.upperBound - first)
            try fill(ids, from: first, count: count)
            var tile = out._mutatingExtracting(droppingFirst: done * outStride)
            try embed(ids.extracting(first..<first + count), into: &tile, outStride: outStride, dims: dims)
            first += count
            done += count
        }
    }

    /// Rows `range` of a call, tile by tile: `make` writes as many numbers of each as are shown, zeros follow them.
    mutating func pad(
        _ range: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int, dims: Int,
        _ make: (inout Lookup, Range<Int>, inout MutableSpan<Float>, Int) throws(LookupError) -> Void
    ) throws(LookupError) {
        let (shown, buffer) = (pipeline.shown, workspace.shown)
        buffer.reserve(min(range.count, pipeline.tileRows) * shown)
        for first in stride(from: range.lowerBound, to: range.upperBound, by: pipeline.tileRows) {
            let part = first..<min(first + pipeline.tileRows, range.upperBound)
            var all = buffer.mutableSpan
            var rows = all._mutatingExtracting(first: part.count * shown)
            try make(&self, part, &rows, shown)
            for i in 0..<part.count {
                let place = (first - range.lowerBound + i) * outStride
                var row = out._mutatingExtracting(place..<place + dims)
                row.update(from: rows.span.extracting(i * shown..<(i + 1) * shown))
                for j in shown..<dims { row[j] = 0 }
            }
        }
    }

    /// Embeddings of `ids`, with which the window begins.
    func embed(_ ids: IDs, into out: inout MutableSpan<Float>, outStride: Int, dims: Int) throws(LookupError) {
        guard !pipeline.transforms.isEmpty else {
            return try combine(ids, into: &out, outStride: outStride, dims: dims)
        }
        let count = ids.count
        let input = workspace.inputs[pipeline.transforms.count - 1]
        input.reserve(count * pipeline.width)
        var combined = input.mutableSpan
        try combine(ids, into: &combined, outStride: pipeline.width, dims: pipeline.width)
        transform(count, pooled: false, into: &out, outStride: outStride, dims: dims)
        guard missing > 0 && policy == .zero else { return }
        for i in 0..<count where isZero(i) {
            for j in 0..<dims { out[i * outStride + j] = 0 }  // a transform may make anything of zeros
        }
    }

    /// Takes `count` combined rows, the innermost transform's input, through the transforms and keeps `dims` numbers of
    /// each. Of pooled rows the workspace knows how often constants go into them.
    func transform(_ count: Int, pooled: Bool, into out: inout MutableSpan<Float>, outStride: Int, dims: Int) {
        var step = pipeline.transforms.count - 1
        while step > 0 {
            apply(step, count, pooled, into: workspace.inputs[step - 1])
            step -= 1
        }
        if dims == pipeline.dim, dims == outStride {
            var rows = out._mutatingExtracting(first: count * dims)
            return apply(0, count, pooled, into: &rows)
        }
        apply(0, count, pooled, into: workspace.whole)
        let whole = workspace.whole
        for i in 0..<count {
            var row = out._mutatingExtracting(i * outStride..<i * outStride + dims)
            row.update(from: whole.span.extracting(i * pipeline.dim..<i * pipeline.dim + dims))
        }
    }

    private func apply(_ step: Int, _ count: Int, _ pooled: Bool, into buffer: Scratch<Float>) {
        let numbers = count * pipeline.transforms[step].outputDim
        buffer.reserve(numbers)
        var span = buffer.mutableSpan
        var output = span._mutatingExtracting(first: numbers)
        apply(step, count, pooled, into: &output)
    }

    private func apply(_ step: Int, _ count: Int, _ pooled: Bool, into out: inout MutableSpan<Float>) {
        let transform = pipeline.transforms[step]
        let input = workspace.inputs[step]
        let rows = input.span.extracting(first: count * transform.inputDim)
        guard pooled, transform.hasConstant else { return transform.apply(rows, into: &out, pipeline.kernels) }
        let constants = workspace.constants
        transform.apply(rows, constants: constants.span.extracting(first: count), into: &out, pipeline.kernels)
    }

    /// Combined rows of `ids`: `dims` numbers of each.
    private func combine(
        _ ids: IDs, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        try combine(ids.count, into: &out, outStride: outStride, dims: dims)
        if pipeline.flipsNumbers { pipeline.index.flip(ids, &out, outStride: outStride, dims: dims) }
    }

    private func combine(
        _ count: Int, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        if pipeline.readsRowsAsTheyAre {
            return try gatherProbe(0, count, into: &out, outStride: outStride, dims: dims)
        }
        switch pipeline.combine {
        case .sum, .mean: try sumProbes(count, into: &out, outStride: outStride, dims: dims)
        case .concat: try concatenateProbes(count, into: &out, outStride: outStride, dims: dims)
        case .multiply: try multiplyProbes(count, into: &out, outStride: outStride, dims: dims)
        case .contract: try contractProbes(count, into: &out, outStride: outStride, dims: dims)
        }
    }

    /// An id is a bag of its probes.
    private func sumProbes(
        _ count: Int, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        let probes = pipeline.probes
        let (rows, ends, scratchWeights) = (workspace.rows, workspace.probeEnds, workspace.weights)
        for i in 0..<count { ends[i] = UInt32((i + 1) * probes) }
        let weighted = prepareWeights(0..<count * probes, probesPerID: probes, samples: nil)
        let weights: Span<Float>? = weighted ? scratchWeights.span.extracting(first: count * probes) : nil
        let list = RowList(
            rows.span.extracting(readable(0..<count * probes)), count: count * probes, distance: distance,
            weights: weights)
        var carry: Float = 0
        do throws(FormatError) {
            try pipeline.rows.sum(
                list, Bags(ends.span.extracting(first: count)), carry: &carry, into: &out, outStride: outStride,
                dims: dims, workspace.codec)
        } catch {
            throw .corrupt(table: table.name, error)
        }
    }

    private func concatenateProbes(
        _ count: Int, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        let part = pipeline.rows.dim
        for probe in 0..<pipeline.probes where probe * part < dims {
            var columns = out._mutatingExtracting(droppingFirst: probe * part)
            try gatherProbe(probe, count, into: &columns, outStride: outStride, dims: min(part, dims - probe * part))
            scale(count, probe, &columns, outStride: outStride, dims: min(part, dims - probe * part))
        }
    }

    private func multiplyProbes(
        _ count: Int, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        let (order, scratch) = (workspace.order, workspace.factors)
        scratch.reserve(count * dims)
        var factors = scratch.mutableSpan
        for probe in 0..<pipeline.probes {
            for i in 0..<count { order[i] = workspace.rows[place(i * pipeline.probes + probe)] }
            let list = RowList(order.span.extracting(first: count), count: count)
            do throws(FormatError) {
                try pipeline.rows.gather(list, into: &factors, outStride: dims, dims: dims, workspace.codec)
            } catch {
                throw .corrupt(table: table.name, error)
            }
            scale(count, probe, &factors, outStride: dims, dims: dims)
            for i in 0..<count {
                var row = out._mutatingExtracting(i * outStride..<i * outStride + dims)
                if probe == 0 { row.update(from: factors.span.extracting(i * dims..<(i + 1) * dims)) }
                for j in 0..<(probe == 0 ? 0 : dims) { row[j] *= factors[i * dims + j] }
            }
        }
    }

    /// All rows of an id are decoded, and the index makes one of them.
    private func contractProbes(
        _ count: Int, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        let (rows, decoded, whole, scratch) = (workspace.rows, workspace.factors, workspace.contracted, workspace.steps)
        let (probes, width) = (pipeline.probes, pipeline.rows.dim)
        decoded.reserve(probes * width)
        whole.reserve(pipeline.width)
        scratch.reserve(pipeline.index.contractScratch)
        for i in 0..<count {
            let list = RowList(
                rows.span.extracting(readable(i * probes..<(i + 1) * probes)), count: probes, distance: distance)
            var numbers = decoded.mutableSpan
            do throws(FormatError) {
                try pipeline.rows.gather(list, into: &numbers, outStride: width, dims: width, workspace.codec)
            } catch {
                throw .corrupt(table: table.name, error)
            }
            var steps = scratch.mutableSpan
            var combined = whole.mutableSpan
            pipeline.index.contract(decoded.span.extracting(first: probes * width), &steps, into: &combined)
            for j in 0..<dims { out[i * outStride + j] = combined[j] }
        }
    }

    /// Decodes rows `range` of the workspace's list, one after the other into `out`; those up to `filled` may be
    /// prefetched. For pipelines that decode into place.
    func decode(_ range: Range<Int>, filled: Int, into out: inout MutableSpan<Float>) throws(LookupError) {
        let (rows, width) = (workspace.rows, pipeline.rows.dim)
        let list = RowList(
            rows.span.extracting(range.lowerBound..<min(filled, range.upperBound + distance)), count: range.count,
            distance: distance)
        do throws(FormatError) {
            try pipeline.rows.gather(list, into: &out, outStride: width, dims: width, workspace.codec)
        } catch {
            throw .corrupt(table: table.name, error)
        }
    }

    /// Sums the rows of the workspace's list per bag, one sum after the other into `out`. For pipelines that sum into place.
    func sum(_ ends: Span<UInt32>, into out: inout MutableSpan<Float>) throws(LookupError) {
        let (rows, width) = (workspace.rows, pipeline.rows.dim)
        let count = Int(ends[ends.count - 1])
        let list = RowList(rows.span.extracting(first: count), count: count, distance: distance)
        var carry: Float = 0
        do throws(FormatError) {
            try pipeline.rows.sum(
                list, Bags(ends), carry: &carry, into: &out, outStride: width, dims: width, workspace.codec)
        } catch {
            throw .corrupt(table: table.name, error)
        }
    }

    /// Decodes probe `probe` of the first `count` ids of the window.
    private func gatherProbe(
        _ probe: Int, _ count: Int, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        // Rows of the probes that follow may be prefetched while the last of these are read.
        let rows = workspace.rows
        let list = RowList(
            rows.span.extracting(readable(probe * count..<(probe + 1) * count)), count: count, distance: distance)
        do throws(FormatError) {
            try pipeline.rows.gather(list, into: &out, outStride: outStride, dims: dims, workspace.codec)
        } catch {
            throw .corrupt(table: table.name, error)
        }
    }

    /// Multiplies gathered rows by their probes' own weights, if there are any. Zero rows stay zero.
    private func scale(
        _ count: Int, _ probe: Int, _ rows: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) {
        guard pipeline.weighsProbes else { return }
        let layout: ProbeLayout = pipeline.concatenates ? .byProbe(count: count) : .byID(probes: pipeline.probes)
        for i in 0..<count where !isZero(i) {
            let weight = workspace.probeWeights[place(layout.place(i, probe))]
            for j in 0..<dims { rows[i * outStride + j] *= weight }
        }
    }

    /// Writes to the workspace the weights of probes `range` of the window: sample times probe, and times 1/k for a mean
    /// of k probes. Returns false, and writes nothing, if all are 1.
    func prepareWeights(_ range: Range<Int>, probesPerID: Int, samples: Span<Float>?) -> Bool {
        let mean = pipeline.combine == .mean && pipeline.probes > 1
        guard mean || pipeline.weighsProbes || samples != nil else { return false }
        workspace.weights.reserve(range.count)
        let share = mean ? 1 / Float(pipeline.probes) : 1  // times 1 changes no bit
        var i = 0
        for id in 0..<range.count / probesPerID {
            let sample = if let samples { samples[id] } else { Float(1) }
            for _ in 0..<probesPerID {
                let own: Float = pipeline.weighsProbes ? workspace.probeWeights[place(range.lowerBound + i)] : 1
                workspace.weights[i] = sample * (own * share)
                i += 1
            }
        }
        return true
    }
}
