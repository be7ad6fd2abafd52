import EmbCodecs
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// One call for many features gives what a call for each gives.
@Suite struct FeatureBatchTests {
    private static let rows = 90

    private func tables(_ folder: TemporaryFolder) async throws -> [EmbeddingTable] {
        let expressions = ["f32", "int8", "rotation | int4", "hashed(rows=40, probes=2, combine=concat) | f16"]
        let plans = expressions.enumerated().map { number, expression in
            let dim = [8, 34, 16, 10][number]
            let values = TestTables.values(rows: Self.rows, dim: dim, seed: UInt64(number))
            return TablePlan(
                name: "t\(number)", source: ArraySource(name: "t", values, dim: dim), expression: expression)
        }
        let path = folder.path(of: "tables.emb")
        _ = try await Packer().pack(plans, to: path)
        return try Store(path: path).tables
    }

    private func requests(samples: Int, features: Int) -> (ids: [Int64], lengths: [Int32], weights: [Float]) {
        var random = SplitMix64(seed: 8)
        let lengths = (0..<samples * features).map { _ in Int32.random(in: 0...7, using: &random) }
        let count = lengths.reduce(0) { $0 + Int($1) }
        return (
            (0..<count).map { _ in Int64.random(in: 0..<Int64(Self.rows), using: &random) }, lengths,
            (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
        )
    }

    @Test(arguments: [0, 1, 3, 700]) func `features stand side by side`(_ samples: Int) async throws {
        let folder = try TemporaryFolder()
        let tables = try await tables(folder)
        let modes: [PoolMode] = [.sum, .mean, .max, .sum]
        let dims = [8, 20, 16, 10]
        let batch = FeatureBatch(tables.indices.map { .init(tables[$0], modes[$0], dims: dims[$0]) })
        #expect(batch.dim == 54)
        let (ids, lengths, weights) = requests(samples: samples, features: 4)
        var out = [Float](repeating: .nan, count: samples * batch.dim)
        var span = out.mutableSpan
        try batch.pool(.int64(ids.span), .lengths32(lengths.span), weights: weights.span, samples: samples, into: &span)
        var (first, column) = (0, 0)
        for number in 0..<4 {
            let own = Array(lengths[number * samples..<(number + 1) * samples])
            let end = first + own.reduce(0) { $0 + Int($1) }
            let pooled = try tables[number].pooled(
                Array(ids[first..<end]), lengths: own, weights: Array(weights[first..<end]), modes[number],
                dims: dims[number])
            for sample in 0..<samples {
                let place = sample * batch.dim + column
                let mine = pooled[sample * dims[number]..<(sample + 1) * dims[number]]
                #expect(bits(Array(out[place..<place + dims[number]])) == bits(Array(mine)))
            }
            (first, column) = (end, column + dims[number])
        }
    }

    @Test func `offsets and lengths say the same, and errors count from the start of the call`() async throws {
        let folder = try TemporaryFolder()
        let tables = try await tables(folder)
        let batch = FeatureBatch([.init(tables[0]), .init(tables[1])])
        var out = [Float](repeating: 0, count: batch.dim)
        var again = out
        var span = out.mutableSpan
        var other = again.mutableSpan
        let ids: [Int32] = [1, 2, 3]
        try batch.pool(.int32(ids.span), .lengths64([2, 1].span), samples: 1, into: &span)
        try batch.pool(.int32(ids.span), .offsets32([0, 2, 3].span), samples: 1, into: &other)
        #expect(bits(out) == bits(again))
        let wrong: [Int32] = [1, 2, 3, 90]
        #expect(throws: LookupError.missingID(table: "t1", position: 3, id: "90")) {
            var out = [Float](repeating: 0, count: batch.dim)
            var span = out.mutableSpan
            try batch.pool(.int32(wrong.span), .lengths64([2, 2].span), samples: 1, into: &span)
        }
        #expect(throws: LookupError.self) {
            var out = [Float](repeating: 0, count: batch.dim)
            var span = out.mutableSpan
            try batch.pool(.int32(ids.span), .lengths64([2, 1, 0].span), samples: 1, into: &span)
        }
    }
}
