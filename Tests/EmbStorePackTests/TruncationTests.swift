import Testing

@_spi(Fuzzing) @testable import EmbStorePack

/// A small file of each format, cut at every byte.
@Suite struct TruncationTests {
    @Test(arguments: [
        "c-f32.npy", "fortran-f32.npy", "version2.npy", "stored.npz", "deflated.npz", "fortran.npz", "one.safetensors",
        "gensim.txt", "gensim.bin", "word2vec-c.bin", "word2vec-c.txt",
    ]) func everyCutOfAFileWithDeclaredSizeIsAnError(name: String) throws {
        let whole = try Fixtures.bytes(name)
        // The last line feed of word2vec's files is optional, and so is the last byte or two of the last number.
        let optional = name.hasPrefix("word2vec-c") ? 1 : 0
        for count in 0..<whole.count - optional {
            let cut = Array(whole[..<count])
            if name.hasSuffix(".txt"), endsInNumber(cut, of: whole) { continue }
            #expect(refusal(cut, name: name) != nil, "cut to \(count) of \(whole.count) bytes")
        }
    }

    /// Whether a cut leaves every field of the last line in place, the last one perhaps with fewer digits.
    private func endsInNumber(_ cut: [UInt8], of whole: [UInt8]) -> Bool {
        let lines = cut.split(separator: UInt8(ascii: "\n"))
        let all = whole.split(separator: UInt8(ascii: "\n"))
        return lines.count == all.count
            && VectorLine.trailingNumbers(Array(lines[lines.count - 1]).span) == 5
    }

    @Test(arguments: ["glove.txt", "gensim-no-header.txt", "python.csv"])
    func noCutOfAFileWithoutDeclaredSizeInventsRows(name: String) throws {
        let whole = try Fixtures.bytes(name)
        let all = try table(whole, name: name)
        for count in 0..<whole.count {
            guard let cut = try? deliver(Array(whole[..<count]), name: name) else { continue }
            #expect(cut.allSatisfy { $0.rowCount <= all.rowCount }, "cut to \(count) bytes")
        }
    }

    @Test func everyCutOfAShardIndexIsAnError() throws {
        let whole = try Fixtures.bytes("model.safetensors.index.json")
        for count in 0..<whole.count - 2 {
            #expect(refusal(Array(whole[..<count]), name: "model.safetensors.index.json") != nil, "\(count) bytes")
        }
    }

    @Test(arguments: SourceFormat.allCases) func damagedFilesNeverCrashAnyParser(format: SourceFormat) throws {
        var random = SplitMix64(seed: 7)
        for name in Fixtures.tables + Fixtures.collections {
            var bytes = try Fixtures.bytes(name)
            guard bytes.count < 4096 else { continue }
            fuzzSource(format: format, bytes: bytes)
            for _ in 0..<20 where !bytes.isEmpty {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                fuzzSource(format: format, bytes: bytes)
                fuzzKeys(bytes: bytes)
            }
        }
    }
}

/// Steele, Lea and Flood's generator: repeatable test data.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
