import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// Any segment may be stored in blocks, those of a key index too.
@Suite struct BlockColumnTests {
    private let names = (0..<400).map { "a rather long name, to span blocks: \($0)" }

    @Test(arguments: [SegmentEncoding.lz4, .zstd]) func `every column may be in blocks`(_ encoding: SegmentEncoding)
        async throws
    {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 400, dim: 9)
        let keys = ArraySource.Keys.strings(names.map { Array($0.utf8) })
        let raw = try await TestTables.store(values, dim: 9, "int8", keys: keys, in: folder)
        let path = folder.path(of: "blocks.emb")
        try TestTables.rewrite(raw, encoding, blockBytes: 300, to: path)
        let blocks = try Store(path: path, blockCacheBytes: 4096)  // a few blocks at a time
        try blocks.verifyDeep()
        #expect(blocks.catalog.segments.allSatisfy { $0.encoding == encoding })
        let shuffled = names.indices.map { names[$0 * 37 % 400] } + ["nobody", ""]
        let expected = try raw.table("t").gather(shuffled, missing: .zero)
        #expect(try blocks.table("t").gather(shuffled, missing: .zero) == expected)
        #expect(blocks.decodedBlocks > 0)
    }
}
