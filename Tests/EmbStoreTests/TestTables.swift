import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport

/// Tables made up for tests.
enum TestTables {
    /// Rows of numbers about 0, a few of them far out.
    static func values(rows: Int, dim: Int, seed: UInt64 = 1) -> [Float] {
        var random = SplitMix64(seed: seed)
        return (0..<rows * dim).map { _ in
            let near = Float.random(in: -1...1, using: &random)
            return Int.random(in: 0..<50, using: &random) == 0 ? near * 8 : near
        }
    }

    /// Packs one table called `t` and opens it.
    static func pack(
        _ values: [Float], dim: Int, _ expression: String, keys: ArraySource.Keys = .none, in folder: TemporaryFolder,
        registry: Registry = .builtin, packer: Packer = Packer(), _ change: (inout TablePlan) -> Void = { _ in }
    ) async throws -> EmbeddingTable {
        try await store(
            values, dim: dim, expression, keys: keys, in: folder, registry: registry, packer: packer, change
        ).table("t")
    }

    static func store(
        _ values: [Float], dim: Int, _ expression: String, keys: ArraySource.Keys = .none, in folder: TemporaryFolder,
        registry: Registry = .builtin, packer: Packer = Packer(), _ change: (inout TablePlan) -> Void = { _ in }
    ) async throws -> Store {
        var packer = packer
        packer.registry = registry
        packer.replacing = true
        var plan = TablePlan(
            name: "t", source: ArraySource(name: "t", values, dim: dim, keys: keys), expression: expression)
        change(&plan)
        let path = folder.path(of: "table.emb")
        _ = try await packer.pack([plan], to: path)
        return try Store(path: path, registry: registry)
    }
}

/// The bits of floats, so that -0 and NaN count.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

extension EmbeddingTable {
    /// Pools with everything in arrays.
    func pooled(
        _ ids: [Int64], lengths: [Int32], weights: [Float]? = nil, _ mode: PoolMode, dims: Int? = nil,
        missing: MissingPolicy? = nil
    ) throws -> [Float] {
        var out = [Float](repeating: .nan, count: lengths.count * (dims ?? dim))
        var span = out.mutableSpan
        if let weights {
            try pool(
                .int64(ids.span), .lengths32(lengths.span), weights: weights.span, mode, into: &span, dims: dims,
                missing: missing)
        } else {
            try pool(.int64(ids.span), .lengths32(lengths.span), mode, into: &span, dims: dims, missing: missing)
        }
        return out
    }
}
