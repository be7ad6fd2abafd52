import Testing

@testable import EmbStorePack

@Suite struct SafetensorsTests {
    private func file(_ header: String, data: Int) -> [UInt8] {
        NpyBytes.little(UInt64(header.utf8.count)) + bytes(header) + [UInt8](repeating: 0, count: data)
    }

    private func tensor(_ name: String, _ shape: String, _ offsets: String, dtype: String = "F32") -> String {
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test func paddingAfterTheHeaderIsAllowed() throws {
        let header = "{\"__metadata__\":{\"a\":\"b\"},\(tensor("e", "[2,2]", "[0,16]"))}    "
        #expect(try table(file(header, data: 16), name: "m.safetensors").rowCount == 2)
    }

    @Test func rangesMustCoverTheFile() {
        let cases: [(String, String, Int, String)] = [
            ("[0,16]", "[16,32]", 33, "TRAILING_BYTES"), ("[0,16]", "[16,32]", 31, "TRUNCATED"),
            ("[0,16]", "[20,36]", 36, "BAD_RANGE"), ("[0,16]", "[8,24]", 24, "BAD_RANGE"),
            ("[0,16]", "[0,16]", 16, "BAD_RANGE"), ("[4,20]", "[20,36]", 36, "BAD_RANGE"),
            ("[0,16]", "[32,16]", 32, "BAD_RANGE"), ("[0,16]", "[16]", 32, "BAD_RANGE"),
            ("[0,16]", "[16,-1]", 32, "BAD_HEADER"), ("[0,16]", "[16,36]", 36, "BAD_RANGE"),
            ("[0,16]", "[16,99999999999999999999]", 32, "BAD_HEADER"),
        ]
        for (first, second, data, code) in cases {
            let header = "{\(tensor("a", "[2,2]", first)),\(tensor("b", "[2,2]", second))}"
            #expect(refusal(file(header, data: data), name: "m.safetensors")?.code == code, "\(first) \(second)")
        }
    }

    @Test func sizesThatOverflowAreRefused() {
        let header = "{\(tensor("a", "[4294967296,4294967297]", "[0,16]"))}"
        #expect(refusal(file(header, data: 16), name: "m.safetensors")?.code == "BAD_RANGE")
    }

    @Test func errorsNameTheTensor() throws {
        let error = try #require(
            refusal(file("{\(tensor("w.x", "[2,3]", "[0,16]"))}", data: 16), name: "m.safetensors"))
        #expect("\(error)".hasPrefix("m.safetensors:w.x: "))
        #expect("\(error)".contains("16 bytes") && "\(error)".contains("24 bytes"))
    }

    @Test(arguments: [
        "", "[]", "{", "{\"a\":1}", "{\"a\":{}}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2]}}", "{} x", "null",
        "{\"a\":{\"dtype\":4,\"shape\":[2,2],\"data_offsets\":[0,16]}}",
    ]) func damagedHeadersAreRefused(header: String) {
        #expect(refusal(file(header, data: 16), name: "m.safetensors")?.code == "BAD_HEADER")
    }

    @Test func headerLengthIsLimited() {
        let huge = NpyBytes.little(UInt64(100_000_001)) + bytes("{}")
        #expect(refusal(huge, name: "m.safetensors")?.code == "TOO_LARGE")
        let beyond = NpyBytes.little(UInt64(1000)) + bytes("{}")
        #expect(refusal(beyond, name: "m.safetensors")?.code == "TRUNCATED")
    }

    @Test(arguments: ["F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "BOOL", "C64", "NEW1"])
    func otherTypesAreRefusedByName(dtype: String) {
        let size = ["F4": 2, "C64": 32][dtype] ?? 4
        let header = "{\(tensor("e", "[2,2]", "[0,\(size)]", dtype: dtype))}"
        #expect(
            refusal(file(header, data: size), name: "m.safetensors")
                == .unsupportedType(
                    file: "m.safetensors:e", found: dtype,
                    expected: "F64, F32, F16, BF16, or integers; choose another tensor"))
    }

    @Test func onlyTablesAreDelivered() {
        let header = "{\(tensor("a", "[4]", "[0,16]"))}"
        #expect(refusal(file(header, data: 16), name: "m.safetensors")?.code == "NOT_A_TABLE")
        let named = SourceOptions(tensor: "a")
        #expect(refusal(file(header, data: 16), name: "m.safetensors", options: named)?.code == "NOT_A_TABLE")
        let missing = refusal(file(header, data: 16), name: "m.safetensors", options: SourceOptions(tensor: "b"))
        #expect(missing == .noSuchTensor(file: "m.safetensors", wanted: "b", available: ["a"]))
    }

    @Test func shardsThatAreMissingAreNamed() throws {
        let shard = file("{\(tensor("a", "[2,2]", "[0,16]"))}", data: 16)
        func sources(_ index: String, _ tensor: String? = nil) throws(SourceError) -> [any RowSource] {
            let file = SourceFile(name: "model.safetensors.index.json", bytes: bytes(index), siblings: ["1": shard])
            return try SourceFormat.open(file, options: SourceOptions(tensor: tensor))
        }
        #expect(try sources("{\"weight_map\":{\"a\":\"1\"}}").count == 1)
        let gone = #expect(throws: SourceError.self) { _ = try sources("{\"weight_map\":{\"a\":\"1\",\"b\":\"2\"}}") }
        #expect(gone?.code == "MISSING_SHARD")
        #expect("\(String(describing: gone))".contains("2"))
        let lost = #expect(throws: SourceError.self) { _ = try sources("{\"weight_map\":{\"a\":\"1\",\"b\":\"1\"}}") }
        #expect(lost?.code == "MISSING_SHARD")
        let none = #expect(throws: SourceError.self) { _ = try sources("{\"weight_map\":{\"a\":\"1\"}}", "c") }
        #expect(none?.code == "NO_SUCH_TENSOR")
        let above = #expect(throws: SourceError.self) { _ = try sources("{\"weight_map\":{\"a\":\"../1\"}}") }
        #expect(above?.code == "BAD_HEADER")
    }
}
