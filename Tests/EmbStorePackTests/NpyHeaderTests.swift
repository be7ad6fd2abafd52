import Testing

@testable import EmbStorePack

@Suite struct NpyHeaderTests {
    @Test(arguments: [1, 2, 3] as [UInt8]) func everyVersionIsRead(version: UInt8) throws {
        let file = NpyBytes.file(NpyBytes.dictionary("|u1", "(2, 2)"), version: version, data: [1, 2, 3, 4])
        #expect(try table(file, name: "a.npy").floats == [1, 2, 3, 4])
    }

    @Test(
        arguments: [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)}", nil),
            ("{\"shape\": (0, 2,), 'fortran_order': False, 'descr': '<f4'}   \n", nil),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)} x", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, -2)}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2L)}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1+1)}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': [0, 2]}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': 2}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': 0, 'shape': (0, 2)}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': None, 'shape': (0, 2)}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False}", "BAD_HEADER"),
            ("{'fortran_order': False, 'shape': (0, 2)}", "BAD_HEADER"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), 'more': True}", "BAD_HEADER"),
            ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)}", "DUPLICATE_NAME"),
            ("{'descr': '<f\\x34', 'fortran_order': False, 'shape': (0, 2)}", "BAD_HEADER"),
            ("{'descr': '=f4', 'fortran_order': False, 'shape': (0, 2)}", "BAD_HEADER"),
            ("{'descr': '|f4', 'fortran_order': False, 'shape': (0, 2)}", "BAD_HEADER"),
            ("{'descr': 'f4', 'fortran_order': False, 'shape': (0, 2)}", "UNSUPPORTED_TYPE"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 99999999999999999999)}", "BAD_HEADER"),
            ("", "BAD_HEADER"),
        ] as [(String, String?)])
    func dictionaryIsParsedStrictly(text: String, code: String?) {
        #expect(refusal(NpyBytes.file(text), name: "a.npy")?.code == code)
    }

    @Test(arguments: ["|b1", "<c8", "|O", "<U4", "|S4", "<M8[ns]", "|V2", "<f16"])
    func otherElementsAreRefusedByName(descr: String) throws {
        let error = try #require(refusal(NpyBytes.file(NpyBytes.dictionary(descr, "(0, 2)")), name: "a.npy"))
        #expect(error.code == "UNSUPPORTED_TYPE")
        #expect("\(error)".contains(descr))
    }

    @Test func structuredElementsAreRefused() throws {
        let text = "{'descr': [('a', '<f4'), ('b', '<i8')], 'fortran_order': False, 'shape': (0, 2), }"
        let error = try #require(refusal(NpyBytes.file(text), name: "a.npy"))
        #expect(
            error
                == .unsupportedType(
                    file: "a.npy", found: "structured", expected: "f2, f4, f8, or integers of 1 to 8 bytes"))
    }

    @Test(arguments: ["()", "(4,)", "(2, 2, 1)", "(4, 0)"]) func otherShapesAreNoTables(shape: String) {
        let data = [UInt8](repeating: 0, count: shape == "(4, 0)" ? 0 : shape == "()" ? 1 : 4)
        let file = NpyBytes.file(NpyBytes.dictionary("|u1", shape), data: data)
        #expect(refusal(file, name: "a.npy")?.code == "NOT_A_TABLE")
    }

    @Test(arguments: [
        ("(4294967296, 4294967296)", "TOO_LARGE"), ("(0, 4294967296)", "TOO_LARGE"), ("(3, 2)", "TRUNCATED"),
        ("(1, 2)", "TRAILING_BYTES"),
    ]) func sizesAreComparedWithTheFile(shape: String, code: String) {
        let data = [UInt8](repeating: 0, count: shape.hasPrefix("(0") ? 0 : 16)
        let file = NpyBytes.file(NpyBytes.dictionary("<f4", shape), data: data)
        #expect(refusal(file, name: "a.npy")?.code == code)
    }

    @Test func lengthOfTheHeaderIsLimited() {
        let file = NpyHeader.magic + [2, 0, 255, 255, 255, 255] + [UInt8](repeating: 32, count: 64)
        #expect(refusal(file, name: "a.npy")?.code == "TOO_LARGE")
    }

    @Test func versionFourIsRefused() {
        #expect(
            refusal(NpyBytes.file("{}", version: 4), name: "a.npy")
                == .badHeader(
                    file: "a.npy", field: "version", offset: 6, found: "4.0", expected: "1.0, 2.0 or 3.0"))
    }
}
