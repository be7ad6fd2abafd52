import EmbCodecs
import EmbFormat
import EmbIO
import EmbStore
import EmbStorePack
import EmbTestSupport
import Foundation
import Testing

/// Residency `bounded`: a file that is not mapped serves the same rows, in less memory than it has bytes.
@Suite struct BoundedTests {
    @Test(arguments: [
        "f32", "int8", "rotation | int4", "hashed(rows=2000, probes=2) | f16", "pq(4x8)", "rq(2x8)",
        "tiers(10%: f16, rest: int8)", "sparse(density=0.5)", "dedup | f32",
    ])
    func `rows are those of the mapped file`(_ expression: String) async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 4000, dim: 16)
        let store = try await TestTables.store(values, dim: 16, expression, in: folder)
        let bounded = try Store(path: store.path, residency: .bounded, blockCacheBytes: 50_000)
        let ids = (0..<1500).map { Int64($0 * 7919 % 4100) }
        let lengths = [Int32](repeating: 6, count: 250)
        let (mine, other) = (try bounded.table("t"), try store.table("t"))
        #expect(
            bits(try mine.gather(.int64(ids.span), missing: .zero))
                == bits(try other.gather(.int64(ids.span), missing: .zero)))
        for mode in PoolMode.allCases {
            #expect(
                bits(try mine.pooled(ids, lengths: lengths, mode, missing: .zero))
                    == bits(try other.pooled(ids, lengths: lengths, mode, missing: .zero)))
        }
        #expect(try bounded.memoryUse().cacheBytes <= 50_000 && bounded.memoryUse().mostPageTableBytes == 0)
        try bounded.verifyDeep()
        _ = try mine.prefetch(.int64(ids.span))
    }

    @Test(arguments: StageVariants.codecs) func `every codec reads the same`(_ codec: String) async throws {
        let folder = try TemporaryFolder()
        let store = try await TestTables.store(TestTables.values(rows: 700, dim: 48), dim: 48, codec, in: folder)
        let mapped = try store.table("t")
        let ids = (0..<180).map { Int64($0 * 7919 % 700) }
        for room in [20_000, 1 << 20] {
            let table = try Store(path: store.path, residency: .bounded, blockCacheBytes: room).table("t")
            #expect(bits(try table.gather(.int64(ids.span))) == bits(try mapped.gather(.int64(ids.span))))
            let lengths = [Int32](repeating: 9, count: 20)
            #expect(
                bits(try table.pooled(ids, lengths: lengths, .sum))
                    == bits(try mapped.pooled(ids, lengths: lengths, .sum)))
            let query = try mapped.gather([3, 5])
            #expect(try table.nearest(query, k: 5) == mapped.nearest(query, k: 5))
        }
    }

    @Test func `threads share a bounded table`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 20_000, dim: 32)
        let store = try await TestTables.store(values, dim: 32, "f32", in: folder)
        let table = try Store(path: store.path, residency: .bounded, blockCacheBytes: 300_000).table("t")
        Threads.run(5) { thread in
            for turn in 0..<4 {
                let ids = (0..<300).map { ($0 * 7919 + thread * 331 + turn * 77) % 20_000 }
                let rows = try? table.gather(ids)
                #expect(rows == ids.flatMap { values[$0 * 32..<$0 * 32 + 32] })
            }
        }
    }

    @Test func `a file cut short under it is refused`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 20_000, dim: 32)
        let store = try await TestTables.store(values, dim: 32, "f32", in: folder)
        let bounded = try Store(path: store.path, residency: .bounded, blockCacheBytes: 300_000)
        let table = try bounded.table("t")
        let first = try table.gather([1, 2])
        let handle = try FileHandle(forWritingTo: URL(filePath: store.path))
        try handle.truncate(atOffset: UInt64(store.byteCount / 2))
        try handle.close()
        #expect(throws: LookupError.self) { try table.gather((0..<200).map { $0 * 100 }) }
        #expect(throws: LookupError.self) { try table.pooled([19_999], lengths: [1], .sum) }
        #expect(try table.gather([1, 2]) == first)
    }

    @Test func `reads and hits are counted`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 4096, dim: 64)
        let store = try await TestTables.store(values, dim: 64, "f32", in: folder)  // 16 rows in a page
        let bounded = try Store(path: store.path, residency: .bounded)
        let table = try bounded.table("t")
        _ = try table.gather([0, 1, 15, 16, 1000])
        #expect((bounded.counts.blocksDecoded, bounded.counts.blockHits) == (3, 2))
        _ = try table.gather([0, 16])
        #expect((bounded.counts.blocksDecoded, bounded.counts.blockHits) == (3, 4))
        let ids: [Int64] = [0, 500, 501]
        #expect(try table.prefetch(.int64(ids.span)) == 2 * 4096)
        #expect((bounded.counts.blocksDecoded, bounded.counts.blockHits) == (4, 4))
    }

    @Test func `keys and compressed columns too`() async throws {
        let folder = try TemporaryFolder()
        let names = (0..<4000).map { "a rather long name to fill pages with \($0)" }
        let raw = try await TestTables.store(
            TestTables.values(rows: 4000, dim: 9), dim: 9, "int8", keys: .strings(names.map { Array($0.utf8) }),
            in: folder)
        let path = folder.path(of: "blocks.emb")
        try TestTables.rewrite(raw, .zstd, blockBytes: 900, to: path)
        let shuffled = names.indices.map { names[$0 * 37 % 4000] } + ["nobody", ""]
        let expected = try raw.table("t").gather(shuffled, missing: .zero)
        for path in [raw.path, path] {
            let store = try Store(path: path, residency: .bounded, blockCacheBytes: 50_000)
            #expect(try store.table("t").gather(shuffled, missing: .zero) == expected)
            #expect(store.counts.blocksDecoded > 0)
            let table = try store.table("t")
            var twice = [Float](repeating: 0, count: 18)
            var span = twice.mutableSpan
            let both = [shuffled[7], shuffled[3000]]
            try FeatureBatch([.init(table), .init(table)]).gather(.strings(both.span), samples: 1, into: &span)
            #expect(twice == Array(expected[63..<72]) + Array(expected[27_000..<27_009]))
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
