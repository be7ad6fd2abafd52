import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// A call of a `FeatureBatch` gives the same bits on one thread, on several, and part by part, and allocates nothing.
@Suite struct FeatureCallTests {
    private let folder = try! TemporaryFolder()
    private static let rows = 700

    /// Tables that differ in dim, codec, indexer and transforms, one of them larger than what stays in a cache.
    private func features() async throws -> [FeatureBatch.Feature] {
        let all: [(String, Int, PoolMode)] = [
            ("f32", 8, .sum), ("int8", 34, .mean), ("rotation | int4", 16, .max), ("rotation | f16", 24, .mean),
            ("hashed(rows=40, probes=2, combine=concat) | f16", 10, .sum),
            ("hashed(rows=60, probes=3) | int8", 12, .sum),
            ("pq(4x8)", 20, .sum), ("direct | center | int8(block=16)", 32, .sum), ("qr(divisor=30) | f32", 6, .mean),
            ("f32", 512, .sum),
        ]
        let plans = all.enumerated().map { number, feature in
            let values = TestTables.values(rows: Self.rows, dim: feature.1, seed: UInt64(number))
            var plan = TablePlan(
                name: "t\(number)", source: ArraySource(name: "t", values, dim: feature.1), expression: feature.0)
            plan.missing = .zero
            return plan
        }
        let path = folder.path(of: "features.emb")
        _ = try await Packer().pack(plans, to: path)
        let store = try Store(path: path)
        return zip(store.tables, all).map { .init($0, $1.2, dims: $1.1 > 30 ? $1.1 - 1 : nil) }
    }

    private func lengths(_ count: Int, upTo most: Int32) -> [Int32] {
        var random = SplitMix64(seed: 5)
        return (0..<count).map { _ in Int32.random(in: 0...most, using: &random) }
    }

    private func ids(_ count: Int) -> [Int64] {
        var random = SplitMix64(seed: 6)
        return (0..<count).map { _ in Int64.random(in: -3..<Int64(Self.rows) + 3, using: &random) }
    }

    @Test(arguments: [1, 40, 333]) func `pooled alike by one thread, by three and in parts`(_ samples: Int) async throws
    {
        let features = try await features()
        let one = FeatureBatch(features)
        let three = FeatureBatch(features, threads: 3)
        #expect((one.threads, three.threads) == (1, 3))
        var lengths = lengths(samples * features.count, upTo: 30)
        lengths[lengths.count / 2] = 2500  // longer than a tile
        let ids = ids(lengths.reduce(0) { $0 + Int($1) })
        let weights = ids.map { Float($0 % 7) - 2.5 }
        let each = try eachAlone(features, ids, lengths, weights, samples)
        var (all, shared, parts) = (each.map { _ in Float.nan }, each, each)
        var span = all.mutableSpan
        try one.pool(.int64(ids.span), .lengths32(lengths.span), weights: weights.span, samples: samples, into: &span)
        #expect(bits(all) == bits(each))
        span = shared.mutableSpan
        for place in span.indices { span[place] = .nan }
        try three.pool(.int64(ids.span), .lengths32(lengths.span), weights: weights.span, samples: samples, into: &span)
        #expect(bits(shared) == bits(each))
        span = parts.mutableSpan
        for place in span.indices { span[place] = .nan }
        for part in [0..<samples / 3, samples / 3..<samples] {
            var mine = span._mutatingExtracting(part.lowerBound * one.dim..<part.upperBound * one.dim)
            try one.pool(
                .int64(ids.span), .lengths32(lengths.span), weights: weights.span, samples: samples, part: part,
                into: &mine)
        }
        #expect(bits(parts) == bits(each))
    }

