import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// The worked examples and rules of the pages of block-scaled and structural stages, beyond what vectors pin.
@Suite struct StructuralStageTests {
    private let example: [Float] = [0, 1, -2, 0.1, 0.5, 0.5, 0.5, 0.5]

    private func all(_ table: EmbeddingTable, _ count: Int) throws -> [Float] {
        try table.gather(Array(0..<count))
    }

    @Test func `eight-bit floats keep their own tables exactly`() async throws {
        let folder = try TemporaryFolder()
        for element in ["", "e5m2, "] {
            // What comes out of one packing goes through another, under any scale that is a power of two, unchanged.
            let values = TestTables.values(rows: 40, dim: 50)
            let first = try await TestTables.pack(values, dim: 50, "fp8(\(element)block=16)", in: folder)
            let once = try all(first, 40)
            let second = try await TestTables.pack(once, dim: 50, "fp8(\(element)block=64)", in: folder)
            let third = try await TestTables.pack(once, dim: 50, "fp8(\(element)block=16)", in: folder)
            #expect(try bits(all(third, 40)) == bits(once))
            #expect(try all(second, 40).count == once.count)
        }
    }

    @Test func `eight-bit floats refuse what their scale cannot reach`() async throws {
        let folder = try TemporaryFolder()
        for (value, expression) in [
            (Float(3.4e38), "fp8"), (3e7, "fp8(scale=f16)"), (1e-10, "fp8(scale=f16)"), (.nan, "fp8"),
        ] {
            await #expect(throws: PackError.self) {
                _ = try await TestTables.pack([1, 2, 3, value, 0, value], dim: 2, expression, in: folder)
            }
        }
    }

    @Test func `generated rows are the page's`() async throws {
        let folder = try TemporaryFolder()
        let stored: (inout TablePlan) -> Void = { $0.rowsAreStored = true }
        let uniform = try await TestTables.pack(example, dim: 4, "generated(uniform)", in: folder, stored)
        #expect(
            try bits(all(uniform, 2)) == [
                0xbedf_79f6, 0x3f55_0ad1, 0x3e95_6596, 0xbcfb_afa0, 0xbf54_4071, 0xbe5d_e12c, 0x3ed5_d7b6, 0x3dd8_9b68,
            ])
        let normal = try await TestTables.pack(example, dim: 4, "generated", in: folder, stored)
        #expect(
            try bits(all(normal, 2)) == [
                0xbe93_deb9, 0x3f30_8cc2, 0x3e3f_9f45, 0xbc9d_c27e, 0xbf2f_46ad, 0xbe0c_cc06, 0x3e8c_caf6, 0x3d88_236c,
            ])
    }

    @Test func `a table of embeddings is not packed as generated`() async throws {
        let folder = try TemporaryFolder()
        await #expect(throws: PackError.self) {
            _ = try await TestTables.pack(example, dim: 4, "generated", in: folder)
        }
    }

    @Test func `pruning keeps what the page says`() async throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [0, 1, -2, 0.1, 0.5, 0.5, 0.5, 0.25]
        let table = try await TestTables.pack(values, dim: 4, "sparse(density=0.5)", in: folder)
        #expect(try all(table, 2) == [0, 1, -2, 0, 0, 0, 0, 0])
        let whole = try await TestTables.pack(values, dim: 4, "sparse(density=1)", in: folder)
        #expect(try all(whole, 2) == values.map { Float(Float16($0)) })
        let nothing = try await TestTables.pack(values, dim: 4, "sparse(density=0, values=int8)", in: folder)
        #expect(try all(nothing, 2) == [Float](repeating: 0, count: 8))
    }

    @Test func `values of sparse rows outside their column are refused`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 200, dim: 6)
        let store = try await TestTables.store(values, dim: 6, "sparse(density=0.5)", in: folder)
        let number = try #require(
            store.catalog.tables[0].columns.first { $0.name == "sparse.bases" }
        ).segment
        var bytes = try folder.read("table.emb")
        bytes[Int(store.catalog.segments[Int(number)].offset) + 8 + 5] = 0xff  // the base of rows 64 ..< 128
        let broken = try Store(path: folder.write(bytes, to: "broken.emb")).table("t")
        #expect(try broken.gather([3]).count == 6)
        #expect(throws: LookupError.self) { try broken.gather(Array(64..<128)) }
    }

    @Test func `sums are added tier by tier`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 150, dim: 3)
        let table = try await TestTables.pack(values, dim: 3, "tiers(40%: f32, rest: f32)", in: folder)
        #expect(try bits(all(table, 150)) == bits(values))
        let ids: [Int64] = [100, 3, 149, 64, 63, 0, 100]
        let weights: [Float] = [0.3, -0.7, 1.1, 0.2, 0.9, -1.3, 0.05]
        var expected: [Float] = []
        for j in 0..<3 {
            var tiers: [Float] = [0, 0]
            for (id, weight) in zip(ids, weights) {
                let tier = id < 64 ? 0 : 1
                tiers[tier] = tiers[tier].addingProduct(weight, values[Int(id) * 3 + j])
            }
            expected.append(0 + tiers[0] + tiers[1])
        }
        #expect(try bits(table.pooled(ids, lengths: [7], weights: weights, .sum)) == bits(expected))
    }

    @Test func `tiers are cut by traffic`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 400, dim: 4)
        let frequencies = (0..<400).map { 1 / Float($0 + 1) }
        let table = try await TestTables.pack(
            values, dim: 4, "tiers(90%traffic: f32, 1%: f16, rest: int4)", in: folder
        ) { $0.frequencies = frequencies }
        let embeddings = try all(table, 400)
        #expect(bits(Array(embeddings[..<(256 * 4)])) == bits(Array(values[..<(256 * 4)])))
        #expect(bits(embeddings) != bits(values))
        await #expect(throws: PackError.self) {
            _ = try await TestTables.pack(values, dim: 4, "tiers(90%traffic: f32, rest: int4)", in: folder)
        }
    }

    @Test(arguments: [
        "tiers(10%: f16)", "tiers(rest: f16, 10%: f32)", "tiers(110%: f16, rest: int8)", "tiers(0%: f16, rest: int8)",
        "tiers(60%: f16, 60%: int8, rest: int4)", "tiers(1%: hashed(rows=5) | f16, rest: int8)",
        "tiers(top: f16, rest: int8)", "sparse", "sparse(density=1.5)", "sparse(density=.5)", "sparse(density=-1)",
        "prefix | f16", "prefix(0) | f16", "dedup(blockRows=0) | f16", "dedup(share=0) | f16", "fp8(block=8)",
        "int4(block=24)", "generated(normal)",
    ]) func `senseless spellings are refused`(_ expression: String) {
        #expect(throws: ExpressionError.self) { try Composition(expression) }
    }

    @Test func `spellings are canonical`() throws {
        for (written, canonical) in [
            ("tiers( 10.50%:f16,rest : rotation|int4 )", "tiers(10.5%: f16, rest: rotation | int4)"),
            ("sparse(density=00.250)", "sparse(density=0.25)"), ("dedup(tolerance=0.0, share=1) | f16", "dedup | f16"),
            ("fp8(e4m3, block=32, scale=e8m0)", "fp8"), ("int8(block=32, scale=f32)", "int8(scale=f32, block=32)"),
            ("generated(gaussian, seed=0x10)", "generated(seed=16)"),
        ] {
            #expect(try Composition(written).description == canonical)
            #expect(try Composition(canonical).description == canonical)
        }
    }

    @Test func `a prefix leaves zeros`() async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack(example, dim: 4, "prefix(2) | f32", in: folder)
        #expect(try all(table, 2) == [0, 1, 0, 0, 0.5, 0.5, 0, 0])
        await #expect(throws: PackError.self) {
            _ = try await TestTables.pack(example, dim: 4, "prefix(5) | f32", in: folder)
        }
    }
}

