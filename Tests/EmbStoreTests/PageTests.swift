import EmbFormat
import EmbStorePack
import Foundation
import Testing

@testable import EmbCodecs

/// The tables of the pages against the code.
@Suite struct PageTests {
    /// Rows of the page's tables, cell by cell, without backquotes.
    private func rows(_ page: String) throws -> [[String]] {
        let url = VectorCase.folder.deletingLastPathComponent().appending(path: page)
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| ") }.map {
            $0.replacing("\\|", with: "\u{1}").split(separator: "|", omittingEmptySubsequences: false).dropFirst()
                .dropLast()
                .map {
                    $0.replacing("\u{1}", with: "|").trimmingCharacters(in: .whitespaces).replacing("`", with: "")
                }
        }
    }

    @Test func `superblock fields stand where container md says`() throws {
        let page = try rows("container.md")
        let start = try #require(page.firstIndex { $0.count == 4 && $0[2] == "magic" })
        let fields = Superblock.Field.allCases
        for (field, row) in zip(fields, page[start...]) {
            #expect([String(field.offset), String(field.byteCount), field.rawValue] == Array(row.prefix(3)))
        }
        #expect(fields.last.map { $0.offset + $0.byteCount } == Superblock.byteCount)
    }

    @Test func `refusals have the numbers and codes of container md`() throws {
        let page = try rows("container.md").filter {
            $0.count == 3 && UInt16($0[0]) != nil && $0[1].allSatisfy { $0.isUppercase || $0 == "_" }
        }
        let codes = Set(page.map { "\($0[0]) \($0[1])" })
        #expect(codes == Set(FormatError.Code.allCases.map { "\($0.rawValue) \($0.token)" }))
    }

    @Test func `element types have the numbers of container md`() throws {
        let page = try rows("container.md").filter { $0.count == 3 && UInt8($0[1]) != nil && UInt8($0[2]) != nil }
        let types = Set(page.map { $0.joined(separator: " ") })
        for type in ElementType.allCases { #expect(types.contains("\(type.name) \(type.rawValue) \(type.byteCount)")) }
    }

    @Test func `limits are those of container md`() throws {
        let limits = Dictionary(
            try rows("container.md").filter { $0.count == 2 }.map { ($0[0], $0[1].replacing(",", with: "")) },
            uniquingKeysWith: { first, _ in first })
        #expect(limits["dim, and numbers in a stored row"] == "\(FormatLimits.dim)")
        #expect(limits["bytes of a catalog"] == "\(FormatLimits.catalogBytes)")
        #expect(limits["segments"] == "\(FormatLimits.segments)")
        #expect(limits["tables"] == "\(FormatLimits.tables)")
        #expect(limits["features"] == "\(FormatLimits.features)")
        #expect(limits["bytes of a table, feature, stage or column name"] == "\(FormatLimits.nameBytes)")
        #expect(limits["bytes of an expression, and of a feature's arguments"] == "\(FormatLimits.expressionBytes)")
        #expect(limits["bytes of a block before compression"] == "\(FormatLimits.blockBytes)")
    }

    @Test func `hashes are those of hashing md`() throws {
        var (table, checked) = ("", 0)
        for row in try rows("hashing.md") {
            let heading = row.joined(separator: ", ")
            guard !heading.hasPrefix("z, "), let holds = hashHolds(row, table) else {
                table = heading
                continue
            }
            #expect(holds, "\(table): \(row)")
            checked += 1
        }
        #expect(checked == 53)
    }

    /// Whether a row of a table of hashes is right; nil for tables of other things.
    private func hashHolds(_ row: [String], _ table: String) -> Bool? {
        switch table {
        case "z, mix(z)": hex(row[0]).map { KeyHash.mix($0) == hex(row[1]) }
        case "z, murmur(z)": hex(row[0]).map { KeyHash.murmur($0) == hex(row[1]) }
        case "seed, p, salt": UInt64(row[0]).map { KeyHash.salt(seed: $0, probe: Int(row[1])!) == hex(row[2]) }
        case "key, hash, reduce(·, 1000003)":
            hex(row[0]).map { key in
                let found = KeyHash.hash(key, salt: KeyHash.salt(seed: 7, probe: 0))
                return found == hex(row[1]) && KeyHash.reduce(found, 1_000_003) == UInt64(row[2])
            }
        case "n, XXH3-64":
            Int(row[0]).map { count in
                Checksum.xxh3((0..<count).map { UInt8(($0 * $0 + 3 * $0) % 251) }) == hex(row[1])
            }
        case "string, key": row.count == 2 ? Checksum.xxh3(Array(row[0].utf8)) == hex(row[1]) : nil
        case "k0, k1, bytes, siphash, mod 3":
            hex(row[0]).map { key in
                let bytes = row[2].prefix { $0 != "(" }.split(separator: " ").map { UInt8($0, radix: 16)! }
                let found = KeyHash.sipHash(key, hex(row[1])!, unsafe bytes.span.bytes)
                return found == hex(row[3]) && found % 3 == UInt64(row[4])
            }
        default: nil
        }
    }

    private func hex(_ word: String) -> UInt64? { word.utf8.count == 16 ? UInt64(word, radix: 16) : nil }

    @Test func `expressions are spelled as expression md has them`() throws {
        var checked = 0
        for row in try rows("expression.md") where row.count == 2 && row[0].contains(where: { "|(".contains($0) }) {
            if row[1].hasPrefix("refused") {
                #expect(throws: ExpressionError.self) { try Composition(row[0]) }
            } else {
                #expect(try Composition(row[0]).description == row[1])
                #expect(try Composition(row[1]).description == row[1])
            }
            checked += 1
        }
        #expect(checked == 7)
    }

    @Test func `what expression md refuses is explained`() {
        #expect(
            throws: ExpressionError(
                .badArgument, "int8 has no argument \"sclae=f32\"; it takes \"symmetric\", \"scale=\", \"block=\"")
        ) {
            try Composition("int8(sclae=f32)")
        }
    }
}
