internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// The ids that have been addressed and not yet decoded: `start ..< end` of the call's. Their probes stand in the
/// workspace's lists from `place` on, in the part of the lists that begins at `base`.
struct Window {
    var base = 0
    var place = 0
    var start = 0
    var end = 0

    init(base: Int = 0) { (self.base, place) = (base, base) }
}

/// One call's way through a table: a window of ids is addressed ahead of the rows being decoded, so that the kernels can
/// prefetch across bags and tiles.
struct Lookup {
    let table: EmbeddingTable
    let pipeline: Pipeline
    let policy: MissingPolicy
    let workspace: LookupWorkspace
    /// How many rows ahead to prefetch.
    let distance: Int
    /// Whether pages of the file are asked for before they are read: in prefetching, and of files that are not mapped.
    let asksForPages: Bool
    private(set) var window: Window
    private(set) var missing: Int

    init(
        _ table: EmbeddingTable, _ policy: MissingPolicy, _ workspace: LookupWorkspace, distance: Int? = nil,
        window: Window = Window(), missing: Int = 0, asksForPages: Bool = false
    ) {
        self.table = table
        pipeline = table.pipeline
        self.policy = policy
        self.workspace = workspace
        self.distance = distance ?? table.pipeline.prefetchDistance
        self.asksForPages = asksForPages || !table.mapping.isMapped
        self.window = window
        self.missing = missing
        workspace.prepare(transforms: table.pipeline.transforms.count)
    }

    /// Probes in the window, the unit of its lists.
    var filled: Int { (window.end - window.start) * pipeline.probes }

    /// Where probe `i` of the window stands in the lists.
    func place(_ i: Int) -> Int { window.place + i }

    /// Where probes `range` of the window stand, and behind them those that may be prefetched meanwhile.
    func readable(_ range: Range<Int>) -> Range<Int> {
        place(range.lowerBound)..<place(min(filled, range.upperBound + distance))
    }

    /// Makes the window begin at id `first` and hold at least `count` ids.
    mutating func fill(_ ids: IDs, from first: Int, count: Int) throws(LookupError) {
        if pipeline.concatenates {
            if window.start == first, window.end == first + count { return }
            (window.start, window.end, window.place) = (first, first, window.base)
            try address(ids, first..<first + count)
            prefetchFirst(from: 0)
            return
        }
        window.place += (first - window.start) * pipeline.probes
        window.start = first
        guard window.end < first + count else { return }
        moveToFront()
        let known = filled
        try address(ids, window.end..<min(ids.count, first + pipeline.windowIDs))
        prefetchFirst(from: known)
    }

    /// Makes the window hold all ids, to be decoded later.
    mutating func fillAll(_ ids: IDs) throws(LookupError) { try address(ids, 0..<ids.count) }

    /// Moves what stays of the window to its front.
    private mutating func moveToFront() {
        let kept = window.place..<window.place + filled
        workspace.rows.move(kept, to: window.base)
        if pipeline.weighsProbes { workspace.probeWeights.move(kept, to: window.base) }
        window.place = window.base
    }

    /// Asks for the first rows of the window, which no row before them has asked for; those up to `known` have been.
    private func prefetchFirst(from known: Int) {
        guard distance > 0, known < min(distance, filled) else { return }
        prefetch(known..<min(distance, filled))
    }

    /// Asks for rows `range` of the window, to be read soon.
    func prefetch(_ range: Range<Int>) {
        let rows = workspace.rows
        pipeline.rows.prefetch(
            rows.span.extracting(place(range.lowerBound)..<place(range.upperBound)), dims: pipeline.rows.dim)
    }

    /// Counts missing ids and puts what stands for them in their places: rows of an index that was asked directly.
    mutating func count(
        _ missing: Int, _ ids: IDs, _ layout: ProbeLayout, _ rows: inout MutableSpan<UInt32>
    ) throws(LookupError) {
        try count(missing, ids, 0..<ids.count, layout, &rows)
    }

