import Testing

@testable import EmbStorePack

@Suite struct FixtureTests {
    @Test(arguments: Fixtures.tables, [1, 4, 1000])
    func tablesOfOtherProgramsAreReadBitForBit(name: String, capacity: Int) throws {
        let sources = try SourceFormat.open(Fixtures.path(name))
        try #require(sources.count == 1)
        let expected = try Fixtures.expected("\(name).f32")
        let delivered = try sources[0].deliver(capacity: capacity)
        #expect(delivered.values == expected)
        #expect(delivered.rowCount * sources[0].shape.dim == expected.count)
        #expect(sources[0].shape.rowCount.map { $0 == UInt64(delivered.rowCount) } ?? true)
        try sources[0].rewind()
        #expect(try sources[0].deliver(capacity: capacity) == delivered)
    }

    @Test(arguments: Fixtures.collections) func everyTableOfACollectionIsReadBitForBit(name: String) throws {
        let sources = try SourceFormat.open(Fixtures.path(name))
        #expect(sources.count > 1)
        for source in sources {
            let table = try #require(source.shape.tableName)
            let expected = try Fixtures.expected("\(name).\(table).f32")
            #expect(try source.deliver().values == expected, "\(table)")
            let alone = try SourceFormat.open(Fixtures.path(name), options: SourceOptions(tensor: table))
            #expect(try alone.map { try $0.deliver().values } == [expected], "\(table)")
        }
    }

    @Test(arguments: ["gensim.txt", "gensim.bin", "gensim-no-header.txt", "word2vec-c.bin", "word2vec-c.txt"])
    func wordsOfWord2VecFilesAreKept(name: String) throws {
        let delivered = try table(Fixtures.bytes(name), name: name)
        #expect(delivered.names == ["the", "New_York", "caf\u{e9}", "\u{4e2d}\u{6587}", "2000", "."])
    }

    @Test func tokensWithSpacesAndBadUTF8AreKept() throws {
        let delivered = try table(Fixtures.bytes("glove.txt"), name: "glove.txt")
        let words = ["the", ". . .", "at name@domain.com", "to name@domain.com", "\u{a0}", "1 1/2", "\u{2026}"]
        #expect(delivered.strings == words.map { Array($0.utf8) } + [[0xff, 0xfe]])
    }

    @Test func quotedKeysOfCsvAreKept() throws {
        let delivered = try table(Fixtures.bytes("python.csv"), name: "python.csv")
        #expect(delivered.names == ["plain", "with, comma", "with \"quotes\"", "with\nline"])
    }

    @Test(arguments: [
        ("refused-object.npy", "UNSUPPORTED_TYPE", "pickle"), ("refused-bool.npy", "UNSUPPORTED_TYPE", "bool"),
        ("refused-complex.npy", "UNSUPPORTED_TYPE", "complex"),
        ("refused-structured.npy", "UNSUPPORTED_TYPE", "structured"),
        ("refused-bfloat16.npy", "UNSUPPORTED_TYPE", "V2"), ("refused-vector.npy", "NOT_A_TABLE", "(4)"),
        ("refused-cube.npy", "NOT_A_TABLE", "(2, 2, 2)"),
        ("refused-fortran-deflated.npz", "UNSUPPORTED_LAYOUT", "ascontiguousarray"),
        ("refused-checkpoint.pt", "FOREIGN_FORMAT", "save it as .safetensors"),
        ("refused-texts.zip", "FOREIGN_FORMAT", "unpack it"), ("refused-f8.safetensors", "UNSUPPORTED_TYPE", "F8_E4M3"),
        ("refused-bool.safetensors", "UNSUPPORTED_TYPE", "BOOL"),
    ]) func otherProgramsFilesAreRefusedWithAdvice(name: String, code: String, words: String) throws {
        let error = try #require(throws: SourceError.self) { _ = try SourceFormat.open(Fixtures.path(name)) }
        #expect(error.code == code)
        #expect("\(error)".contains(words), "\(error)")
        #expect("\(error)".hasPrefix(name), "\(error)")
    }
}
