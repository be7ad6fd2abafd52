import Testing

@testable import EmbStorePack

@Suite struct FormatDetectorTests {
    private func detect(_ bytes: [UInt8], _ name: String = "file") -> SourceFormat? {
        try? FormatDetector.detect(SourceFile(name: name, bytes: bytes))
    }

    @Test func contentDecidesBeforeTheName() throws {
        #expect(detect(try Fixtures.bytes("c-f32.npy"), "a.csv") == .npy)
        #expect(detect(try Fixtures.bytes("stored.npz"), "a.npy") == .npz)
        #expect(detect(try Fixtures.bytes("one.safetensors"), "a.bin") == .safetensors)
        #expect(detect(try Fixtures.bytes("model.safetensors.index.json"), "a") == .safetensorsIndex)
    }

    @Test func textIsToldByItsFirstLines() throws {
        #expect(detect(bytes("the 0.1 0.2\n")) == .glove)
        #expect(detect(bytes(", 0.1 0.2\n")) == .glove)
        #expect(detect(bytes("{ 0.1 0.2\n")) == .glove)
        #expect(detect(bytes("a,0.1,0.2\n")) == .csv)
        #expect(detect(bytes("a, 0.1, 0.2\n")) == .csv)
        #expect(detect(bytes("2 3\na 1 2 3\n")) == .word2vecText)
        #expect(detect(try Fixtures.bytes("gensim.txt"), "x") == .word2vecText)
        #expect(detect(try Fixtures.bytes("gensim.bin"), "x.txt") == .word2vecBinary)
        #expect(detect(try Fixtures.bytes("word2vec-c.bin"), "x") == .word2vecBinary)
    }

    @Test(
        arguments: [
            ([0x89, 0x45, 0x4d, 0x42, 13, 10, 26, 10], "already packed"), ([0x1f, 0x8b, 8], "decompress"),
            (Array("PAR1".utf8), "Python package"), ([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], "HDF5"),
            ([0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0], "fastText"), ([0x80, 2, 0x8a, 10], "pickle"),
            ([0x28, 0xb5, 0x2f, 0xfd], "zstd"), (Array("GGUF".utf8), "safetensors"), ([0xff, 0xfe, 97, 0], "UTF-8"),
        ] as [([UInt8], String)]) func otherProgramsFilesAreRecognized(magic: [UInt8], words: String) throws
    {
        let error = try #require(refusal(magic + [0, 0, 0, 0], name: "model"))
        #expect(error.code == "FOREIGN_FORMAT")
        #expect("\(error)".contains(words), "\(error)")
    }

    @Test func otherContentIsUnknown() {
        #expect(refusal(bytes("hello world\n"), name: "a.txt")?.code == "UNKNOWN_FORMAT")
        #expect(refusal([0, 1, 2, 3], name: "a")?.code == "UNKNOWN_FORMAT")
        #expect(refusal([UInt8](repeating: 1, count: SourceLimits.lineBytes + 9), name: "a")?.code == "UNKNOWN_FORMAT")
    }

    @Test func formatMayBeForced() {
        let text = bytes("2 1\n3 1\n")
        #expect(refusal(text, name: "a", options: SourceOptions(format: .glove)) == nil)
        #expect(refusal(text, name: "a", options: SourceOptions(format: .npy))?.code == "BAD_HEADER")
    }

    @Test func optionsThatWouldBeIgnoredAreRefused() {
        let text = bytes("a 1\n")
        for options in [
            SourceOptions(tensor: "x"), SourceOptions(keyColumn: .index(0)), SourceOptions(delimiter: 9),
            SourceOptions(format: .csv, dim: 3),
        ] { #expect(refusal(text, name: "a.txt", options: options)?.code == "BAD_OPTION") }
    }

    @Test func messagesCannotDriveATerminal() throws {
        let error = SourceError.noSuchTensor(file: "a\u{1b}[2J\n", wanted: "\u{7}", available: ["\u{202e}x"])
        #expect("\(error)".unicodeScalars.allSatisfy { (0x20..<0x7f).contains($0.value) })
    }
}
