import EmbCodecs
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// A size left open in an expression becomes the largest that a budget pays for; below the floor it is refused.
@Suite struct BudgetTests {
    private let folder = try! TemporaryFolder()
    private static let (ids, dim) = (1000, 12)
    private let values = TestTables.values(rows: Self.ids, dim: Self.dim, seed: 21)

    private func plan(_ expression: String, _ change: (inout TablePlan) -> Void = { _ in }) -> TablePlan {
        var plan = TablePlan(
            name: "t", source: ArraySource(name: "t", values, dim: Self.dim), expression: expression)
        change(&plan)
        return plan
    }

    /// An expression with a size left open, the composition that 9,000 bytes buy, and the formula of its bytes.
    private static let choices: [(open: String, chosen: String, bytes: UInt64)] = [
        ("hashed | f16", "hashed(rows=375) | f16", 375 * 12 * 2),
        ("hashed(probes=2, combine=concat) | f32", "hashed(rows=375, probes=2, combine=concat) | f32", 375 * 6 * 4),
        ("unified(probes=2) | int8", "unified(rows=900, width=6, probes=2) | int8", 900 * (6 + 4)),
        ("unified(probes=3, tables=4) | f32", "unified(rows=140, width=4, probes=3, tables=4) | f32", 4 * 140 * 16),
        ("qr | f32", "qr(divisor=6) | f32", (167 + 6) * 48),
        ("qr(combine=concat) | f32", "qr(divisor=3, combine=concat) | f32", (334 + 3) * 24),
        ("robe | f16", "robe(size=4489, block=12) | f16", (4489 + 11) * 2),
        ("robe(chunks=2, align=4) | f32", "robe(size=2244, block=6, chunks=2, align=4) | f32", (2244 + 5) * 4),
        ("tensorTrain | f32", "tensorTrain(rank=9, rows=10x10x10, dims=2x2x3) | f32", 9 * (20 + 9 * 20 + 30) * 4),
        ("lowrank | int8", "lowrank(4) | int8", 1000 * (4 + 4) + (4 + 1) * 12 * 4),
        ("prefix | int8(symmetric)", "prefix(7) | int8(symmetric)", 1000 * (7 + 2)),
        ("pq(codebooks=f16)", "pq(2x8, codebooks=f16)", 1000 * 2 + 256 * 12 * 2),
        ("rbe", "rbe(bits=4)", 1000 * (12 * 4 / 8 + 2)),
    ]

    @Test(arguments: choices.indices) func `the largest size that fits is chosen`(_ number: Int) async throws {
        let choice = Self.choices[number]
        let made = try plan(choice.open).fitting(bytes: 9000)
        #expect(made.plan.expression == choice.chosen)
        #expect(made.chosen != nil && made.columnBytes == choice.bytes && choice.bytes <= 9000)
        let path = folder.path(of: "t.emb")
        let report = try await Packer().pack([made.plan], to: path).reports[0]
        #expect(report.columnBytes == choice.bytes)
        #expect(try Store(path: path).catalog.segments.reduce(0) { $0 + $1.rawBytes } == choice.bytes)
    }

    @Test func `maps, keys and weights are counted`() async throws {
        let keyed = try plan("lowrank | int8") {
            let keys = (0..<Self.ids).map { Array("key \($0)".utf8) }
            $0.source = ArraySource(name: "t", values, dim: Self.dim, keys: .strings(keys))
        }.fitting(bytes: 40_000)
        let packed = try await Packer().pack([keyed.plan], to: folder.path(of: "keyed.emb")).reports[0]
        #expect(packed.columnBytes == keyed.columnBytes && keyed.columnBytes <= 40_000)
        let ordered = try plan("prefix | int8") { $0.order = .norm }.fitting(bytes: 12_000)
        #expect(ordered.plan.expression == "prefix(4) | int8" && ordered.columnBytes == 1000 * (4 + 4) + 4000)
        let weighted = try plan("hashed(idWeights) | f32").fitting(bytes: 9000)
        #expect(weighted.plan.expression == "hashed(rows=104, idWeights) | f32" && weighted.columnBytes == 8992)
    }

    @Test(arguments: [
        ("hashed(idWeights) | f32", "4048"), ("qr | f32", "3072"), ("robe | f16", "46"),
        ("tensorTrain | f32", "280"), ("unified(probes=3, tables=4) | f32", "64"), ("lowrank | int8", "5096"),
        ("pq", "13288"), ("int8", "16000"),
    ]) func `below the floor budgets are refused, and it is named`(_ expression: String, _ floor: String) throws {
        let least = UInt64(floor)!
        #expect(try plan(expression).fitting(bytes: least).columnBytes == least)
        let error = #expect(throws: PackError.self) { try plan(expression).fitting(bytes: least - 1) }
        let told = error.map { "\($0)" } ?? ""
        #expect(told.contains("\(least - 1) bytes") && told.contains("at least \(floor)"), "\(told)")
    }

    @Test func `two open sizes, and none`() throws {
        #expect(throws: PackError.self) { try plan("hashed | pq").fitting(bytes: 9000) }
        let whole = try plan("int4").fitting(bytes: 100_000)
        #expect(whole.chosen == nil && whole.plan.expression == "int4" && whole.columnBytes == 1000 * 10)
    }

    /// A source whose rows only reading counts.
    @Test func `rows are counted where nobody knows`() throws {
        let text = (0..<50).map { "w\($0) 1 2 \($0)\n" }.joined()
        let path = try folder.write(Array(text.utf8), to: "w.txt")
        let source = try SourceFormat.open(path, options: SourceOptions())[0]
        var plan = TablePlan(name: "w", source: source, expression: "prefix | f16")
        plan.duplicates = .first
        let made = try plan.fitting(bytes: 1000)
        #expect(made.chosen == "numbers of prefix" && made.columnBytes <= 1000)
    }
}
