import Testing

@testable import EmbStorePack

@Suite struct Word2VecTests {
    private func binary(_ header: String, _ rows: [(String, [Float])], end: String = "") -> [UInt8] {
        bytes(header)
            + rows.flatMap { bytes($0.0 + " ") + $0.1.flatMap { NpyBytes.little($0.bitPattern) } + bytes(end) }
    }

    private let rows: [(String, [Float])] = [("a", [1, 2]), ("b", [3, -4])]

    @Test(arguments: ["", "\n"]) func rowsMayEndInALineFeed(end: String) throws {
        let read = try table(binary("2 2\n", rows, end: end), name: "v.bin")
        #expect(read.names == ["a", "b"])
        #expect(read.floats == [1, 2, 3, -4])
    }

    @Test func countsMustMatch() {
        #expect(refusal(binary("1 2\n", rows), name: "v.bin")?.code == "TRAILING_BYTES")
        #expect(refusal(binary("3 2\n", rows), name: "v.bin")?.code == "TRUNCATED")
        #expect(
            refusal(bytes("3 2\na 1 2\nb 1 2\n"), name: "v.txt")
                == .rowCountMismatch(
                    file: "v.txt", found: 2, expected: 3, declaredBy: "line 1"))
        #expect(
            refusal(bytes("1 2\na 1 2\nb 1 2\nc 1 2"), name: "v.txt")
                == .rowCountMismatch(
                    file: "v.txt", found: 3, expected: 1, declaredBy: "line 1"))
    }

    @Test(arguments: ["99999999999 300\n", "18446744073709551615 65536\n", "5 99999999\n"])
    func sizesBeyondTheFileAreRefusedAtOnce(header: String) {
        for format in [SourceFormat.word2vecText, .word2vecBinary] {
            let code = refusal(bytes(header + "a 1 2\n"), name: "v", options: SourceOptions(format: format))?.code
            #expect(code == "TRUNCATED" || code == "TOO_LARGE")
        }
    }

    @Test func whitespaceTokensAreKept() throws {
        let read = try table(bytes("3 2\n  1 2\n\u{a0} 1 2\na b 1 2\n"), name: "v.vec")
        #expect(read.names == [" ", "\u{a0}", "a b"])
    }

    @Test func headerIsChecked() {
        for text in ["", "2\n", "x y\n", "-1 2\n", "1 0\n", "2 2 2\n"] {
            let error = refusal(bytes(text), name: "v", options: SourceOptions(format: .word2vecText))
            #expect(error != nil, "\(text)")
        }
    }

    @Test func emptyTableIsDelivered() throws {
        #expect(try table(bytes("0 5\n"), name: "v.txt").rowCount == 0)
    }

    @Test func keyWithoutEndIsRefused() {
        let file = bytes("1 100000\n") + [UInt8](repeating: 120, count: 70_000)
        #expect(refusal(file, name: "v", options: SourceOptions(format: .word2vecBinary))?.code == "TOO_LARGE")
        let long = bytes("1 1\n") + [UInt8](repeating: 120, count: 70_000)
        #expect(refusal(long, name: "v", options: SourceOptions(format: .word2vecBinary))?.code == "KEY_TOO_LONG")
    }
}