    /// Appends the probes of ids `range` to the window.
    private mutating func address(_ ids: IDs, _ range: Range<Int>) throws(LookupError) {
        let place = window.place + filled
        let added = range.count * pipeline.probes
        workspace.rows.reserve(place + added)
        if pipeline.weighsProbes { workspace.probeWeights.reserve(place + added) }
        let layout: ProbeLayout =
            pipeline.concatenates ? .byProbe(count: range.count) : .byID(probes: pipeline.probes)
        let (scratchRows, scratchWeights) = (workspace.rows, workspace.probeWeights)
        var rowSpan = scratchRows.mutableSpan
        var rows = rowSpan._mutatingExtracting(place..<place + added)
        var weightSpan = scratchWeights.mutableSpan
        var weights = weightSpan._mutatingExtracting(pipeline.weighsProbes ? place..<place + added : 0..<0)
        var missing: Int
        if !table.mapping.isMapped { table.askForIndex(ids.extracting(range)) }
        do throws(FormatError) {
            missing = try pipeline.index.address(
                ids.extracting(range), layout, rows: &rows, weights: &weights, pipeline.kernels)
            for map in 0..<pipeline.rowMaps.count {
                if asksForPages { askForMap(map, rows.span) }
                if try pipeline.rowMaps[map].map(&rows) { missing = unite(range.count, layout, &rows) }
            }
        } catch {
            throw .corrupt(table: table.name, error)
        }
        window.end = range.upperBound
        try count(missing, ids, range, layout, &rows)
    }

    private func askForMap(_ map: Int, _ rows: Span<UInt32>) {
        var pages = PageList()
        pipeline.rowMaps[map].listPages(rows, &pages)
        _ = pages.request(from: table.mapping)
    }

    /// Counts missing ids and puts what stands for them in their places.
    private mutating func count(
        _ missing: Int, _ ids: IDs, _ range: Range<Int>, _ layout: ProbeLayout, _ rows: inout MutableSpan<UInt32>
    ) throws(LookupError) {
        guard missing > 0 else { return }
        // A failing call counts the one id that it names, however far the window reaches.
        self.missing += 1
        try resolve(ids, range, layout, &rows)
        self.missing += missing - 1
    }

    /// Makes ids missing of which one probe has no row, and counts them.
    private func unite(_ count: Int, _ layout: ProbeLayout, _ rows: inout MutableSpan<UInt32>) -> Int {
        var missing = 0
        for i in 0..<count {
            let isMissing = (0..<pipeline.probes).contains { rows[layout.place(i, $0)] == RowList.zeroRow }
            guard isMissing else { continue }
            for p in 0..<pipeline.probes { rows[layout.place(i, p)] = RowList.zeroRow }
            missing += 1
        }
        return missing
    }

    /// Applies the policy to the missing ids of `range`: what stands for one is read by all of its probes.
    private func resolve(
        _ ids: IDs, _ range: Range<Int>, _ layout: ProbeLayout, _ rows: inout MutableSpan<UInt32>
    ) throws(LookupError) {
        guard policy != .zero else { return }
        let salt = KeyHash.salt(seed: 0, probe: 0)
        for i in 0..<range.count where rows[layout.place(i, 0)] == RowList.zeroRow {
            let position = range.lowerBound + i
            let row: UInt32
            switch policy {
            case .error,
                .hashed where table.rowCount == 0:
                throw .missingID(table: table.name, position: position, id: ids.description(position))
            case .hashed:
                let hash = KeyHash.hash(ids.key(position), salt: salt)
                row = UInt32(truncatingIfNeeded: KeyHash.reduce(hash, table.rowCount))
            case .default, .zero:
                row = table.entry.defaultRow
            }
            for p in 0..<pipeline.probes { rows[layout.place(i, p)] = row }
        }
    }

    /// Whether id `i` of the window is a zero row.
    func isZero(_ i: Int) -> Bool {
        workspace.rows[place(pipeline.concatenates ? i : i * pipeline.probes)] == RowList.zeroRow
    }
}
