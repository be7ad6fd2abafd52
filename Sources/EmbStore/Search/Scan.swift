internal import EmbCodecs
internal import EmbFormat
internal import EmbIO
internal import EmbKernels
internal import Synchronization

/// One look at every row of a table, on several threads: each takes the next tile, scores it against all queries and keeps
/// its own best rows.
struct Scan {
    private let queries: SearchQueries
    private let scorer: any RowScorer
    private let rowCount: Int
    /// Which index reads each row, if that is not the row's own.
    private let readBy: [UInt32]?
    private let k: Int
    private let kernels: Kernels
    /// Rows in a tile: its scores with a batch of queries stay in a core's cache.
    private static let tileRows = 512

    init(
        _ queries: SearchQueries, _ scorer: any RowScorer, rowCount: Int, readBy: [UInt32]?, k: Int, _ kernels: Kernels
    ) {
        self.queries = queries
        self.scorer = scorer
        self.rowCount = rowCount
        self.readBy = readBy
        self.k = k
        self.kernels = kernels
    }

    /// The best rows of each query, in order.
    func run(threads: Int) throws(FormatError) -> BestRows {
        let tiles = (rowCount + Self.tileRows - 1) / Self.tileRows
        let next = Atomic<Int>(0)
        let result = Mutex<(best: BestRows?, error: FormatError?)>((nil, nil))
        Threads.run(max(1, min(threads, tiles))) { _ in
            var worker = Worker(queries, scorer, readBy, k: k, kernels)
            do throws(FormatError) {
                while true {
                    let tile = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard tile < tiles else { break }
                    let first = tile * Self.tileRows
                    try worker.take(first..<min(first + Self.tileRows, rowCount))
                }
                result.withLock { $0.best?.merge(worker.best) ?? ($0.best = worker.best) }
            } catch {
                next.store(tiles, ordering: .relaxed)
                result.withLock { $0.error = error }
            }
        }
        let (best, error) = result.withLock { ($0.best, $0.error) }
        if let error { throw error }
        var sorted = best!
        sorted.sort()
        if let readBy { sorted.rename(readBy) }
        return sorted
    }

    /// What one thread works with.
    private struct Worker {
        private let queries: SearchQueries
        private let scorer: any RowScorer
        private let readBy: [UInt32]?
        private let kernels: Kernels
        private let workspace = Workspace()
        private let scores: Scratch<Float>
        private let places: Scratch<UInt32>
        private(set) var best: BestRows

        init(
            _ queries: SearchQueries, _ scorer: any RowScorer, _ readBy: [UInt32]?, k: Int, _ kernels: Kernels
        ) {
            self.queries = queries
            self.scorer = scorer
            self.readBy = readBy
            self.kernels = kernels
            scores = Scratch(0, count: min(queries.count, ScoreTile.queries) * Scan.tileRows)
            places = Scratch(0, count: Scan.tileRows + 1)
            best = BestRows(queries: queries.count, k: k, small: queries.metric.prefersSmall)
        }

        mutating func take(_ rows: Range<Int>) throws(FormatError) {
            let (scorer, scores) = (self.scorer, self.scores)
            for first in stride(from: 0, to: queries.count, by: ScoreTile.queries) {
                let batch = first..<min(first + ScoreTile.queries, queries.count)
                var span = scores.mutableSpan
                try scorer.score(rows, batch, into: &span, outStride: Scan.tileRows, workspace)
                for q in batch where queries.isFinite(q) {
                    let start = (q - first) * Scan.tileRows
                    keep(q, rows, start..<start + rows.count)
                }
            }
        }

        /// Offers those of a query's scores that may be among the best.
        private mutating func keep(_ q: Int, _ rows: Range<Int>, _ range: Range<Int>) {
            for terms in queries.terms where terms[q] != 0 {
                for i in range { scores[i] = scores[i] + terms[q] }
            }
            let (scores, places) = (self.scores, self.places)
            var first = 0
            while first < rows.count, best.worst(q) == nil {
                offer(q, rows.lowerBound + first, scores[range.lowerBound + first])
                first += 1
            }
            guard first < rows.count, let worst = best.worst(q) else { return }
            var span = places.mutableSpan
            let found = kernels.pick(
                scores.span.extracting(range.lowerBound + first..<range.upperBound), beating: worst,
                small: queries.metric.prefersSmall, into: &span)
            for i in 0..<found {
                let place = first + Int(places[i])
                offer(q, rows.lowerBound + place, scores[range.lowerBound + place])
            }
        }

        private mutating func offer(_ q: Int, _ row: Int, _ score: Float) {
            if let readBy, readBy[row] == EmbeddingTable.noRow { return }  // no id reads it
            best.offer(q, row: UInt32(row), score: score)
        }
    }
}
