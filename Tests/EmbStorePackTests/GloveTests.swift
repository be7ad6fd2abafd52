import Testing

@testable import EmbStorePack

@Suite struct GloveTests {
    private let plain = "the 0.5 1\nof -2 3e-1\n"

    @Test func lineEndsMayBeCRLFOrMissing() throws {
        let expected = try table(bytes(plain), name: "g.txt")
        #expect(expected.floats == [0.5, 1, -2, 0.3])
        #expect(try table(bytes("the 0.5 1\r\nof -2 3e-1\r\n"), name: "g.txt") == expected)
        #expect(try table(bytes("the 0.5 1\nof -2 3e-1"), name: "g.txt") == expected)
        #expect(try table(bytes("\u{feff}the\t0.5\t1 \nof -2  3e-1"), name: "g.txt") == expected)
    }

    @Test func tokensAreKeptAsTheyAre() throws {
        let text = " 1 2\n  1 2\na b 1 2\n3 1 2\nc\u{a0}d 1 2\nnan 1 2\n5 6 1 2\n"
        let read = try table(bytes(text), name: "g.txt")
        #expect(read.names == ["", " ", "a b", "3", "c\u{a0}d", "nan", "5 6"])
        #expect(read.floats == [Float](repeating: 1, count: 14).enumerated().map { $0.offset % 2 == 0 ? 1 : 2 })
    }

    @Test func duplicateAndInvalidTokensAreDelivered() throws {
        let read = try table(bytes("a 1\na 2\n") + [0xff, 0xc0, 32, 51, 10], name: "g.txt")
        #expect(read.strings == [[97], [97], [0xff, 0xc0]])
    }

    @Test func widthIsThatOfMostLines() throws {
        let lines = ["at 5 1 2", "x 1 oops 2", "a 1 2", "b 3 4"].joined(separator: "\n")
        #expect(
            refusal(bytes(lines), name: "g.txt")
                == .badNumber(
                    file: "g.txt", place: .line(2), offset: 13, field: 1, found: "oops"))
        #expect(try table(bytes("at 5 1 2\n"), name: "g.txt", options: SourceOptions(dim: 2)).names == ["at 5"])
    }

    @Test func linesOfOtherWidthAreNamed() {
        #expect(
            refusal(bytes("a 1 2\nb 1\nc 1 2"), name: "g.txt")
                == .wrongFieldCount(
                    file: "g.txt", line: 2, offset: 6, found: 2, expected: 3))
        #expect(
            refusal(bytes("a 1 2\n\nc 1 2"), name: "g.txt")
                == .wrongFieldCount(
                    file: "g.txt", line: 2, offset: 6, found: 0, expected: 3))
        // Two numbers and no token, not even an empty one.
        #expect(refusal(bytes("a 1 2\n1 2\nc 1 2"), name: "g.txt")?.code == "WRONG_FIELD_COUNT")
    }

    @Test func numbersBeyondFloatAreNamed() {
        #expect(
            refusal(bytes("a 1 2\nb 1e40 2"), name: "g.txt")
                == .numberOverflow(
                    file: "g.txt", place: .line(2), column: 0, found: "1e40"))
    }

    @Test func longestKeyPassesAndLongerIsRefused() throws {
        let key = [UInt8](repeating: 120, count: 65_535)
        #expect(try table(key + bytes(" 1\n"), name: "g.txt").strings == [key])
        #expect(
            refusal(key + bytes("x 1\n"), name: "g.txt")
                == .keyTooLong(
                    file: "g.txt", place: .line(1), found: 65_536, limit: 65_535))
    }

    @Test func longKeysOnlyMakeTilesShorter() throws {
        let line = [UInt8](repeating: 120, count: 60_000) + bytes(" 1\n")
        var text: [UInt8] = []
        for _ in 0..<150 { text += line }
        let file = SourceFile(name: "g.txt", bytes: text)
        let source = try #require(SourceFormat.open(file, options: SourceOptions(format: .glove, dim: 1)).first)
        let tile = RowTile(capacity: 150, dim: 1, keys: .strings)
        #expect(try source.next(into: tile) == 139)
        #expect(tile.keyBytes.count == 139 * 60_000)
        #expect(try source.next(into: tile) == 11)
    }

    @Test func linesLongerThanTheBufferAreRefused() {
        let file = [UInt8](repeating: 120, count: SourceLimits.lineBytes + 10) + bytes(" 1\n")
        #expect(refusal(file, name: "g.txt", options: SourceOptions(format: .glove))?.code == "TOO_LARGE")
    }

    @Test func keysMayBeReadAsIntegersOrLeftOut() throws {
        let text = bytes("18446744073709551615 1\n-2 1\n")
        let read = try table(text, name: "g.txt", options: SourceOptions(format: .glove, keyKind: .integers))
        #expect(read.integers == [.max, .max - 1])
        #expect(try table(text, name: "g.txt", options: SourceOptions(format: .glove, keyKind: .none)).strings.isEmpty)
        #expect(refusal(bytes("x 1\n"), name: "g.txt", options: SourceOptions(keyKind: .integers))?.code == "BAD_KEY")
    }
}
