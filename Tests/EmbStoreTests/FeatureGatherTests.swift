import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// `FeatureBatch.gather` gives what a gather per feature gives.
@Suite struct FeatureGatherTests {
    private let folder = try! TemporaryFolder()
    private let samples = 700

    /// A unified table with features of several widths, a table of its own, and one with a transform.
    private func store() async throws -> Store {
        func plan(_ name: String, _ expression: String, rows: Int, dim: Int, stored: Bool) -> TablePlan {
            let values = TestTables.values(rows: rows, dim: dim, seed: UInt64(dim))
            var plan = TablePlan(
                name: name, source: ArraySource(name: name, values, dim: dim), expression: expression)
            plan.rowsAreStored = stored
            plan.missing = .zero
            return plan
        }
        let features = [
            FeatureEntry(name: "a", table: 0, arguments: ""),
            FeatureEntry(name: "b", table: 0, arguments: "probes=3, salt=1"),
            FeatureEntry(name: "c", table: 0, arguments: "combine=mean, salt=2"),
            FeatureEntry(name: "d", table: 0, arguments: "first=1, ids=9"),
            FeatureEntry(name: "e", table: 1, arguments: ""),
            FeatureEntry(name: "f", table: 2, arguments: ""),
        ]
        let path = folder.path(of: "features.emb")
        _ = try await Packer().pack(
            [
                plan("u", "unified(rows=200, width=5, tables=2, probes=2) | int8", rows: 430, dim: 5, stored: true),
                plan("v", "f32", rows: 300, dim: 7, stored: false),
                plan("w", "rotation | f16", rows: 300, dim: 6, stored: false),
            ], features: features, to: path)
        return try Store(path: path)
    }

    @Test(arguments: [["a", "b"], ["a", "b", "d"], ["e", "a", "b", "d", "f", "c"], ["f"], ["c", "c"], ["e", "e"]])
    func `one call and a call each`(_ names: [String]) async throws {
        let store = try await store()
        let tables = try names.map { try store.feature($0) }
        for dims in [nil, 3] {
            let batch = FeatureBatch(tables.map { .init($0, dims: dims) })
            var random = SplitMix64(seed: 8)
            let ids = (0..<names.count * samples).map { _ in Int64.random(in: -2..<400, using: &random) }
            var found = [Float](repeating: .nan, count: samples * batch.dim)
            var span = found.mutableSpan
            let before = tables.map { $0.counts.missing }
            try batch.gather(.int64(ids.span), samples: samples, into: &span)
            let counted = zip(tables, before).map { $0.counts.missing - $1 }
            var column = 0
            for (number, table) in tables.enumerated() {
                let own = ids.span.extracting(number * samples..<(number + 1) * samples)
                let rows: [Float] = try table.gather(.int64(own), dims: dims)
                let width = dims ?? table.dim
                for s in 0..<samples {
                    let part = Array(found[s * batch.dim + column..<s * batch.dim + column + width])
                    #expect(bits(part) == bits(Array(rows[s * width..<(s + 1) * width])))
                }
                column += width
            }
            #expect(counted.reduce(0, +) > 0 || names == ["a", "b"] || names == ["c", "c"])
        }
    }

    /// Ids of 64 bits are hashed all at once where features are nothing but hashes, others feature by feature.
    @Test(arguments: [["a", "b", "d", "a"], ["d", "b"], ["b", "a", "b"]])
    func `ids of every width give the same, and so do parts`(_ names: [String]) async throws {
        let store = try await store()
        let batch = FeatureBatch(try names.map { .init(try store.feature($0)) })
        var random = SplitMix64(seed: 9)
        for samples in [1, 3, 8, 13, 700] {
            let ids = (0..<names.count * samples).map { _ in Int32.random(in: 0..<400, using: &random) }
            let (wide, unsigned) = (ids.map { Int64($0) }, ids.map { UInt64($0) })
            let before = store.counts.lookups.rows
            let expected = try gather(batch, .int32(ids.span), samples, 0..<samples)
            let probes = names.map { ["a": 2, "b": 3, "d": 2][$0]! }.reduce(0, +)
            #expect(store.counts.lookups.rows - before == UInt64(probes * samples))
            #expect(try gather(batch, .int64(wide.span), samples, 0..<samples) == expected)
            #expect(try gather(batch, .uint64(unsigned.span), samples, 0..<samples) == expected)
            let part = samples / 3..<samples
            let some = try gather(batch, .int64(wide.span), samples, part)
            #expect(some == Array(expected[part.lowerBound * batch.dim..<samples * batch.dim]))
        }
    }

    private func gather(_ batch: FeatureBatch, _ ids: IDs, _ samples: Int, _ part: Range<Int>) throws -> [UInt32] {
        var found = [Float](repeating: .nan, count: part.count * batch.dim)
        var span = found.mutableSpan
        try batch.gather(ids, samples: samples, part: part, into: &span)
        return bits(found)
    }

    /// Blocks that begin at multiples: the rows of one feature must not be taken for those of another.
    @Test func `aligned windows side by side`() async throws {
        let values = TestTables.values(rows: 40, dim: 1, seed: 3)
        var plan = TablePlan(
            name: "r", source: ArraySource(name: "r", values, dim: 1),
            expression: "robe(size=40, block=3, chunks=2, align=4) | f32")
        plan.rowsAreStored = true
        let path = folder.path(of: "windows.emb")
        let features = ["", "offset=7"].enumerated().map { FeatureEntry(name: "f\($0)", table: 0, arguments: $1) }
        _ = try await Packer().pack([plan], features: features, to: path)
        let store = try Store(path: path)
        let tables = try ["f0", "f1"].map { try store.feature($0) }
        let batch = FeatureBatch(tables.map { .init($0) })
        let ids: [Int64] = [5, 6, 7, 1, 8, 9]
        let found = try gather(batch, .int64(ids.span), 3, 0..<3)
        for s in 0..<3 {
            let expected = try tables.indices.flatMap { try tables[$0].gather([Int(ids[$0 * 3 + s])]) }
            #expect(Array(found[s * 12..<(s + 1) * 12]) == bits(expected))
        }
    }

    @Test func `a missing id is named by its position`() async throws {
        let store = try await store()
        let batch = FeatureBatch(try ["a", "d"].map { .init(try store.feature($0), missing: .error) })
        let ids: [Int64] = [5, 6, 7, 1, 8, 9]
        var out = [Float](repeating: 0, count: 3 * batch.dim)
        var span = out.mutableSpan
        #expect(throws: LookupError.missingID(table: "u", position: 5, id: "9")) {
            try batch.gather(.int64(ids.span), samples: 3, into: &span)
        }
    }
}
