import EmbTestSupport
import SystemPackage
import Testing

@testable import EmbIO

/// Files that are not mapped: pages read past the page cache, and kept.
struct PageReaderTests {
    /// Past the page cache and through a ring, and what stands in for either.
    static let ways = [(true, true), (true, false), (false, false)]
    private static let page = PageReader.pageBytes

    @Test(arguments: ways) func `all ways read the same`(_ direct: Bool, _ ring: Bool) throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64.forTest("pages")
        let bytes = random.bytes(200 * Self.page + 77)
        let path = try folder.write(bytes, to: "t")
        let reader = try PageReader(path: path, direct: direct, ring: ring)
        #expect(direct || !reader.isDirect)
        for pages: [UInt64] in [
            [0], [200], [3, 4, 5, 9, 70, 71, 199, 200], (0..<64).map { $0 * 3 }, (137..<201).map { $0 },
        ] {
            var read: [UInt8] = []
            try reader.read(pages.span) { read = [UInt8]($0) }
            for (i, page) in pages.enumerated() {
                let range = Int(page) * Self.page..<min(Int(page + 1) * Self.page, bytes.count)
                #expect(read[i * Self.page..<i * Self.page + range.count] == bytes[range], "page \(page)")
            }
        }
        #expect(ring || !reader.mayUseRing)
    }

    @Test(arguments: ways) func `a file that became shorter is refused`(_ direct: Bool, _ ring: Bool) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([UInt8](repeating: 1, count: 20 * Self.page), to: "t")
        let reader = try PageReader(path: path, direct: direct, ring: ring)
        let file = try FileDescriptor.open(FilePath(path), .readWrite)
        try file.closeAfter { try file.resize(to: Int64(9 * Self.page + 10)) }
        for pages: [UInt64] in [[0, 2, 10], [9], [15]] {
            let error = #expect(throws: IOError.self) { try reader.read(pages.span) { _ in } }
            #expect(error?.errno == .noData)
        }
        try reader.read([0, 8].span) { #expect([UInt8]($0) == [UInt8](repeating: 1, count: 2 * Self.page)) }
    }

    @Test func `pages are kept while there is room`() throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64.forTest("kept")
        let bytes = random.bytes(300 * Self.page - 5)
        let opened = try Mapping(path: try folder.write(bytes, to: "t"), residency: .bounded)
        for room in [1, 5_000, 40_000, 150_000, 2_000_000] {
            let file = try Mapping(opened, keepingPages: room)
            for round in 0..<3 {
                for first in stride(from: 0, to: bytes.count - 600, by: 5_000) {
                    #expect(try read(file, first, 600) == Array(bytes[first..<first + 600]), "\(room) \(round)")
                }
            }
            #expect(file.keptBytes <= max(room, 4112))
            #expect(file.pageRoom <= max(room / 4112, 1))
            let counts = file.pageCounts
            #expect(room < 2_000_000 ? counts.reads > 400 : counts.reads <= 300)
            #expect(room < 2_000_000 || counts.hits >= 2 * 245)
        }
    }

    @Test func `what was brought is no hit the first time, and what is used stays`() throws {
        let folder = try TemporaryFolder()
        let opened = try Mapping(
            path: try folder.write([UInt8](repeating: 7, count: 400 * Self.page), to: "t"), residency: .bounded)
        let file = try Mapping(opened, keepingPages: 64 * 4112)
        file.bring([3, 4, 5, 60].span)
        #expect(file.pageCounts == (4, 0))
        _ = try read(file, 3 * Self.page, 2 * Self.page)
        #expect(file.pageCounts == (4, 0))
        file.bring([3, 5, 7].span)
        #expect(file.pageCounts == (5, 0))
        for round in 0..<50 {
            _ = try read(file, 3 * Self.page, 10)
            file.bring([UInt64(70 + round)].span)
        }
        #expect(file.pageCounts == (55, 50))
    }

    @Test func `threads share the pages`() throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64.forTest("shared")
        let bytes = random.bytes(500 * Self.page)
        let opened = try Mapping(path: try folder.write(bytes, to: "t"), residency: .bounded)
        let file = try Mapping(opened, keepingPages: 100 * 4112)
        Threads.run(6) { thread in
            var random = SplitMix64.forTest("thread \(thread)")
            for _ in 0..<20 {
                let pages = Set((0..<20).map { _ in random.next() % 500 }).sorted()
                file.bring(pages.span)
                for page in pages {
                    let start = Int(page) * Self.page
                    let found = try? read(file, start + 100, 500)
                    #expect(found == Array(bytes[start + 100..<start + 600]))
                }
            }
        }
        #expect(file.keptBytes <= 100 * 4112)
    }

    private func read(_ file: Mapping, _ offset: Int, _ count: Int) throws -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: count)
        var span = piece.mutableSpan
        var raw = unsafe span.mutableBytes
        try file.readKeeping(offset, into: &raw)
        return piece
    }
}
