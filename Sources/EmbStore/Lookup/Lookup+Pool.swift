internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// A run of bags that fits a window, or a piece of one bag that does not.
struct BagTile {
    /// Ids and bags of the tile.
    var ids = 0
    var bags = 0
    /// The first bag began in an earlier tile; the last goes on in a later one. Such a bag is alone in its tiles.
    var resumes = false
    var suspends = false
}

/// How far a call's pooling has come: the next bag begins at id `first`.
struct BagCursor {
    var first = 0
}

extension Lookup {
    /// Pools each bag into a row of `out`. The layout has been checked against the ids.
    mutating func pool(
        _ ids: IDs, _ layout: BagLayout, weights: Span<Float>?, _ mode: PoolMode, into out: inout MutableSpan<Float>,
        dims: Int
    ) throws(LookupError) {
        var cursor = BagCursor()
        try pool(ids, layout, 0..<layout.count, &cursor, weights: weights, mode, into: &out, dims: dims)
    }

    /// The same for bags `range` of the call's, into rows that begin `outStride` apart, or else `dims`. Ranges of one call
    /// follow each other.
    mutating func pool(
        _ ids: IDs, _ layout: BagLayout, _ range: Range<Int>, _ cursor: inout BagCursor, weights: Span<Float>?,
        _ mode: PoolMode, into out: inout MutableSpan<Float>, outStride: Int? = nil, dims: Int
    ) throws(LookupError) {
        let outStride = outStride ?? dims
        guard dims <= pipeline.shown else {
            var own = cursor
            try pad(range, into: &out, outStride: outStride, dims: dims) {
                (lookup, part, rows, dims) throws(LookupError) in
                try lookup.pool(ids, layout, part, &own, weights: weights, mode, into: &rows, dims: dims)
            }
            cursor = own
            return
        }
        let stored = pipeline.poolsStoredRows(mode)
        workspace.carries.reserve(pipeline.probes)
        var bag = range.lowerBound
        var offset = 0  // ids of `bag` done in earlier tiles
        var sums = BagSums()
        while bag < range.upperBound {
            let tile = plan(layout, bag..<range.upperBound, offset)
            try fill(ids, from: cursor.first, count: tile.ids)
            let samples: Span<Float>? =
                if let weights { weights.extracting(cursor.first..<cursor.first + tile.ids) } else { nil }
            measure(layout, from: bag, tile, mode, samples, &sums)
            if stored && pipeline.hasConstant { countConstants(tile, mode, samples, &sums) }
            let place = bag - range.lowerBound
            var rows = out._mutatingExtracting(droppingFirst: place * outStride)
            if stored {
                try poolStored(tile, samples, mode, into: &rows, outStride: outStride, dims: dims)
            } else {
                let tileIDs = ids.extracting(cursor.first..<cursor.first + tile.ids)
                try poolFinished(tileIDs, tile, samples, mode, into: &rows, outStride: outStride, dims: dims)
            }
            cursor.first += tile.ids
            offset = tile.suspends ? offset + tile.ids : 0
            bag += tile.suspends ? 0 : tile.bags
        }
    }

    /// As many whole bags as fit, from `offset` ids into the first of `bags` on, and their ends.
    private func plan(_ layout: BagLayout, _ bags: Range<Int>, _ offset: Int) -> BagTile {
        let room = pipeline.tileIDs
        let scratch = workspace.ends
        var ends = scratch.mutableSpan
        if offset == 0 {
            let most = min(bags.upperBound, bags.lowerBound + pipeline.tileRows)
            let (count, ids) = layout.fit(bags.lowerBound, most, room: room, into: &ends)
            if count > 0 { return BagTile(ids: ids, bags: count) }
        }
        // A piece of a bag that is larger than a tile.
        let left = layout.length(bags.lowerBound) - offset
        let ids = min(left, room)
        ends[0] = UInt32(ids)
        return BagTile(ids: ids, bags: 1, resumes: offset > 0, suspends: left > room)
    }

    /// What the bags of a tile are divided by: numbers of ids, or for a weighted mean sums of weights.
    private func measure(
        _ layout: BagLayout, from bag: Int, _ tile: BagTile, _ mode: PoolMode, _ samples: Span<Float>?,
        _ sums: inout BagSums
    ) {
        if !tile.resumes { sums = BagSums() }
        guard mode == .mean else { return }
        var position = 0
        for b in 0..<tile.bags {
            guard let samples else {
                workspace.divisors[b] = Float(layout.length(bag + b))
                continue
            }
            let end = Int(workspace.ends[b])
            var sum: Float = b == 0 ? sums.weights : 0
            for i in position..<end { sum += samples[i] }
            workspace.divisors[b] = sum
            sums.weights = sum
            position = end
        }
    }

