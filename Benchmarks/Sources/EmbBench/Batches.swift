import EmbStore
import EmbStorePack

/// One call over 26 tables beside the sum of its rows: a `pool` per table of as many rows in bags of the same size, timed on
/// long runs, where what a call costs by itself does not show.
enum Batches {
    private static let features = 26

    static func time(_ path: String, rows: Int, bag: Int, samples: Int, threads: Int) async throws {
        try await pack(path, rows: rows)
        let store = try Store(path: path, residency: .populated)
        let batch = FeatureBatch(store.tables.map { .init($0) }, threads: threads)
        let ids = samples * bag
        let long = max(ids, 65_536 / bag * bag)
        var seed: UInt64 = 1
        var (calls, sums, ratios): ([Double], [Double], [Double]) = ([], [], [])
        var out = [Float](repeating: 0, count: max(samples * batch.dim, long / bag * 128))
        let lengths = [Int32](repeating: Int32(bag), count: max(samples * features, long / bag))
        for _ in 0..<max(21, min(501, 2_000_000 / (features * ids))) {
            var span = out.mutableSpan
            var sum = 0.0
            for table in store.tables {
                let own = draw(long, rows, &seed)
                var part = span._mutatingExtracting(first: long / bag * table.dim)
                let bags = lengths.span.extracting(first: long / bag)
                sum +=
                    try nanoseconds { try table.pool(.int64(own.span), .lengths32(bags), .sum, into: &part) }
                    * Double(ids) / Double(long)
            }
            let own = draw(features * ids, rows, &seed)
            var part = span._mutatingExtracting(first: samples * batch.dim)
            let bags = lengths.span.extracting(first: samples * features)
            let call = try nanoseconds {
                try batch.pool(.int64(own.span), .lengths32(bags), samples: samples, into: &part)
            }
            calls.append(call / Double(features * ids))
            sums.append(sum / Double(features * ids))
            ratios.append(call / sum)
        }
        print("\(features) tables of \(rows) rows, \(samples) samples, bags of \(bag), \(threads) threads, a row:")
        print("one call \(Summary(calls)), the sum of its rows \(Summary(sums)), ratio \(Summary(ratios))")
        print("seen \(out.reduce(0, +))")
    }

    private static func draw(_ count: Int, _ rows: Int, _ seed: inout UInt64) -> [Int64] {
        (0..<count).map { _ in Int64(splitmix64(&seed).multipliedFullWidth(by: UInt64(rows)).high) }
    }

    /// Dims 16 to 128, four codecs.
    private static func pack(_ path: String, rows: Int) async throws {
        let plans = (0..<features).map { number in
            let dim = [64, 16, 32, 128][number % 4]
            let values = (0..<rows * dim).map { Float(($0 * 31 + number) % 1013) * 0.001 }
            return TablePlan(
                name: "t\(number)", source: ArraySource(name: "t", values, dim: dim),
                expression: ["int8", "f16", "int4", "f32", "int8", "f16"][number % 6])
        }
        var packer = Packer()
        packer.replacing = true
        _ = try await packer.pack(plans, to: path)
    }
}
