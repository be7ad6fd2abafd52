import EmbCodecs
import EmbFormat
import Foundation
import Testing

/// Registry, pages and vectors name the same stages.
@Suite struct CompletenessTests {
    private static let formats = VectorCase.folder.deletingLastPathComponent()

    /// Names that the pages of a folder announce in their line `Names: ...`.
    private func announced(_ folder: String) throws -> Set<String> {
        var names: Set<String> = []
        let pages = try FileManager.default.contentsOfDirectory(
            at: Self.formats.appending(path: folder), includingPropertiesForKeys: nil)
        for page in pages where page.pathExtension == "md" {
            let text = try String(contentsOf: page, encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Names: ") }, "\(page.path())")
            names.formUnion(
                line.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) })
        }
        return names
    }

    @Test func `every stage has a page and every page a stage`() throws {
        let registry = Registry.builtin
        #expect(try announced("indexers") == Set(registry.indexers.map { $0.name } + registry.rowMaps.map { $0.name }))
        #expect(try announced("transforms") == Set(registry.transforms.map { $0.name }))
        #expect(try announced("codecs") == Set(registry.rowCodecs.map { $0.name }))
    }

    @Test func `every stage is in a vector`() throws {
        var used: Set<String> = []
        for name in VectorCase.names {
            for table in try VectorCase.load(name).tables {
                used.formUnion(try Composition(table.expression).stageEntries.map(\.name))
            }
        }
        #expect(used == Set(Registry.builtin.names))
    }

    @Test func `names are distinct`() {
        #expect(Set(Registry.builtin.names).count == Registry.builtin.names.count)
    }

    @Test func `every refusal has a file`() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Self.formats.appending(path: "refused").path())
        for code in FormatError.Code.allCases {
            #expect(files.contains { $0 == code.token + ".emb" || $0.hasPrefix(code.token + "-") }, "\(code.token)")
        }
    }
}
