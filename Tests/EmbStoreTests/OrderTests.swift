import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// Rows stored in another order than they come in.
@Suite struct OrderTests {
    private let values: [Float] = [1, 1, 5, 5, 3, 3, 9, 0, 2, 2]

    private func pack(_ expression: String, keys: ArraySource.Keys = .none, _ order: RowOrder) async throws
        -> EmbeddingTable
    {
        let folder = try TemporaryFolder()
        return try await TestTables.pack(values, dim: 2, expression, keys: keys, in: folder) {
            $0.order = order
            $0.frequencies = [0, 4, 4, 1, 9]
        }
    }

    @Test(arguments: RowOrder.allCases) func `ids find their rows wherever these stand`(_ order: RowOrder) async throws
    {
        let direct = try await pack("f32", order)
        #expect(try direct.gather(Array(0..<5)) == values)
        #expect(direct.composition.rowMaps.count == (order == .source ? 0 : 1))
        let keyed = try await pack("f32", keys: .integers([70, 71, 72, 73, 74]), order)
        #expect(try keyed.gather(Array(70..<75)) == values)
        #expect(keyed.composition.rowMaps.isEmpty)
    }

    @Test func `rows asked for most often come first, equal ones in their order`() async throws {
        let table = try await pack("keyed | f32", keys: .integers([70, 71, 72, 73, 74]), .frequency)
        let ids = TableIDs(table)
        #expect(try integers(ids) == [74, 71, 72, 73, 70])
    }

    @Test func `rows of the largest norm come first`() async throws {
        let table = try await pack("keyed | f32", keys: .integers([70, 71, 72, 73, 74]), .norm)
        #expect(try integers(TableIDs(table)) == [73, 71, 72, 74, 70])
    }

    private func integers(_ ids: TableIDs) throws -> [UInt64] {
        guard case .integers(let keys) = try ids.run(0, count: 5) else { return [] }
        return keys
    }

    @Test func `an order needs what it orders by, and rows of their own`() async throws {
        let folder = try TemporaryFolder()
        await #expect(throws: PackError.self) {
            try await TestTables.pack(values, dim: 2, "f32", in: folder) { $0.order = .frequency }
        }
        await #expect(throws: PackError.self) {
            try await TestTables.pack(values, dim: 2, "hashed(rows=3) | f32", in: folder) { $0.order = .norm }
        }
        await #expect(throws: PackError.self) {
            try await TestTables.pack(values, dim: 2, "remapped | f32", in: folder)
        }
    }

    @Test func `a map may lead many to one, and some nowhere`() async throws {
        let folder = try TemporaryFolder()
        let map = ColumnData(
            "rows", ColumnShape(.u32, rows: 5, width: 1),
            bytes: [4, 0, 0, 0, 4, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 5, 0, 0, 0])
        let table = try await TestTables.pack(values, dim: 2, "remapped | f32", in: folder) {
            $0.parameters = ["remapped.rows": map]
            $0.recordsQuality = false
        }
        #expect(try table.gather([0, 1, 2, 3, 4], missing: .zero) == [2, 2, 2, 2, 0, 0, 1, 1, 0, 0])
        #expect(throws: LookupError.missingID(table: "t", position: 1, id: "4")) { try table.gather([0, 4]) }
    }
}
