import EmbFormat
import EmbStore
import EmbStorePack

/// Multi-probe lookups beside plain gathers of as many rows: 64 samples of 26 features, 2 probes each.
enum Probes {
    private static let samples = 64
    private static let features = 26
    private static let width = 16

    static func time(_ path: String, rows: Int) async throws {
        try await pack(path, rows: rows)
        let store = try Store(path: path, residency: .populated)
        let plain = try store.table("plain")
        let batch = FeatureBatch(try (0..<features).map { .init(try store.feature("f\($0)")) })
        let summing = FeatureBatch(try (0..<features).map { .init(try store.feature("s\($0)")) })
        var seed: UInt64 = 1
        let count = samples * features
        var (gathers, hashed, sums, calls): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        var out = [Float](repeating: 0, count: count * 2 * width)
        for _ in 0..<2001 {
            let rowIDs = (0..<count * 2).map { _ in Int64(splitmix64(&seed).multipliedFullWidth(by: UInt64(rows)).high)
            }
            let ids = (0..<count).map { _ in Int64(splitmix64(&seed) >> 2) }
            var span = out.mutableSpan
            gathers.append(try nanoseconds { try plain.gather(.int64(rowIDs.span), into: &span) })
            hashed.append(
                try nanoseconds { try batch.gather(.int64(ids.span), samples: samples, into: &span) })
            sums.append(
                try nanoseconds {
                    var half = span._mutatingExtracting(first: count * width)
                    try summing.gather(.int64(ids.span), samples: samples, into: &half)
                })
            calls.append(
                try nanoseconds {
                    for f in 0..<features {
                        var part = span._mutatingExtracting(first: samples * 2 * width)
                        let own = ids.span.extracting(f * samples..<(f + 1) * samples)
                        try batch.features[f].table.gather(.int64(own), into: &part)
                    }
                })
        }
        func ratios(_ times: [Double]) -> Summary { Summary(zip(times, gathers).map { $0 / $1 }) }
        print("\(rows) rows, plain gather of \(count * 2) rows: \(Summary(gathers))")
        print("\(features) features, 2 probes, one call: \(Summary(hashed)), ratio \(ratios(hashed))")
        print("the same, the rows of each id summed: \(Summary(sums)), ratio \(ratios(sums))")
        print("\(features) features, 2 probes, a call each: \(Summary(calls))")
        print("seen \(out.reduce(0, +))")
    }

    private static func pack(_ path: String, rows: Int) async throws {
        let values = (0..<rows * width).map { Float($0 % 1013) }
        func plan(_ name: String, _ expression: String) -> TablePlan {
            var plan = TablePlan(
                name: name, source: ArraySource(name: name, values, dim: width), expression: expression)
            plan.rowsAreStored = true
            return plan
        }
        var packer = Packer()
        packer.replacing = true
        let entries = (0..<features).flatMap {
            [
                FeatureEntry(name: "f\($0)", table: 1, arguments: $0 == 0 ? "" : "salt=\($0)"),
                FeatureEntry(name: "s\($0)", table: 1, arguments: "combine=sum, salt=\($0 + 100)"),
            ]
        }
        _ = try await packer.pack(
            [plan("plain", "f32"), plan("unified", "unified(rows=\(rows), width=\(width), probes=2) | f32")],
            features: entries, to: path)
    }
}
