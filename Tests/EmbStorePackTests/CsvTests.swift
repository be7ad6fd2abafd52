import Testing

@testable import EmbStorePack

@Suite struct CsvTests {
    @Test func headerIsTold() throws {
        #expect(try table(bytes("a,b\n1,2\n"), name: "t.csv").floats == [1, 2])
        #expect(try table(bytes("0,5\n1,2\n"), name: "t.csv").floats == [0, 5, 1, 2])
        #expect(try table(bytes("w,x\nu,2\nv,3\n"), name: "t.csv").names == ["u", "v"])
        #expect(try table(bytes("u,2\nv,3\n"), name: "t.csv").names == ["u", "v"])
        #expect(try table(bytes("u,2\n"), name: "t.csv").names == ["u"])
        #expect(try table(bytes("word,a,b\n"), name: "t.csv").rowCount == 0)
    }

    @Test func keyColumnIsChosenByNameOrPosition() throws {
        let text = bytes("x,id,y\n1,7,2\n3,8,4\n")
        let byName = SourceOptions(keyColumn: .name("id"))
        #expect(try table(text, name: "t.csv", options: byName).names == ["7", "8"])
        #expect(try table(text, name: "t.csv", options: byName).floats == [1, 2, 3, 4])
        let byPosition = SourceOptions(keyColumn: .index(1), keyKind: .integers)
        #expect(try table(text, name: "t.csv", options: byPosition).integers == [7, 8])
        #expect(
            refusal(text, name: "t.csv", options: SourceOptions(keyColumn: .name("key")))
                == .noSuchColumn(
                    file: "t.csv", wanted: "key", available: ["x", "id", "y"]))
        #expect(refusal(text, name: "t.csv", options: SourceOptions(keyColumn: .index(3)))?.code == "NO_SUCH_COLUMN")
        let twice = refusal(bytes("a,a\n1,2\n"), name: "t.csv", options: SourceOptions(keyColumn: .name("a")))
        #expect(twice?.code == "DUPLICATE_NAME")
    }

    @Test func quotesFollowRFC4180() throws {
        let text = "\"k \"\"1\"\"\",\"0.5\"\r\n\"two\r\nlines\", 1 \r\n,3\r\n\"\",4"
        let read = try table(bytes(text), name: "t.csv")
        #expect(read.names == ["k \"1\"", "two\r\nlines", "", ""])
        #expect(read.floats == [0.5, 1, 3, 4])
    }

    @Test(
        arguments: [
            ("a,1\n\"b,2\n", 2, 4), ("a,1\nb\"c,2\n", 2, 5), ("a,1\n\"b\"c,2\n", 2, 7), ("\"a\nb\"x,1\n", 2, 5),
        ] as [(String, UInt64, UInt64)]) func wrongQuotesAreNamed(text: String, line: UInt64, offset: UInt64)
    {
        guard case .badQuote(_, line, offset, _, _)? = refusal(bytes(text), name: "t.csv") else {
            return #expect(Bool(false), "\(String(describing: refusal(bytes(text), name: "t.csv")))")
        }
    }

    @Test func linesOfOtherWidthAreNamed() {
        #expect(
            refusal(bytes("a,1,2\n\"b\nb\",1,2\nc,1\n"), name: "t.csv")
                == .wrongFieldCount(
                    file: "t.csv", line: 4, offset: 16, found: 2, expected: 3))
        #expect(refusal(bytes("a,1\n\nb,2\n"), name: "t.csv")?.code == "WRONG_FIELD_COUNT")
    }

    @Test func fieldsThatAreNoNumbersAreNamed() {
        #expect(
            refusal(bytes("a,1,2\nb,1,\n"), name: "t.csv")
                == .badNumber(
                    file: "t.csv", place: .line(2), offset: 10, field: 2, found: ""))
        #expect(refusal(bytes("a,1,2\nb,1,1e99\n"), name: "t.csv")?.code == "NUMBER_OVERFLOW")
    }

    @Test func delimiterMayBeChosen() throws {
        #expect(try table(bytes("a\t1\n"), name: "t.tsv").floats == [1])
        let semicolon = SourceOptions(format: .csv, delimiter: UInt8(ascii: ";"))
        #expect(try table(bytes("a;1;2\n"), name: "t", options: semicolon).floats == [1, 2])
    }

    @Test func recordsOfAnyWidthStayInBounds() {
        let commas = [UInt8](repeating: UInt8(ascii: ","), count: 1 << 20)
        #expect(refusal(commas, name: "t.csv")?.code == "TOO_LARGE")
        let open = [UInt8(ascii: "\"")] + [UInt8](repeating: 120, count: SourceLimits.lineBytes + 10)
        #expect(refusal(open, name: "t.csv")?.code == "TOO_LARGE")
    }

    @Test func byteOrderMarkIsNoPartOfTheFirstKey() throws {
        #expect(try table(bytes("\u{feff}a,1\nb,2\n"), name: "t.csv").names == ["a", "b"])
    }

    @Test func emptyAndOneColumnFilesAreNoTables() {
        #expect(refusal([], name: "t.csv")?.code == "TRUNCATED")
        #expect(refusal(bytes("a\nb\n"), name: "t.csv")?.code == "NOT_A_TABLE")
    }
}
