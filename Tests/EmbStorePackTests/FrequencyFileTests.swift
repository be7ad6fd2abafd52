import Testing

@testable import EmbStorePack

@Suite struct FrequencyFileTests {
    private func read(_ bytes: [UInt8], _ name: String = "counts.txt") throws -> [Float] {
        try FrequencyFile.read(SourceFile(name: name, bytes: bytes))
    }

    @Test func numbersComeFromLinesOrArrays() throws {
        #expect(try read(bytes("3\n0.5\r\n1e3")) == [3, 0.5, 1000])
        #expect(try read(NpyBytes.floats([1, 2.5], shape: "(2,)"), "c.npy") == [1, 2.5])
        let integers = NpyBytes.file(
            NpyBytes.dictionary("<i8", "(2,)"), data: NpyBytes.little(Int64(7)) + NpyBytes.little(Int64(9)))
        #expect(try read(integers, "c.npy") == [7, 9])
        #expect(try read([]) == [])
    }

    @Test func whatIsNoNumberIsNamed() throws {
        let error = #expect(throws: SourceError.self) { try read(bytes("1\nmany\n")) }
        #expect(error.map { "\($0)" }?.contains("line 2") == true)
        #expect(throws: SourceError.self) { try read(NpyBytes.floats([1, 2], shape: "(2, 1)"), "c.npy") }
    }
}
