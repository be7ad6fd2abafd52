import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// What every composition promises, run over the whole registry. A new stage is tested by being registered.
@Suite struct ConformanceTests {
    private static let rows = 150

    // One after the other, in two runs side by side: cases that wait keep what they have allocated.
    @Test(.serialized, arguments: StageVariants.half(0)) func `a composition keeps its promises`(
        _ expression: String
    ) async throws { try await check(expression) }

    @Test(.serialized, arguments: StageVariants.half(1)) func `so does every other one`(
        _ expression: String
    ) async throws { try await check(expression) }

    private func check(_ expression: String) async throws {
        let folder = try TemporaryFolder()
        for dim in expression.contains("rotation") ? [34] : [6, 34] {
            let values = TestTables.values(rows: Self.rows, dim: dim, seed: UInt64(dim))
            let keys = expression.hasPrefix("keyed") ? (0..<Self.rows).map { UInt64($0) } : nil
            let table = try await TestTables.pack(
                values, dim: dim, expression, keys: keys.map { .integers($0) } ?? .none, in: folder
            ) { $0.rowsAreStored = StageVariants.computed.contains(expression) }
            try checkGather(table)
            try checkPool(table)
            try await checkBlocks(values, dim, expression, keys, table)
        }
    }

    private var ids: [Int64] {
        var random = SplitMix64(seed: 3)
        return (0..<700).map { _ in Int64.random(in: 0..<Int64(Self.rows), using: &random) }
    }

    /// Any order, repeats, prefixes and types give the same rows as one id at a time.
    private func checkGather(_ table: EmbeddingTable) throws {
        let single = try (0..<Self.rows).map { try table.gather([$0]) }
        let gathered: [Float] = try table.gather(.int64(ids.span))
        #expect(bits(gathered) == bits(ids.flatMap { single[Int($0)] }))
        for dims in [1, 5, table.dim] {
            let prefix = try table.gather(.int64(ids.span), dims: dims)
            #expect(bits(prefix) == bits(ids.flatMap { single[Int($0)].prefix(dims) }))
        }
        let narrow = ids.map { Int32($0) }
        #expect(bits(try table.gather(.int32(narrow.span))) == bits(gathered))
        var halves = [Float16](repeating: 0, count: gathered.count)
        var span = halves.mutableSpan
        try table.gather(.int64(ids.span), into: &span)
        #expect(halves == gathered.map { Float16($0) })
    }

    /// Sums of the gathered rows, within rounding; maxima exactly.
    private func checkPool(_ table: EmbeddingTable) throws {
        let lengths: [Int32] = [0, 1, 2, 17, 0, 530, 150]
        var random = SplitMix64(seed: 4)
        let weights = ids.map { _ in Float.random(in: -1...1, using: &random) }
        let rows: [Float] = try table.gather(.int64(ids.span))
        for mode in PoolMode.allCases {
            for weighted in [false, true] {
                let pooled = try table.pooled(ids, lengths: lengths, weights: weighted ? weights : nil, mode)
                check(pooled, rows, lengths, weighted ? weights : nil, mode, table.dim)
                let prefix = try table.pooled(ids, lengths: lengths, weights: weighted ? weights : nil, mode, dims: 3)
                let whole = stride(from: 0, to: pooled.count, by: table.dim).flatMap { pooled[$0..<$0 + 3] }
                #expect(bits(prefix) == bits(whole), "\(mode)")
            }
        }
    }

    private func check(
        _ pooled: [Float], _ rows: [Float], _ lengths: [Int32], _ weights: [Float]?, _ mode: PoolMode, _ dim: Int
    ) {
        var first = 0
        for (bag, length) in lengths.enumerated() {
            let range = first..<first + Int(length)
            let total = range.reduce(Float(0)) { $0 + (weights?[$1] ?? 1) }
            for j in 0..<dim {
                let found = pooled[bag * dim + j]
                let terms = range.map { Double(weights?[$0] ?? 1) * Double(rows[$0 * dim + j]) }
                let sum = terms.reduce(0, +)
                let scale = terms.reduce(0) { $0 + abs($1) } + 8 * Double(length)
                switch mode {
                case .sum: #expect(abs(Double(found) - sum) <= 1e-6 * scale)
                case .mean where length > 0:
                    #expect(abs(Double(found) - sum / Double(total)) <= 1e-5 * scale / abs(Double(total)))
                case .max where length > 0:
                    let expected = range.map { (weights?[$0] ?? 1) * rows[$0 * dim + j] }.max()!
                    #expect(found == expected)
                default: #expect(found == 0)
                }
            }
            first = range.upperBound
        }
    }

    /// Columns in blocks give the same bits.
    private func checkBlocks(
        _ values: [Float], _ dim: Int, _ expression: String, _ keys: [UInt64]?, _ table: EmbeddingTable
    ) async throws {
        let folder = try TemporaryFolder()
        let packed = try await TestTables.pack(
            values, dim: dim, expression, keys: keys.map { .integers($0) } ?? .none, in: folder
        ) {
            $0.rowsAreStored = StageVariants.computed.contains(expression)
            $0.storage = StoreWriter.Storage(.zstd, blockBytes: 300)
        }
        #expect(bits(try packed.gather(.int64(ids.span))) == bits(try table.gather(.int64(ids.span))))
        let lengths: [Int32] = [100, 600]
        #expect(
            bits(try packed.pooled(ids, lengths: lengths, .mean))
                == bits(try table.pooled(ids, lengths: lengths, .mean)))
    }
}
