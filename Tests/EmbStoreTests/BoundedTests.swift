import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Foundation
import Testing

/// Residency `bounded`: a file that is not mapped serves the same rows, in less memory than it has bytes.
@Suite struct BoundedTests {
    @Test(arguments: [
        "f32", "int8", "rotation | int4", "hashed(rows=3000, probes=2) | f16", "pq(4x8)", "rq(2x8)",
        "tiers(10%: f16, rest: int8)", "sparse(density=0.5)", "dedup | f32",
    ])
    func `rows are those of the mapped file`(_ expression: String) async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 9000, dim: 16)
        let store = try await TestTables.store(values, dim: 16, expression, in: folder)
        let bounded = try Store(path: store.path, residency: .bounded, blockCacheBytes: 100_000)
        let ids = (0..<3000).map { Int64($0 * 7919 % 9100) }
        let lengths = [Int32](repeating: 6, count: 500)
        let (mine, other) = (try bounded.table("t"), try store.table("t"))
        #expect(
            bits(try mine.gather(.int64(ids.span), missing: .zero))
                == bits(try other.gather(.int64(ids.span), missing: .zero)))
        for mode in PoolMode.allCases {
            #expect(
                bits(try mine.pooled(ids, lengths: lengths, mode, missing: .zero))
                    == bits(try other.pooled(ids, lengths: lengths, mode, missing: .zero)))
        }
        #expect(try bounded.memoryUse().cacheBytes <= 100_000 && bounded.memoryUse().mostPageTableBytes == 0)
        try bounded.verifyDeep()
        _ = try mine.prefetch(.int64(ids.span))
    }

    @Test func `keys and compressed columns too`() async throws {
        let folder = try TemporaryFolder()
        let names = (0..<4000).map { "a rather long name to fill pages with \($0)" }
        let raw = try await TestTables.store(
            TestTables.values(rows: 4000, dim: 9), dim: 9, "int8", keys: .strings(names.map { Array($0.utf8) }),
            in: folder)
        let path = folder.path(of: "blocks.emb")
        let file = try [UInt8](Data(contentsOf: URL(filePath: raw.path)))
        let writer = try StoreWriter(path: path, replacing: true)
        for segment in raw.catalog.segments {
            let bytes = Array(file[Int(segment.offset)..<Int(segment.end)])
            _ = try writer.add(ColumnData("", segment.shape, bytes: bytes), StoreWriter.Storage(.zstd, blockBytes: 900))
        }
        for table in raw.catalog.tables { writer.add(table) }
        try writer.commit()
        let shuffled = names.indices.map { names[$0 * 37 % 4000] } + ["nobody", ""]
        let expected = try raw.table("t").gather(shuffled, missing: .zero)
        for path in [raw.path, path] {
            let store = try Store(path: path, residency: .bounded, blockCacheBytes: 50_000)
            #expect(try store.table("t").gather(shuffled, missing: .zero) == expected)
            #expect(store.counts.blocksDecoded > 0)
        }
    }

    @Test(.disabled(if: Sanitizers.areActive, "address space is the sanitizer's"))
    func `a table of four times the allowed memory is served`() async throws {
        let folder = try TemporaryFolder()
        let rows = 16_384
        var values = [Float](repeating: 0, count: rows * 512)
        for row in 0..<rows { values[row * 512 + 5] = Float(row) }
        let store = try await TestTables.store(values, dim: 512, "f32", in: folder)
        #expect(store.byteCount > 32 << 20)
        await #expect(processExitsWith: .success) { [path = store.path as String] in
            // 8 MiB more than this process already has.
            let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[0]
            var limit = rlimit(rlim_cur: rlim_t(pages)! * 4096 + (8 << 20), rlim_max: rlim_t.max)
            guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { exit(3) }
            guard (try? Store(path: path)) == nil else { exit(4) }  // there is no room to map it
            let table = try Store(path: path, residency: .bounded, blockCacheBytes: 1 << 20).table("t")
            for start in 0..<20 {
                let ids = (0..<100).map { (start + $0 * 1637) % 16_384 }
                let rows = try table.gather(ids)
                for (i, id) in ids.enumerated() where rows[i * 512 + 5] != Float(id) { exit(5) }
            }
        }
    }
}