    /// What a call of `pool` per feature gives.
    private func eachAlone(
        _ features: [FeatureBatch.Feature], _ ids: [Int64], _ lengths: [Int32], _ weights: [Float], _ samples: Int
    ) throws -> [Float] {
        let dim = features.reduce(0) { $0 + $1.dims }
        var out = [Float](repeating: .nan, count: samples * dim)
        var (first, column) = (0, 0)
        for (number, feature) in features.enumerated() {
            let own = Array(lengths[number * samples..<(number + 1) * samples])
            let end = first + own.reduce(0) { $0 + Int($1) }
            let pooled = try feature.table.pooled(
                Array(ids[first..<end]), lengths: own, weights: Array(weights[first..<end]), feature.mode,
                dims: feature.dims)
            for sample in 0..<samples {
                for j in 0..<feature.dims { out[sample * dim + column + j] = pooled[sample * feature.dims + j] }
            }
            (first, column) = (end, column + feature.dims)
        }
        return out
    }

    @Test func `gathered alike, in 16 bits too`() async throws {
        let features = try await features()
        let samples = 150
        let ids = ids(samples * features.count)
        let one = FeatureBatch(features)
        var each = [Float](repeating: .nan, count: samples * one.dim)
        var column = 0
        for (number, feature) in features.enumerated() {
            let own = Array(ids[number * samples..<(number + 1) * samples])
            let rows: [Float] = try feature.table.gather(.int64(own.span), dims: feature.dims)
            for s in 0..<samples {
                for j in 0..<feature.dims { each[s * one.dim + column + j] = rows[s * feature.dims + j] }
            }
            column += feature.dims
        }
        for batch in [one, FeatureBatch(features, threads: 2)] {
            var all = [Float](repeating: .nan, count: each.count)
            var span = all.mutableSpan
            try batch.gather(.int64(ids.span), samples: samples, into: &span)
            #expect(bits(all) == bits(each))
            var halves = [Float16](repeating: .nan, count: each.count)
            var rounded = halves.mutableSpan
            try batch.gather(.int64(ids.span), samples: samples, into: &rounded)
            #expect(halves.map(\.bitPattern) == each.map { Float16($0).bitPattern })
        }
    }

    @Test func `the first missing id is named, however many threads meet one`() async throws {
        let features = try await features().map { FeatureBatch.Feature($0.table, $0.mode, missing: .error) }
        let samples = 400
        var ids = [Int64](repeating: 1, count: samples * features.count)
        for place in [samples + 399, 2 * samples, 3 * samples + 5] { ids[place] = 5000 }
        let lengths = [Int64](repeating: 1, count: ids.count)
        let first = LookupError.missingID(table: "t1", position: samples + 399, id: "5000")
        for threads in 1...3 {
            let batch = FeatureBatch(features, threads: threads)
            var out = [Float](repeating: 0, count: samples * batch.dim)
            var span = out.mutableSpan
            let caught: [LookupError?] = [
                {
                    do throws(LookupError) { try batch.gather(.int64(ids.span), samples: samples, into: &span) } catch {
                        return error
                    }; return nil
                }(),
                {
                    do throws(LookupError) {
                        try batch.pool(.int64(ids.span), .lengths64(lengths.span), samples: samples, into: &span)
                    } catch { return error }; return nil
                }(),
            ]
            #expect(caught == [first, first])
        }
    }

    @Test func `a call allocates nothing`() async throws {
        let features = try await features()
        let samples = 90
        let lengths = lengths(samples * features.count, upTo: 9)
        let many = ids(lengths.reduce(0) { $0 + Int($1) })
        let single = ids(samples * features.count)
        for batch in [FeatureBatch(features), FeatureBatch(features, threads: 2)] {
            var out = [Float](repeating: 0, count: samples * batch.dim)
            var halves = [Float16](repeating: 0, count: out.count)
            let count = AllocationCounter.allocations {
                var span = out.mutableSpan
                var rounded = halves.mutableSpan
                try! batch.pool(.int64(many.span), .lengths32(lengths.span), samples: samples, into: &span)
                try! batch.gather(.int64(single.span), samples: samples, into: &span)
                try! batch.gather(.int64(single.span), samples: samples, into: &rounded)
            }
            // Handing work to threads takes a little of its own, and a thread may get a workspace that has yet to grow.
            #expect(count == nil || count! <= (batch.threads == 1 ? 0 : 60))
        }
    }
}
