import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Foundation
import Testing

/// What is asked for ahead, and what is counted.
@Suite struct PrefetchTests {
    @Test func `pages are asked for once, whoever wants them`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 4096, dim: 64)
        let store = try await TestTables.store(values, dim: 64, "f32", in: folder)  // 16 rows in a page
        let table = try store.table("t")
        let first = Int(store.catalog.segments[Int(table.entry.columns[0].segment)].offset) % 4096
        #expect(first == 0)
        let ids: [Int64] = [0, 1, 15, 16, 1000, 1001, 0, -5, 99999]
        #expect(try table.prefetch(.int64(ids.span)) == 3 * 4096)
        let batch = FeatureBatch([.init(table), .init(table)])
        let both: [Int64] = [0, 1, 2, 16]
        #expect(try batch.prefetch(.int64(both.span), samples: 2) == 2 * 4096)
        #expect(try batch.prefetch(.int64(both.span), .lengths32([0, 3, 0, 1].span), samples: 2) == 2 * 4096)
        #expect(table.counts == LookupCounts())
        #expect(throws: LookupError.wrongIDKind(table: "t", found: .string)) {
            try table.prefetch(.strings(["a"].span))
        }
    }

    @Test(arguments: ["pq(8x8)", "pq(8x4, layout=fastscan)", "tiers(10%: f16, rest: int8)", "sparse(density=0.5)"])
    func `asking changes no answer`(_ expression: String) async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack(
            TestTables.values(rows: 600, dim: 16), dim: 16, expression, in: folder)
        let ids = (0..<200).map { $0 * 3 }
        let before = try table.gather(ids)
        let wide = ids.map { Int64($0) }
        let asked = try table.prefetch(.int64(wide.span))
        #expect(asked % 4096 == 0 && asked <= 4096 * 400)
        #expect(bits(try table.gather(ids)) == bits(before))
    }

    @Test(arguments: [SegmentEncoding.raw, .zstd])
    func `all that a lookup of keys reads is asked for`(_ encoding: SegmentEncoding) async throws {
        let folder = try TemporaryFolder()
        let names = (0..<6000).map { "a rather long name to fill pages with \($0)" }
        let raw = try await TestTables.store(
            TestTables.values(rows: 6000, dim: 32), dim: 32, "dedup | int8",
            keys: .strings(names.map { Array($0.utf8) }), in: folder)
        var path = raw.path
        if encoding != .raw {
            path = folder.path(of: "blocks.emb")
            try TestTables.rewrite(raw, encoding, blockBytes: 2000, to: path)
        }
        let wanted = (0..<12).map { names[$0 * 499] }
        let expected = try raw.table("t").gather(wanted)
        try evict(path)
        let store = try Store(path: path)
        let before = try store.residentBytes()
        guard before < store.byteCount / 2 else { return }  // a file system that lives in memory
        let asked = try store.table("t").prefetch(.strings(wanted.span))
        #expect(asked > 0 && asked < store.byteCount)
        // Until nothing more arrives.
        var last = -1
        while try store.residentBytes() != last {
            last = try store.residentBytes()
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try store.table("t").gather(wanted) == expected)
        #expect(try store.residentBytes() == last)
        #expect(last - before <= asked)
    }

    private func evict(_ path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        fsync(file.fileDescriptor)
        posix_fadvise(file.fileDescriptor, 0, 0, POSIX_FADV_DONTNEED)
        try file.close()
    }

    @Test func `a store counts what its tables count`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 50, dim: 4)
        let store = try await TestTables.store(values, dim: 4, "hashed(rows=20, probes=3) | f32", in: folder)
        _ = try store.tables[0].pooled([1, 2, 3], lengths: [3, 0], .sum)
        let counts = store.counts
        #expect(
            (counts.lookups.ids, counts.lookups.rows, counts.lookups.bags, counts.lookups.missing) == (3, 9, 2, 0))
        #expect(counts.minorPageFaults > 0)
        let direct = try await TestTables.store(values, dim: 4, "f32", in: folder)
        _ = try direct.tables[0].gather([1, 50, 70], missing: .zero)
        #expect((direct.counts.lookups.missing, direct.counts.lookups.outOfRange) == (2, 2))
        let use = try direct.memoryUse()
        #expect(use.fileBytes == direct.byteCount && use.residentBytes <= use.fileBytes)
        #expect(use.mostPageTableBytes == 4096 && (use.processPageTableBytes ?? 1) > 0)
    }
}
