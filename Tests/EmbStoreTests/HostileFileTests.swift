import EmbCodecs
import EmbFormat
import EmbIO
import EmbStore
import EmbStorePack
import EmbTestSupport
import Foundation
import Testing

/// Files that follow every rule and ask for far more than their size lets expect.
@Suite struct HostileFileTests {
    @Test func `many wide transforms cost nothing to open`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path(of: "transforms.emb")
        try writeTransforms(tables: 40, to: path)  // 4 GB of factors, if they were made
        let before = try residentBytes()
        let store = try Store(path: path)
        #expect(try residentBytes() - before < 512 << 20, "\(store.tables.count) tables")
    }

    private func writeTransforms(tables: Int, to path: String) throws {
        let writer = try StoreWriter(path: path, replacing: true)
        let rows = try writer.add(ColumnData("rows", ColumnShape(.f32, rows: 0, width: 65_536), bytes: []))
        for table in 0..<tables {
            let stages = (1...62).map { "rotation(seed=\(table * 64 + $0)) | " }.joined()
            var entry = TableEntry(
                name: "t\(table)", expression: stages + "f32", idCount: 0, rowCount: 0, dim: 65_536)
            entry.stages = try Composition(entry.expression).stageEntries
            entry.columns = [.init(name: "f32.rows", segment: rows)]
            writer.add(entry)
        }
        try writer.commit()
    }

    private func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * sysconf(Int32(_SC_PAGESIZE))
    }

    @Test func `wide rows go through small tiles and come out the same`() async throws {
        let folder = try TemporaryFolder()
        let dim = 8192  // tiles of 32 rows
        let table = try await TestTables.pack(
            TestTables.values(rows: 3, dim: dim), dim: dim, "rotation | f32", in: folder)
        let ids = (0..<70).map { Int64($0 % 3) }
        let rows = try (0..<3).map { try table.gather([$0]) }
        let expected = bits(ids.flatMap { rows[Int($0)] })
        #expect(bits(try table.gather(.int64(ids.span))) == expected)
        let ones = [Int32](repeating: 1, count: ids.count)
        #expect(bits(try table.pooled(ids, lengths: ones, .sum)) == expected)
        let whole = try table.pooled(ids, lengths: [70], .max)
        #expect(whole == (0..<dim).map { j in rows.map { $0[j] }.max()! })
    }
}
