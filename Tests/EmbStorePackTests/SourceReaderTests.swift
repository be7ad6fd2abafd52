import EmbTestSupport
import Testing

@testable import EmbStorePack

struct SourceReaderTests {
    /// Row i holds i and -i under key i, but rows 10 and 11 have the keys of rows 3 and 4.
    private func source(_ rowCount: Int) -> ArraySource {
        let keys = (0..<rowCount).map { (row: Int) -> UInt64 in UInt64(row == 10 || row == 11 ? row - 7 : row) }
        return ArraySource(
            name: "t", (0..<rowCount).flatMap { [Float($0), -Float($0)] }, dim: 2, keys: .integers(keys))
    }

    @Test func runsAreWholeBlocksAndMissNoRow() throws {
        try withEvery("block", in: [1, 4, 7]) { block in
            try withEvery("rows per tile", in: [1, 3, 4, 16]) { tileRows in
                let reader = SourceReader(source(30), tileBytes: tileRows * 8)
                #expect(try reader.survey(.first) { _ in } == 28)
                reader.blockRows = block
                let kept = (0..<30).filter { $0 != 10 && $0 != 11 }
                var found: [Int] = []
                while let rows = try reader.next() {
                    let numbers = (0..<rows.count).map { Int(rows.values[2 * $0]) }
                    #expect(rows.sourceRows == numbers.map(UInt64.init) && rows.integers == rows.sourceRows)
                    #expect((0..<rows.count).allSatisfy { rows.values[2 * $0 + 1] == -rows.values[2 * $0] })
                    found += numbers
                    #expect(rows.count % block == 0 || found.count == kept.count)
                }
                #expect(found == kept)
            }
        }
    }

    @Test func aRunStaysWhileTheNextIsRead() throws {
        let reader = SourceReader(source(9), tileBytes: 3 * 8)
        var before: (rows: SourceReader.Rows, first: Float)?
        while let rows = try reader.next() {
            if let before { #expect(before.rows.values[0] == before.first) }
            before = (rows, rows.values[0])
        }
        #expect(before?.first == 6)
    }
}