    /// Pools stored rows, then transforms each finished bag once.
    private func poolStored(
        _ tile: BagTile, _ samples: Span<Float>?, _ mode: PoolMode, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int
    ) throws(LookupError) {
        guard !pipeline.transforms.isEmpty else {
            return try poolCombined(tile, samples, mode, into: &out, outStride: outStride, dims: dims)
        }
        // An unfinished bag is alone in its tiles: its sums stay in row 0 from one to the next.
        let input = workspace.inputs[pipeline.transforms.count - 1]
        input.reserve(tile.bags * pipeline.width)
        var combined = input.mutableSpan
        try poolCombined(
            tile, samples, mode, into: &combined, outStride: pipeline.width, dims: pipeline.width)
        guard !tile.suspends else { return }
        transform(tile.bags, pooled: true, into: &out, outStride: outStride, dims: dims)
        for b in 0..<tile.bags where !tile.resumes && workspace.ends[b] == (b == 0 ? 0 : workspace.ends[b - 1]) {
            for j in 0..<dims { out[b * outStride + j] = 0 }  // an empty bag: a transform may make -0 of zeros
        }
    }

    /// Pools combined rows: all probes of a bag's ids in one list, or column group by column group.
    private func poolCombined(
        _ tile: BagTile, _ samples: Span<Float>?, _ mode: PoolMode, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int
    ) throws(LookupError) {
        let probesPerID = pipeline.concatenates ? 1 : pipeline.probes
        if probesPerID > 1 {
            for b in 0..<tile.bags { workspace.probeEnds[b] = workspace.ends[b] * UInt32(probesPerID) }
        }
        let part = pipeline.concatenates ? pipeline.rows.dim : dims
        for group in 0..<(pipeline.concatenates ? pipeline.probes : 1) where group * part < dims {
            var columns = out._mutatingExtracting(droppingFirst: group * part)
            let count = tile.ids * probesPerID
            try poolList(
                group * count..<(group + 1) * count, probesPerID, tile, samples, mode, &workspace.carries[group],
                into: &columns, outStride: outStride, dims: min(part, dims - group * part))
        }
    }

    /// One call of the codec over `range` of the window's list.
    private func poolList(
        _ range: Range<Int>, _ probesPerID: Int, _ tile: BagTile, _ samples: Span<Float>?, _ mode: PoolMode,
        _ carry: inout Float, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) throws(LookupError) {
        let ownWeights = pipeline.weighsProbes || probesPerID > 1
        let prepared = ownWeights && prepareWeights(range, probesPerID: probesPerID, samples: samples)
        let (rows, scratchWeights, scratchDivisors) = (workspace.rows, workspace.weights, workspace.divisors)
        let ends = probesPerID > 1 ? workspace.probeEnds : workspace.ends
        let weights: Span<Float>? = prepared ? scratchWeights.span.extracting(first: range.count) : samples
        let list = RowList(
            rows.span.extracting(readable(range)), count: range.count, distance: distance, weights: weights)
        let divisors: Span<Float>? = mode == .mean ? scratchDivisors.span.extracting(first: tile.bags) : nil
        let bags = Bags(
            ends.span.extracting(first: tile.bags), divisors: divisors, resumes: tile.resumes,
            suspends: tile.suspends)
        do throws(FormatError) {
            if mode == .max {
                try pipeline.rows.max(list, bags, into: &out, outStride: outStride, dims: dims, workspace.codec)
            } else {
                try pipeline.rows.sum(
                    list, bags, carry: &carry, into: &out, outStride: outStride, dims: dims, workspace.codec)
            }
        } catch {
            throw .corrupt(table: table.name, error)
        }
    }

    /// Makes finished embeddings of the tile's ids and pools those.
    private func poolFinished(
        _ ids: IDs, _ tile: BagTile, _ samples: Span<Float>?, _ mode: PoolMode, into out: inout MutableSpan<Float>,
        outStride: Int, dims: Int
    ) throws(LookupError) {
        let numbers = tile.ids * dims
        let (finished, order, ends, scratchDivisors) =
            (workspace.finished, workspace.order, workspace.ends, workspace.divisors)
        finished.reserve(numbers + StoredRows.slack / MemoryLayout<Float>.size)
        var embeddings = finished.mutableSpan
        try embed(ids, into: &embeddings, outStride: dims, dims: dims)
        for i in 0..<tile.ids { order[i] = isZero(i) ? RowList.zeroRow : UInt32(i) }
        let rowBytes = dims * MemoryLayout<Float>.size
        let rows = unsafe StoredRows(
            finished.span.bytes, rowCount: tile.ids, stride: rowBytes, dim: dims, format: RowFormat(.f32))
        let list = RowList(order.span.extracting(first: tile.ids), count: tile.ids, weights: samples)
        let divisors: Span<Float>? = mode == .mean ? scratchDivisors.span.extracting(first: tile.bags) : nil
        let bags = Bags(
            ends.span.extracting(first: tile.bags), divisors: divisors, resumes: tile.resumes,
            suspends: tile.suspends)
        if mode == .max {
            pipeline.kernels.max(rows, list, bags, into: &out, outStride: outStride, dims: dims)
        } else {
            var carry: Float = 0  // of float rows: always 0
            pipeline.kernels.sum(rows, list, bags, carry: &carry, into: &out, outStride: outStride, dims: dims)
        }
    }
}
