public import EmbCodecs
internal import EmbIO
internal import EmbKernels

extension EmbeddingTable {
    /// Has the system begin to read what a lookup of these ids needs, and does not wait: each page of the file once, runs of
    /// neighbours in one request. For tables that are not in memory, some time before the lookup. Nothing happens to ids
    /// without a row, nor is anything counted.
    ///
    /// Pages of stored rows are asked for, as far as ids lead to them without reading them; finding them reads the index.
    /// Of columns stored in compressed blocks nothing is.
    ///
    /// - Returns: How many bytes were asked for, in whole pages of 4 KiB, in memory already or not.
    /// - Complexity: O(ids x log ids), and a system call per run of pages. Allocates. Callable from any thread.
    @discardableResult
    public func prefetch(_ ids: IDs) throws(LookupError) -> Int {
        try check(ids.kind, .zero)
        var pages = PageList()
        try listPages(ids, &pages)
        return pages.request(from: mapping)
    }

    /// Adds the pages of the rows that `ids` stand for.
    func listPages(_ ids: IDs, _ pages: inout PageList) throws(LookupError) {
        try workspaces.with { (workspace) throws(LookupError) in
            for first in stride(from: 0, to: ids.count, by: LookupWorkspace.work) {
                let part = first..<min(first + LookupWorkspace.work, ids.count)
                var lookup = Lookup(self, .zero, workspace, distance: 0)
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
            try table.listPages(request.ids.extracting(start..<end), &pages)
            start = end
            // Features of one file in a row are asked for together.
            if number + 1 < features.count, features[number + 1].table.mapping === table.mapping { continue }
            total += pages.request(from: table.mapping)
        }
        return total
    }
}
