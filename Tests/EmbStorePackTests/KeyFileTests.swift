import Testing

@testable import EmbStorePack

@Suite struct KeyFileTests {
    private func rows(_ count: Int) throws -> any RowSource {
        let values = (0..<count).map { Float($0) }
        return try NpyFormat.source(
            SourceFile(name: "t.npy", bytes: NpyBytes.floats(values, shape: "(\(count), 1)")))
    }

    private func keys(_ bytes: [UInt8], _ name: String = "k.txt", kind: KeyKind = .strings) throws -> KeyFile {
        try KeyFile(SourceFile(name: name, bytes: bytes), keyKind: kind)
    }

    private func array(_ descr: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
        NpyBytes.file(NpyBytes.dictionary(descr, shape), data: data)
    }

    @Test(arguments: [1, 2, 7]) func linesAreKeysInStepWithTheRows(capacity: Int) throws {
        let source = try keys(bytes("a\r\nb c\n\n\u{a0}\n\u{feff}")).keyed(rows(5))
        let read = try source.deliver(capacity: capacity)
        #expect(read.names == ["a", "b c", "", "\u{a0}", "\u{feff}"])
        #expect(read.floats == [0, 1, 2, 3, 4])
        try source.rewind()
        #expect(try source.deliver(capacity: capacity) == read)
        #expect(source.shape.keys == .strings)
    }

    @Test func arraysOfIntegersAreKeys() throws {
        let signed = try keys(array("<i8", "(2,)", NpyBytes.little(Int64(-1)) + NpyBytes.little(Int64(5))), "k.npy")
        #expect(try signed.keyed(rows(2)).deliver().integers == [.max, 5])
        let big = try keys(array(">u2", "(2,)", [1, 2, 255, 254]), "k.npy")
        #expect(try big.keyed(rows(2)).deliver(capacity: 1).integers == [258, 65_534])
        let small = try keys(array("|i1", "(1,)", [0x80]), "k.npy")
        #expect(try small.keyed(rows(1)).deliver().integers == [UInt64(bitPattern: -128)])
    }

    @Test func decimalLinesMayBeIntegers() throws {
        let source = try keys(bytes("7\n18446744073709551615\n"), kind: .integers).keyed(rows(2))
        #expect(try source.deliver().integers == [7, .max])
        let bad = try keys(bytes("7\n 8\n"), kind: .integers).keyed(rows(2))
        #expect(
            throws: SourceError.badKey(
                file: "k.txt", place: .line(2), found: " 8", expected: "a 64-bit integer")
        ) { try bad.deliver() }
    }

    @Test(arguments: [2, 3, 5, 6]) func countsMustMatch(count: Int) throws {
        let text = (0..<count).map { "k\($0)\n" }.joined()
        let expected = SourceError.rowCountMismatch(
            file: "k.txt", found: UInt64(count), expected: 4, declaredBy: "t.npy")
        for capacity in [1, 2, 4, 9] {
            let source = try keys(bytes(text)).keyed(rows(4))
            #expect(throws: expected) { try source.deliver(capacity: capacity) }
        }
        let numbers = try keys(array("|u1", "(\(count),)", [UInt8](repeating: 1, count: count)), "k.npy")
        let early = #expect(throws: SourceError.self) { _ = try numbers.keyed(rows(4)) }
        #expect(early?.code == "ROW_COUNT_MISMATCH")
    }

    @Test func otherArraysAreRefused() {
        let floats = #expect(throws: SourceError.self) { try keys(array("<f4", "(1,)", [0, 0, 0, 0]), "k.npy") }
        #expect(floats?.code == "UNSUPPORTED_TYPE")
        let square = #expect(throws: SourceError.self) { try keys(array("|u1", "(1, 1)", [0]), "k.npy") }
        #expect(square?.code == "BAD_HEADER")
        let short = #expect(throws: SourceError.self) { try keys(array("|u1", "(2,)", [0]), "k.npy") }
        #expect(short?.code == "TRUNCATED")
    }

    @Test func sourcesWithKeysTakeNoOthers() throws {
        let source = try SourceFormat.open(SourceFile(name: "g.txt", bytes: bytes("a 1\n")), options: SourceOptions())
        let error = #expect(throws: SourceError.self) { _ = try keys(bytes("x\n")).keyed(source[0]) }
        #expect(error?.code == "BAD_OPTION")
    }

    @Test func rowsWhoseKeysDoNotFitWaitForTheNextTile() throws {
        var text: [UInt8] = []
        for _ in 0..<150 { text += [UInt8](repeating: 120, count: 60_000) + [10] }
        let source = try keys(text).keyed(rows(150))
        let tile = RowTile(capacity: 150, dim: 1, keys: .strings)
        #expect(try source.next(into: tile) == 139)
        #expect(try source.next(into: tile) == 11)
        #expect(tile.values[0] == 139)
        #expect(try source.next(into: tile) == 0)
    }
}
