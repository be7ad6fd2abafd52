import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// Rows that ids share, fitted to finished tables; and what budgets buy.
@Suite struct SharedRowsTests {
    private let folder = try! TemporaryFolder()

    private func pack(
        _ values: [Float], dim: Int, _ expression: String, _ change: (inout TablePlan) -> Void = { _ in }
    ) async throws -> EmbeddingTable {
        try await TestTables.pack(values, dim: dim, expression, in: folder, change)
    }

    /// Squared error over squared norm.
    private func error(_ table: EmbeddingTable, _ values: [Float], weights: [Float]? = nil) throws -> Double {
        let found = try table.gather((0..<values.count / table.dim).map { $0 })
        var (lost, whole) = (0.0, 0.0)
        for i in values.indices {
            let weight = Double(weights?[i / table.dim] ?? 1)
            lost += weight * Double((found[i] - values[i]) * (found[i] - values[i]))
            whole += weight * Double(values[i] * values[i])
        }
        return lost / whole
    }

    private func recorded(_ table: EmbeddingTable) -> Double {
        table.entry.attributes.first { $0.key == "packed.nmse" }.flatMap { Double($0.value) } ?? .nan
    }

    @Test(arguments: ["multiply", "sum", "concat"]) func `a table made of quotients and remainders is found again`(
        _ combine: String
    ) async throws {
        let (n, c, dim) = (96, 8, 6)
        let q = TestTables.values(rows: n / c, dim: dim, seed: 1)
        let r = TestTables.values(rows: c, dim: dim, seed: 2)
        let values = (0..<n * dim).map { i in
            let (a, b) = (q[i / dim / c * dim + i % dim], r[i / dim % c * dim + i % dim])
            switch combine {
            case "multiply": return a * b
            case "sum": return a + b
            default: return i % dim < 3 ? a : b
            }
        }
        let table = try await pack(values, dim: dim, "qr(divisor=8, combine=\(combine)) | f32")
        #expect(try error(table, values) < 1e-9)
    }

    @Test func `cores are found again`() async throws {
        for (rows, dims) in [("4x5x3", "2x1x3"), ("6x10", "2x3"), ("3x2x5x2", "1x3x1x2")] {
            let stage = "tensorTrain(rank=2, rows=\(rows), dims=\(dims))"
            let count = Int(try Composition("\(stage) | f32").indexer.rowCount(idCount: 60))
            let cores = TestTables.values(rows: count, dim: 2, seed: 3)
            let made = try await pack(cores, dim: 2, "\(stage) | f32") {
                $0.rowsAreStored = true
                $0.idCount = 60
            }
            let values = try made.gather((0..<60).map { $0 })
            let fitted = try await pack(values, dim: 6, "\(stage) | f32")
            #expect(try error(fitted, values) < 1e-9)
            #expect(recorded(fitted) < 1e-9)
        }
    }

    @Test(arguments: [
        "robe(size=400, block=3, chunks=2) | f32", "robe(size=400, block=3, chunks=2, seed=4, signed) | f16",
        "robe(size=400, block=6, signed, coefficients=1009-17-29-13-7-11-5-3-2) | f32",
        "hashed(rows=70, probes=2, signs) | f32", "hashed(rows=70, signs, hash=murmur) | f32",
        "unified(rows=130, width=3, probes=2, tables=2) | f32", "qr(divisor=9) | int8",
        "tensorTrain(rank=3, rows=5x6x5, dims=1x2x3) | f16",
    ]) func `what is recorded is what was lost`(_ expression: String) async throws {
        let values = TestTables.values(rows: 150, dim: 6, seed: 5)
        let table = try await pack(values, dim: 6, expression)
        let lost = try error(table, values)
        #expect(abs(recorded(table) - lost) < 1e-4)
        #expect(lost > 0.05 && lost < 0.95)
    }

