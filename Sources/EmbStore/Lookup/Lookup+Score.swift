internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

extension Lookup {
    /// Scores of all ids with all queries into `out[q * ids.count + i]`. Those of queries that are not finite are unspecified.
    mutating func score(_ ids: IDs, _ queries: SearchQueries, into out: inout MutableSpan<Float>) throws(LookupError) {
        var first = 0
        while first < ids.count {
            let count = min(pipeline.tileIDs, ids.count - first)
            if let scorer = queries.scorer {
                try fill(ids, from: first, count: count)
                try scoreRows(scorer, first, count, of: ids.count, queries, &out)
            } else {
                try scoreEmbeddings(ids, first, count, queries, &out)
            }
            first += count
        }
    }

    /// The first `count` ids of the window, which are stored rows as they are.
    private func scoreRows(
        _ scorer: any RowScorer, _ first: Int, _ count: Int, of idCount: Int, _ queries: SearchQueries,
        _ out: inout MutableSpan<Float>
    ) throws(LookupError) {
        let (order, buffer) = (workspace.order, workspace.scores)
        for i in 0..<count { order[i] = isZero(i) ? 0 : workspace.rows[place(i)] }
        for start in stride(from: 0, to: table.rowCount == 0 ? 0 : queries.count, by: ScoreTile.queries) {
            let batch = start..<min(start + ScoreTile.queries, queries.count)
            buffer.reserve(batch.count * count)
            var scores = buffer.mutableSpan
            do throws(FormatError) {
                try scorer.score(
                    order.span.extracting(first: count), batch, into: &scores, outStride: count, workspace.codec)
            } catch {
                throw .corrupt(table: table.name, error)
            }
            for q in batch { copy(q, from: (q - start) * count, first, count, of: idCount, queries, &out) }
        }
        guard missing > 0 && policy == .zero else { return }
        for q in 0..<queries.count {
            let score = queries.zeroScore(q)
            for i in 0..<count where isZero(i) { out[q * idCount + first + i] = score }
        }
    }

    /// Scores of a tile with query `q` to their place, with what pulling the query back has left to add.
    private func copy(
        _ q: Int, from place: Int, _ first: Int, _ count: Int, of idCount: Int, _ queries: SearchQueries,
        _ out: inout MutableSpan<Float>
    ) {
        let scores = workspace.scores
        for i in 0..<count {
            var score = scores[place + i]
            for number in 0..<queries.terms.count where queries.terms[number][q] != 0 {
                score += queries.terms[number][q]
            }
            out[q * idCount + first + i] = score
        }
    }

    /// Ids whose embeddings are made of several rows, or of one with a weight.
    private mutating func scoreEmbeddings(
        _ ids: IDs, _ first: Int, _ count: Int, _ queries: SearchQueries, _ out: inout MutableSpan<Float>
    ) throws(LookupError) {
        guard let prepared = queries.kernelQueries else { preconditionFailure("there is a scorer") }
        let (dim, buffer, results) = (pipeline.dim, workspace.unrounded, workspace.scores)
        buffer.reserve(count * dim + StoredRows.slack / MemoryLayout<Float>.size)
        var all = buffer.mutableSpan
        var rows = all._mutatingExtracting(first: count * dim)
        try gather(ids, first..<first + count, into: &rows, dims: dim)
        let rowBytes = dim * MemoryLayout<Float>.size
        let stored = unsafe StoredRows(
            buffer.span.bytes, rowCount: count, stride: rowBytes, dim: pipeline.dim, format: RowFormat(.f32))
        for start in stride(from: 0, to: queries.count, by: ScoreTile.queries) {
            let batch = start..<min(start + ScoreTile.queries, queries.count)
            results.reserve(batch.count * count)
            var scores = results.mutableSpan
            pipeline.kernels.score(
                stored, 0..<count, prepared, batch, Kernels.Score(queries.metric), into: &scores, outStride: count)
            for q in batch { copy(q, from: (q - start) * count, first, count, of: ids.count, queries, &out) }
        }
    }

    /// Which ids have a row.
    mutating func isPresent(_ ids: IDs) throws(LookupError) -> [Bool] {
        var present: [Bool] = []
        present.reserveCapacity(ids.count)
        while present.count < ids.count {
            let count = min(pipeline.tileIDs, ids.count - present.count)
            try fill(ids, from: present.count, count: count)
            for i in 0..<count { present.append(!isZero(i)) }
        }
        return present
    }
}
