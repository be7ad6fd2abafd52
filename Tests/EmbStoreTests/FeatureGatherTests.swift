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
