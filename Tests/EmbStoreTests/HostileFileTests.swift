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

    @Test func `keys of another length are not read`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path(of: "keys.emb")
        try writeLongKey(fingerprintOf: "a", to: path)
        let store = try Store(path: path)
        #expect(throws: LookupError.missingID(table: "t", position: 0, id: "\"a\"")) {
            try store.table("t").gather(["a"])
        }
        #expect(store.decodedBlocks == 0)
    }

    /// A bucket in which every fingerprint is that of `id`, and a key of 60,000 blocks.
    private func writeLongKey(fingerprintOf id: String, to path: String) throws {
        let ids = [id]
        let hash = KeyHash.hash(IDs.strings(ids.span).key(0), salt: KeyHash.salt(seed: 0, probe: 0))
        let fingerprints = [UInt8](repeating: UInt8(truncatingIfNeeded: hash), count: 12)
        let bucket = [UInt8](repeating: 0, count: 48) + fingerprints + [12, 0, 0, 0]
        let writer = try StoreWriter(path: path, replacing: true)
        let columns = [
            try writer.add(ColumnData("rows", ColumnShape(.f32, rows: 1), bytes: [0, 0, 0, 0])),
            try writer.add(ColumnData("buckets", ColumnShape(.u8, rows: 1, width: 64), bytes: bucket)),
            try writer.add(ColumnData("keyEnds", ColumnShape(.u32, rows: 1), bytes: [0x60, 0xea, 0, 0])),
            try writer.add(
                ColumnData("keyBytes", ColumnShape(.u8, rows: 60_000), bytes: [UInt8](repeating: 0, count: 60_000)),
                StoreWriter.Storage(.lz4, blockBytes: 1)),
        ]
        var entry = TableEntry(name: "t", expression: "keyed(string) | f32", idCount: 1, rowCount: 1, dim: 1)
        entry.stages = try Composition(entry.expression).stageEntries
        let names = ["f32.rows", "keyed.buckets", "keyed.keyEnds", "keyed.keyBytes"]
        entry.columns = zip(names, columns).map { .init(name: $0, segment: $1) }
        writer.add(entry)
        try writer.commit()
    }

    @Test func `an index that tables share is verified once`() throws {
        let folder = try TemporaryFolder()
        let decodes = try [1, 50].map { tables in
            let path = folder.path(of: "shared-\(tables).emb")
            try writeSharedIndex(tables: tables, to: path)
            let store = try Store(path: path, blockCacheBytes: 0)
            try store.verifyDeep()
            return store.decodedBlocks
        }
        #expect(decodes[0] > 0 && decodes[0] == decodes[1], "\(decodes)")
    }

    /// Tables with the same two keys, each key a block of its own.
    private func writeSharedIndex(tables: Int, to path: String) throws {
        let keys: [UInt64] = [3, 5]
        let salt = KeyHash.salt(seed: 0, probe: 0)
        let fingerprints = keys.map { UInt8(truncatingIfNeeded: KeyHash.hash($0, salt: salt)) }
        let bucket =
            [0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 43) + fingerprints + [UInt8](repeating: 0, count: 10)
            + [2, 0, 0, 0]
        let writer = try StoreWriter(path: path, replacing: true)
        let zeros = [UInt8](repeating: 0, count: 7)
        let columns = [
            try writer.add(ColumnData("rows", ColumnShape(.f32, rows: 2), bytes: [UInt8](repeating: 0, count: 8))),
            try writer.add(ColumnData("buckets", ColumnShape(.u8, rows: 1, width: 64), bytes: bucket)),
            try writer.add(
                ColumnData("keys", ColumnShape(.u64, rows: 2), bytes: [3] + zeros + [5] + zeros),
                StoreWriter.Storage(.lz4, blockBytes: 8)),
        ]
        for table in 0..<tables {
            var entry = TableEntry(name: "t\(table)", expression: "keyed | f32", idCount: 2, rowCount: 2, dim: 1)
            entry.stages = try Composition(entry.expression).stageEntries
            entry.columns = zip(["f32.rows", "keyed.buckets", "keyed.keys"], columns).map {
                .init(name: $0, segment: $1)
            }
            writer.add(entry)
        }
        try writer.commit()
    }
}
