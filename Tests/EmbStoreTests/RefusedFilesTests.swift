import EmbFormat
import EmbStore
import EmbTestSupport
import Foundation
import Testing

/// The files of Formats/refused: each is refused with the code in its name, by `open` or else by `verifyDeep`.
@Suite struct RefusedFilesTests {
    @Test(arguments: RefusedFiles.names) func `a file of refused is refused with the code in its name`(_ name: String) {
        let expected = name.dropLast(4).prefix { $0 != "-" }
        #expect(RefusedFiles.refusal(of: RefusedFiles.path(name))?.code.token == String(expected))
    }

    @Test func `every code has a file`() {
        let codes = Set(RefusedFiles.names.map { String($0.dropLast(4).prefix { $0 != "-" }) })
        #expect(codes == Set(FormatError.Code.allCases.map(\.token)))
    }

    @Test(arguments: VectorCase.names) func `a vector passes every check`(_ name: String) {
        #expect(RefusedFiles.refusal(of: VectorCase.path(name)) == nil)
    }

    @Test func `padding is seen without reading segments`() throws {
        for name in RefusedFiles.names where name.hasPrefix("PADDING_NOT_ZERO") {
            let store = try Store(path: RefusedFiles.path(name))
            #expect(throws: StoreError.self) { try store.verify() }
        }
    }

    @Test(arguments: ["keyed-u64", "keyed-string", "lz4-rows", "two-tables-shared-keys"])
    func `no changed byte goes unnoticed`(_ name: String) throws {
        let original = try [UInt8](Data(contentsOf: URL(filePath: VectorCase.path(name))))
        let folder = try TemporaryFolder()
        var bytes = original
        for place in original.indices {
            bytes[place] ^= 1 << (place % 8)
            let path = try folder.write(bytes, to: "changed.emb")
            #expect(RefusedFiles.refusal(of: path) != nil, "byte \(place)")
            bytes[place] = original[place]
        }
    }

    @Test(arguments: ["keyed-u64", "lz4-rows", "two-tables-shared-keys"])
    func `no shorter file goes unnoticed`(_ name: String) throws {
        let original = try [UInt8](Data(contentsOf: URL(filePath: VectorCase.path(name))))
        let folder = try TemporaryFolder()
        for count in stride(from: 0, to: original.count, by: 7) {
            let path = try folder.write(Array(original[..<count]), to: "cut.emb")
            #expect(RefusedFiles.refusal(of: path) != nil, "\(count) bytes")
        }
    }
}

enum RefusedFiles {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Formats/refused").standardizedFileURL.path

    static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?
        .filter { $0.hasSuffix(".emb") }.sorted() ?? []

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// What refuses the file: `open`, else `verifyDeep`.
    static func refusal(of path: String) -> FormatError? {
        do throws(StoreError) {
            try Store(path: path).verifyDeep()
            return nil
        } catch {
            guard case .refused(_, let refusal) = error else { return nil }
            return refusal
        }
    }
}
