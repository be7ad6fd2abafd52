internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// What a batch knows of one feature while a call is under way.
struct BatchSlot {
    /// The feature's ids in the tile: `first ..< first + count` of the call's. The next tile's begin behind them.
    var first = 0
    var count = 0
    /// Whether they have been addressed, and where. Of those that have not, `decode` does so.
    var isAddressed = false
    var window = Window()
    var rowCount = 0
    /// Missing ids among the addressed.
    var missing = 0

    var ids: Range<Int> { first..<first + count }
}

// A share of a call: samples `part`, tile by tile. In each tile all features are addressed, then decoded one after the other
// straight into their columns; the first rows of those that follow are asked for before.
extension FeatureBatch {
    func run(
        _ request: BatchRequest, _ part: Range<Int>, _ workspace: LookupWorkspace, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        do throws(LookupError) {
            if request.bags == nil, let oneList {
                try gatherOneList(oneList, request, part, workspace, into: &out)
            } else {
                try runTiles(request, part, workspace, into: &out)
            }
        } catch {
            guard case .missingID = error else { throw error }
            try findMissing(request, part, workspace)
            throw error
        }
    }

    private func runTiles(
        _ request: BatchRequest, _ part: Range<Int>, _ workspace: LookupWorkspace, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let tileSamples = tileSamples(request, part)
        let step = tileSamples ?? max(part.count, 1)
        workspace.slots.reserve(features.count)
        if part.count > step || part.count < request.samples { findStarts(request, part, workspace) }
        for first in stride(from: part.lowerBound, to: part.upperBound, by: step) {
            let tile = first..<min(first + step, part.upperBound)
            let filled = try address(request, tile, ahead: tileSamples != nil, workspace)
            var ahead = (feature: 0, asked: 0)
            for number in 0..<features.count {
                askAhead(of: number, &ahead, workspace)
                var rows = out._mutatingExtracting(
                    droppingFirst: (first - part.lowerBound) * dim + columns[number])
                try decode(number, request, tile, behind: filled, workspace, into: &rows)
            }
        }
    }

    /// Samples whose rows are addressed in one go; nil if features of the part are better done one after the other, each over
    /// all samples: who reads many rows of a table stays with it, for its page tables are then in the caches.
    private func tileSamples(_ request: BatchRequest, _ part: Range<Int>) -> Int? {
        let idsPerSample = request.bags == nil ? features.count : request.ids.count / max(request.samples, 1) + 1
        let rowsPerSample = idsPerSample * probes / features.count
        if part.count * rowsPerSample / features.count >= LookupWorkspace.manyRows { return nil }
        return max(LookupWorkspace.batch / max(rowsPerSample, 1), 1)
    }

    /// Where each feature's ids of the part begin. One tile of all samples finds them by itself.
    private func findStarts(_ request: BatchRequest, _ part: Range<Int>, _ workspace: LookupWorkspace) {
        var first = 0
        for number in 0..<features.count {
            workspace.slots[number] = BatchSlot(first: first + request.idCount(number, 0..<part.lowerBound))
            first += request.idCount(number, 0..<request.samples)
        }
    }

    /// Lists the rows of all features in the tile, one feature behind the other, if they are to be addressed ahead. Returns
    /// how many.
    private func address(
        _ request: BatchRequest, _ tile: Range<Int>, ahead: Bool, _ workspace: LookupWorkspace
    ) throws(LookupError) -> Int {
        var (place, end) = (0, 0)
        for number in 0..<features.count {
            let feature = features[number]
            var slot = workspace.slots[number]
            slot.first = tile.count == request.samples ? end : slot.ids.upperBound
            slot.count = request.idCount(number, tile)
            end = slot.ids.upperBound
            slot.isAddressed = ahead && isAddressedAhead(feature, slot.count, tile.count)
            (slot.window, slot.rowCount, slot.missing) = (Window(base: place), 0, 0)
            if slot.isAddressed {
                var lookup = Lookup(
                    feature.table, feature.missing, workspace, distance: distance, window: slot.window)
                do throws(LookupError) {
                    try lookup.fillAll(request.ids.extracting(slot.ids))
                } catch {
                    feature.table.counters.add(
                        feature.table.pipeline, ids: slot.count, bags: 0, missing: lookup.missing)
                    throw error
                }
                (slot.window, slot.rowCount, slot.missing) = (lookup.window, lookup.filled, lookup.missing)
                place += lookup.filled
            }
            workspace.slots[number] = slot
        }
        return place
    }

