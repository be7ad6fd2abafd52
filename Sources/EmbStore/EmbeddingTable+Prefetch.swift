public import EmbCodecs
internal import EmbIO
internal import EmbKernels

extension EmbeddingTable {
    /// Has the system begin to read what a lookup of these ids needs, and does not wait: each page of the file once, runs of
    /// neighbours in one request. For tables that are not in memory, some time before the lookup. Nothing happens to ids
    /// without a row, nor is anything counted.
    ///
    /// Asked for are the pages of the key index, then those it points at, then those of the stored rows: each step needs what
    /// the one before reads, and waits for it. Of columns in compressed blocks the blocks that are not decoded yet; of values of
    /// `sparse` nothing, which only their rows tell. In residency `bounded` pages are read into the store's cache, as many as it
    /// holds, and waited for; blocks are not.
    ///
    /// - Returns: How many bytes were asked for, in whole pages of 4 KiB, in memory already or not.
    /// - Complexity: O(ids x log ids), and a system call per run of pages. Allocates. Callable from any thread.
    @discardableResult
    public func prefetch(_ ids: IDs) throws(LookupError) -> Int {
        try check(ids.kind, .zero)
        let index = askForIndex(ids)
        var pages = PageList()
        try listPages(ids, &pages)
        return index + pages.request(from: mapping)
    }

    /// Asks for the pages that finding the rows of `ids` reads, step by step. Returns how many bytes they are.
    @discardableResult
    func askForIndex(_ ids: IDs) -> Int {
        var (pages, total, step) = (PageList(), 0, 0)
        while pipeline.index.listPages(ids, step: step, &pages) {
            total += pages.request(from: mapping)
            step += 1
        }
        return total
    }

    /// Adds the pages of the rows that `ids` stand for.
    func listPages(_ ids: IDs, _ pages: inout PageList) throws(LookupError) {
        try workspaces.with { (workspace) throws(LookupError) in
            for first in stride(from: 0, to: ids.count, by: LookupWorkspace.work) {
                let part = first..<min(first + LookupWorkspace.work, ids.count)
                var lookup = Lookup(self, .zero, workspace, distance: 0, asksForPages: true)
                try lookup.fillAll(ids.extracting(part))
                let rows = workspace.rows
                pipeline.rows.listPages(rows.span.extracting(first: lookup.filled), &pages)
            }
        }
    }
}

extension FeatureBatch {
    /// What `EmbeddingTable.prefetch` does, for the ids of a `pool`: pages that features share are asked for once.
    ///
    /// - Parameters: As those of `pool`.
    @discardableResult
    public func prefetch(_ ids: IDs, _ bags: BagLayout, samples: Int) throws(LookupError) -> Int {
        guard let first = features.first?.table else { return 0 }
        try bags.check(table: first.name, idCount: ids.count)
        try check(first, "bags", bags.count, features.count, samples)
        return try prefetch(BatchRequest(ids, bags, nil, samples: samples))
    }

    /// The same, for the ids of a `gather`.
    @discardableResult
    public func prefetch(_ ids: IDs, samples: Int) throws(LookupError) -> Int {
        guard let first = features.first?.table else { return 0 }
        try check(first, "ids", ids.count, features.count, samples)
        return try prefetch(BatchRequest(ids, samples: samples))
    }

    private func prefetch(_ request: BatchRequest) throws(LookupError) -> Int {
        for feature in features { try feature.table.check(request.ids.kind, .zero) }
        var (pages, total, start) = (PageList(), 0, 0)
        for number in 0..<features.count {
            let table = features[number].table
            let end = start + request.idCount(number, 0..<request.samples)
            let own = request.ids.extracting(start..<end)
            total += table.askForIndex(own)
            try table.listPages(own, &pages)
            start = end
            // Features of one file in a row are asked for together.
            if number + 1 < features.count, features[number + 1].table.mapping === table.mapping { continue }
            total += pages.request(from: table.mapping)
        }
        return total
    }
}