    @Test(arguments: [
        "hashed(rows=20) | f32", "hashed(rows=20, probes=2) | f32", "qr(divisor=12) | f32",
        "robe(size=90, block=6) | f32", "tensorTrain(rank=3, rows=5x6x5, dims=1x2x3) | f32",
        "tensorTrain(rank=3, rows=12x13, dims=2x3) | f32", "tensorTrain(rank=3, rows=3x4x4x4, dims=1x2x3x1) | f32",
    ])
    func `frequencies decide what is kept`(_ expression: String) async throws {
        let values = TestTables.values(rows: 150, dim: 6, seed: 6)
        let frequencies = (0..<150).map { 1000 / Float($0 * $0 + 1) }
        let plain = try error(await pack(values, dim: 6, expression), values, weights: frequencies)
        let weighted = try await pack(values, dim: 6, expression) { $0.frequencies = frequencies }
        #expect(try error(weighted, values, weights: frequencies) < 0.7 * plain)
    }

    /// Ids beyond the last, of which there are digits, count nothing.
    @Test func `a train is fitted to the ids that there are`() async throws {
        let dim = 6
        let values = TestTables.values(rows: 70, dim: dim, seed: 8)
        let whole = try error(await pack(values, dim: dim, "tensorTrain(rank=4, rows=5x14, dims=2x3) | f32"), values)
        let loose = try error(await pack(values, dim: dim, "tensorTrain(rank=4, rows=5x30, dims=2x3) | f32"), values)
        #expect(abs(whole - loose) < 0.01 * whole)
    }

    // Budgets

    @Test func `budgets buy what fits, and no more`() async throws {
        let budget = Budget(idCount: 1000, dim: 6, bytes: 4800)
        #expect(try budget.hashedRows(rowBytes: 24) == 200)
        #expect(try budget.hashedRows(rowBytes: 24, perID: 4) == 33)
        #expect(try budget.unifiedRows(rowBytes: 24, tables: 3, owned: 20) == 60)
        let divisor = try budget.divisor(rowBytes: 24)
        #expect((1000 + divisor - 1) / divisor + divisor <= 200)
        #expect((1000 + divisor - 2) / (divisor - 1) + divisor - 1 > 200)
        #expect(try budget.arraySize(numberBytes: 4, block: 6) == 1195)
        #expect(try budget.arraySize(numberBytes: 4, block: 6, trained: true) == 1185)
        #expect(try budget.rank(rows: [10, 10, 10], dims: [1, 2, 3], numberBytes: 4) == 6)
        let values = TestTables.values(rows: 1000, dim: 6, seed: 7)
        for expression in [
            "hashed(rows=200) | f32", "qr(divisor=\(divisor)) | f32", "robe(size=1195, block=6) | f32",
            "tensorTrain(rank=6, rows=10x10x10, dims=1x2x3) | f32",
        ] {
            let store = try await TestTables.store(values, dim: 6, expression, in: folder)
            let bytes = store.catalog.segments.reduce(0) { $0 + $1.rawBytes }
            #expect(bytes <= 4800 && bytes > 3800, "\(expression): \(bytes)")
        }
    }

    @Test func `a budget below the floor names it`() throws {
        let criteo = Budget(idCount: 33_762_577, dim: 16, bytes: 2_000_000)
        // One divisor for all fields: 5811 quotients and 5811 remainders are the fewest rows.
        let divisor = try criteo.divisor(rowBytes: 64)
        #expect((33_762_577 + divisor - 1) / divisor + divisor <= 31_250)
        let small = Budget(idCount: 33_762_577, dim: 16, bytes: 500_000)
        #expect(throws: PackError.self) { try small.divisor(rowBytes: 64) }
        do { _ = try small.divisor(rowBytes: 64) } catch { #expect("\(error)".contains("at least 743")) }
        do { _ = try small.hashedRows(rowBytes: 64, perID: 4) } catch {
            #expect("\(error)".contains("at least 135050372"))
        }
        #expect(throws: PackError.self) {
            try Budget(idCount: 9, dim: 6, bytes: 20).rank(rows: [3, 3], dims: [2, 3], numberBytes: 4)
        }
    }
}