    /// Whether the rows of a feature's ids fit the list beside others'. Probes that stand apart must fit one tile of a lookup.
    private func isAddressedAhead(_ feature: Feature, _ count: Int, _ samples: Int) -> Bool {
        let pipeline = feature.table.pipeline
        if pipeline.concatenates { return count <= pipeline.tileIDs && samples <= pipeline.tileRows }
        return count * pipeline.probes <= LookupWorkspace.batch
    }

    /// Asks for rows until `distance` of them beyond those of feature `number` are on their way: the first `distance` of each
    /// feature; what follows in a feature, its kernel asks for.
    private func askAhead(of number: Int, _ ahead: inout (feature: Int, asked: Int), _ workspace: LookupWorkspace) {
        guard distance > 0 else { return }
        let (slots, list) = (workspace.slots, workspace.rows)
        let wanted = slots[number].window.base + slots[number].rowCount + distance
        while ahead.feature < features.count {
            let slot = slots[ahead.feature]
            let end = slot.window.base + min(slot.rowCount, distance)
            let range = max(ahead.asked, slot.window.base)..<max(min(end, wanted), ahead.asked, slot.window.base)
            if !range.isEmpty {
                let feature = features[ahead.feature]
                feature.table.rows.prefetch(list.span.extracting(range), dims: feature.table.rows.dim)
            }
            ahead.asked = range.upperBound
            guard end <= wanted else { return }
            ahead.feature += 1
        }
    }

    /// One feature's columns of the tile.
    ///
    /// - Parameter behind: Rows listed for the tile. What has not been addressed is listed behind them.
    private func decode(
        _ number: Int, _ request: BatchRequest, _ tile: Range<Int>, behind filled: Int, _ workspace: LookupWorkspace,
        into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let (feature, slot) = (features[number], workspace.slots[number])
        let (table, dims) = (feature.table, feature.dims)
        var lookup = Lookup(
            table, feature.missing, workspace, distance: distance,
            window: slot.isAddressed ? slot.window : Window(base: filled), missing: slot.missing)
        defer {
            let bags = request.bags == nil ? 0 : tile.count
            table.counters.add(table.pipeline, ids: slot.count, bags: bags, missing: lookup.missing)
        }
        let ids = request.ids.extracting(slot.ids)
        guard let bags = request.bags else {
            return try lookup.gather(ids, 0..<tile.count, into: &out, outStride: dim, dims: dims)
        }
        let start = number * request.samples
        let own = bags.extracting(start + tile.lowerBound..<start + tile.upperBound)
        let weights: Span<Float>? = if let all = request.weights { all.extracting(slot.ids) } else { nil }
        var cursor = BagCursor()
        try lookup.pool(
            ids, own, 0..<tile.count, &cursor, weights: weights, feature.mode, into: &out, outStride: dim, dims: dims)
    }

    /// Throws for the first missing id of the part, whichever tile and thread met one.
    func findMissing(
        _ request: BatchRequest, _ part: Range<Int>, _ workspace: LookupWorkspace
    ) throws(LookupError) {
        workspace.slots.reserve(features.count)
        findStarts(request, part, workspace)
        for number in 0..<features.count where features[number].missing != .zero {
            let first = workspace.slots[number].first
            let ids = request.ids.extracting(first..<first + request.idCount(number, part))
            var lookup = Lookup(features[number].table, features[number].missing, workspace)
            do throws(LookupError) { try lookup.fillAll(ids) } catch { throw error.moved(by: first) }
        }
    }
}
