import EmbStore
import EmbStorePack
import Glibc

/// One call over 26 tables beside a `pool` per table of as many rows in bags of the same size, one table after the other.
///
/// Long runs over one table would be no yardstick: plain reads of 65,536 rows of one table take a third of the time that 1,280
/// rows of each of 26 take, for a table's page tables and hot lines are then in the caches.
enum Batches {
    private static let features = 26

    static func time(_ path: String, mebibytes: Int, bag: Int, samples: Int, threads: Int) async throws {
        if (try? Store(path: path)) == nil { try await pack(path, mebibytes: mebibytes) }
        let store = try Store(path: path, residency: .populated)
        let batch = FeatureBatch(store.tables.map { .init($0) }, threads: threads)
        let ids = samples * bag
        var seed: UInt64 = 1
        var (calls, sums, ratios): ([Double], [Double], [Double]) = ([], [], [])
        var out = [Float](repeating: 0, count: samples * batch.dim)
        let lengths = [Int32](repeating: Int32(bag), count: samples * features)
        for _ in 0..<max(21, min(501, 2_000_000 / (features * ids))) {
            var span = out.mutableSpan
            var sum = 0.0
            for table in store.tables {
                let own = draw(ids, Int(table.rowCount), &seed)
                var part = span._mutatingExtracting(first: samples * table.dim)
                let bags = lengths.span.extracting(first: samples)
                sum +=
                    try Self.nanoseconds(1) { try table.pool(.int64(own.span), .lengths32(bags), .sum, into: &part) }
            }
            let own = store.tables.flatMap { draw(ids, Int($0.rowCount), &seed) }
            var part = span._mutatingExtracting(first: samples * batch.dim)
            let bags = lengths.span.extracting(first: samples * features)
            let call = try Self.nanoseconds(threads) {
                try batch.pool(.int64(own.span), .lengths32(bags), samples: samples, into: &part)
            }
            calls.append(call / Double(features * ids))
            sums.append(sum / Double(features * ids))
            ratios.append(call / sum)
        }
        print("\(features) tables of \(mebibytes) MiB, \(samples) samples, bags of \(bag), \(threads) threads, a row:")
        print("one call \(Summary(calls)), a call for each \(Summary(sums)), ratio \(Summary(ratios))")
        print("seen \(out.reduce(0, +))")
    }

    private static func draw(_ count: Int, _ rows: Int, _ seed: inout UInt64) -> [Int64] {
        (0..<count).map { _ in Int64(splitmix64(&seed).multipliedFullWidth(by: UInt64(rows)).high) }
    }

    /// Of one thread its own time: others that run meanwhile do not count.
    private static func nanoseconds(_ threads: Int, _ body: () throws -> Void) rethrows -> Double {
        var (start, end) = (timespec(), timespec())
        let clock = threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC
        clock_gettime(clock, &start)
        try body()
        clock_gettime(clock, &end)
        return Double(end.tv_sec - start.tv_sec) * 1e9 + Double(end.tv_nsec - start.tv_nsec)
    }

    /// Dims 16 to 128, four codecs.
    private static func pack(_ path: String, mebibytes: Int) async throws {
        let plans = (0..<features).map { number in
            let dim = [64, 16, 32, 128][number % 4]
            let (codec, bits) = [("int8", 8), ("f16", 16), ("int4", 4), ("f32", 32), ("int8", 8), ("f16", 16)][
                number % 6]
            let rows = mebibytes << 20 / (dim * bits / 8 + 4)
            var values = [Float](repeating: 0.5, count: rows * dim)
            for i in stride(from: number, to: values.count, by: 7) { values[i] = Float(i % 1013) * 0.001 }
            return TablePlan(
                name: "t\(number)", source: ArraySource(name: "t", values, dim: dim), expression: codec)
        }
        var packer = Packer()
        packer.replacing = true
        _ = try await packer.pack(plans, to: path)
    }
}