extension StructuralStageTests {
    private static let repeated: [Float] = [1, 2, 0, 0, 1, 2, 3, 4, 0, 0]

    @Test func `equal rows are stored once`() async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack(Self.repeated, dim: 2, "dedup | f32", in: folder)
        #expect((table.idCount, table.rowCount) == (5, 3))
        #expect(try all(table, 5) == Self.repeated)
        #expect(throws: LookupError.self) { try table.gather([5]) }
        let blocks = try await TestTables.pack(Self.repeated, dim: 2, "dedup(blockRows=2) | f32", in: folder)
        #expect((blocks.idCount, blocks.rowCount) == (5, 5))
        #expect(try all(blocks, 5) == Self.repeated)
    }

    @Test func `keys and the default row find the row that stands for theirs`() async throws {
        let folder = try TemporaryFolder()
        let keys: [UInt64] = [50, 40, 30, 20, 10]
        let table = try await TestTables.pack(
            Self.repeated, dim: 2, "keyed | dedup | f32", keys: .integers(keys), in: folder
        ) { $0.defaultRow = .key("10") }
        #expect(table.rowCount == 3)
        #expect(try table.gather([10, 30, 20]) == [0, 0, 1, 2, 3, 4])
        #expect(table.entry.defaultRow == 1)
    }

    @Test func `blocks within the tolerance share a block, and the error says so`() async throws {
        let folder = try TemporaryFolder()
        var values = TestTables.values(rows: 30, dim: 8)
        for i in 0..<80 { values[80 + i] = values[i] + (i % 2 == 0 ? 0.004 : -0.003) }  // rows 10 ..< 20 like 0 ..< 10
        let exact = try await TestTables.pack(values, dim: 8, "dedup(blockRows=10) | f32", in: folder)
        #expect(exact.rowCount == 30)
        let near = try await TestTables.pack(values, dim: 8, "dedup(blockRows=10, tolerance=0.01) | f32", in: folder)
        #expect(near.rowCount == 20)
        let expected = Array(values[..<80]) + Array(values[..<80]) + Array(values[160...])
        #expect(try all(near, 30) == expected)
        let nmse = try #require(near.entry.attributes.first { $0.key == "packed.nmse" }.flatMap { Double($0.value) })
        var error = 0.0
        for i in 0..<80 {
            let difference = Double(values[i]) - Double(values[80 + i])
            error += difference * difference
        }
        let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(nmse - error / norm) <= 1e-6 * nmse)
    }
}
