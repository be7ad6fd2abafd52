import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Foundation
import Testing

/// Codes of a few bits: what they keep of a table, what they estimate, and models that made their own.
@Suite struct BinaryTests {
    private static let dim = 64

    /// Independent normal numbers (Box-Muller).
    private static func normal(rows: Int, dim: Int = dim, seed: UInt64) -> [Float] {
        var random = SplitMix64(seed: seed)
        return (0..<rows * dim).map { _ in
            let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random))).squareRoot()
            return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random)))
        }
    }

    private func nmse(_ values: [Float], _ expression: String) async throws -> Double {
        let folder = try TemporaryFolder()
        let plan = TablePlan(
            name: "t", source: ArraySource(name: "t", values, dim: Self.dim), expression: expression)
        return try #require(try await Packer().pack([plan], to: folder.path(of: "t.emb")).reports[0].quality?.nmse)
    }

    /// Of normal rows, no more than a scale for each row that suits bits of halving worth is known to leave.
    @Test(arguments: [(1, 0.36), (2, 0.116), (3, 0.0355), (4, 0.0107), (8, 0.0001)])
    func `each bit divides the error of normal rows`(_ bits: Int, _ limit: Double) async throws {
        let values = Self.normal(rows: 400, seed: 3)
        let error = try await nmse(values, "rbe(bits=\(bits))")
        #expect(error < limit)
        #expect(abs(try await nmse(values, "rabitq(bits=\(bits))") - error) < 0.001 * error + 1e-6)
    }

    /// Rows of few directions: a decoder fitted to signs makes far more of them than signs alone, and more signs more.
    @Test func `a decoder fitted to signs halves the error`() async throws {
        let (rows, rank) = (600, 6)
        let (left, right) = (Self.normal(rows: rows, dim: rank, seed: 4), Self.normal(rows: rank, seed: 5))
        var values = [Float](repeating: 0, count: rows * Self.dim)
        for i in 0..<rows {
            for k in 0..<rank {
                for j in 0..<Self.dim { values[i * Self.dim + j] += left[i * rank + k] * right[k * Self.dim + j] }
            }
        }
        let alone = try await nmse(values, "rbe(bits=1)")
        let fitted = try await nmse(values, "linear | sign")
        #expect(fitted < 0.5 * alone)
        #expect(try await nmse(values, "linear(dim=96) | sign") < fitted)
        #expect(try await nmse(values, "linear | rbe(bits=2, scale=none)") < fitted)
        #expect(try await nmse(values, "linear | rbe(bits=4)") < (try await nmse(values, "rbe(bits=4)")))
    }

    @Test func `a center takes what all rows have in common`() async throws {
        let values = Self.normal(rows: 300, seed: 6).enumerated().map { $1 + ($0 % 2 == 0 ? 5 : -3) }
        #expect(try await nmse(values, "center | rbe(bits=2)") < 0.3 * (try await nmse(values, "rbe(bits=2)")))
    }

    /// Over rotations, estimates of one product scatter around it; products with decoded rows are too small.
    @Test func `estimates of rabitq are unbiased over rotations`() async throws {
        let row = Self.normal(rows: 1, seed: 7)
        let query = zip(row, Self.normal(rows: 1, seed: 8)).map { $0 + $1 }
        let exact = zip(row, query).reduce(0) { $0 + Double($1.0 * $1.1) }
        var (estimates, decoded) = (0.0, 0.0)
        let rotations = 200
        for seed in 0..<rotations {
            let folder = try TemporaryFolder()
            let table = try await TestTables.pack(
                row, dim: Self.dim, "rotation(seed=\(seed)) | rabitq(bits=1)", in: folder)
            let ids: [Int64] = [0]
            estimates += Double(try table.score(query, .int64(ids.span), metric: .dot)[0])
            decoded += zip(try table.gather([0]) as [Float], query).reduce(0) { $0 + Double($1.0 * $1.1) }
        }
        let (mean, short) = (estimates / Double(rotations), decoded / Double(rotations))
        #expect(abs(mean - exact) < 0.03 * exact)
        #expect(short < 0.75 * exact)
    }

    /// A row of codes that were trained elsewhere, as a query to codes of another model of the same space: exact.
    @Test func `codes of two models meet exactly`() async throws {
        var random = SplitMix64(seed: 9)
        let codes = (0..<2).map { _ in
            (0..<40 * 24).map { _ in [-1.5, -0.5, 0.5, 1.5].randomElement(using: &random)! as Float }
        }
        let folder = try TemporaryFolder()
        let plans = zip(["old", "new"], codes).map {
            TablePlan(name: $0, source: ArraySource(name: $0, $1, dim: 24), expression: "rbe(bits=2, scale=none)")
        }
        let path = folder.path(of: "two.emb")
        let reports = try await Packer().pack(plans, to: path).reports
        #expect(reports.allSatisfy { $0.quality?.nmse == 0 })
        let store = try Store(path: path)
        let ids = (0..<40).map { Int64($0) }
        let query: [Float] = try store.table("new").gather([7])
        let scores = try store.table("old").score(query, .int64(ids.span), metric: .dot)
        let exact = ids.map { id in (0..<24).reduce(Float(0)) { $0 + query[$1] * codes[0][Int(id) * 24 + $1] } }
        #expect(scores == exact)
    }

    private struct Expected: Decodable {
        let codes: [[UInt64]]
        let decoded: [[Float]]
    }

    @Test func `a trained model packs its vectors as its own codes and decodes them`() async throws {
        let fixtures = VectorCase.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Tests/Fixtures/bebr")
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: fixtures.appending(path: "expected.json")))
        let model = fixtures.appending(path: "model.safetensors").path()
        let imported = try Importer.table(
            method: "bebr", path: model, ImportRequest(expression: "rbe(bits=3, scale=none)"))
        #expect(imported.plan.expression == "mlp(hidden=10, dim=8, unit) | rbe(bits=3, scale=none)")
        let folder = try TemporaryFolder()
        let path = folder.path(of: "bebr.emb")
        _ = try await Packer().pack([imported.plan], to: path)
        let store = try Store(path: path)
        let table = try store.table(imported.plan.name)
        for (row, levels) in expected.codes.enumerated() {
            let word = levels.enumerated().reduce(UInt64(0)) { $0 | $1.element << UInt64(3 * $1.offset) }
            let bytes = try store.storedBytes(ofRow: UInt64(row), in: table)
            #expect(bytes == (0..<3).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) })
        }
        let decoded: [Float] = try table.gather(Array(0..<expected.decoded.count))
        let worst = zip(decoded, expected.decoded.joined()).map { abs($0 - $1) }.max()!
        #expect(worst < 1e-5)
    }

    @Test func `a model of other bits than the codec is refused`() throws {
        let model = VectorCase.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Tests/Fixtures/bebr/model.safetensors").path()
        #expect(throws: PackError.self) {
            try Importer.table(method: "bebr", path: model, ImportRequest(expression: "rbe(bits=2, scale=none)"))
        }
    }

    @Test func `networks are given stored rows`() async throws {
        let folder = try TemporaryFolder()
        await #expect(throws: PackError.self) {
            try await TestTables.pack([1, 2, 3], dim: 1, "mlp(hidden=1) | f32", in: folder)
        }
    }
}
