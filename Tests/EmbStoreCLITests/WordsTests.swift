import EmbTestSupport
import Foundation
import Testing

/// `inspect` speaks the words of Formats/container.md.
@Suite struct WordsTests {
    @Test func `inspect names every field of the page`() throws {
        let tool = try Tool()
        try tool.run("pack", Sources.path("glove.txt"), "-o", "g.emb", "--feature", "words")
        let json = try tool.run("inspect", "g.emb", "--segments", "--json").text
        let page = try String(
            contentsOf: URL(filePath: Sources.path("../../../Formats/container.md")), encoding: .utf8)
        var names = fields(of: page, "## Superblock", column: 3) + fields(of: page, "### Segment entry", column: 3)
        names += fields(of: page, "### Table entry", column: 2) + fields(of: page, "### Feature entry", column: 2)
        #expect(names.count > 30)
        for name in names { #expect(json.contains("\"\(name)\":"), "\(name)") }
    }

    /// The one-word names in a column of the first table after a heading, but for `reserved`.
    private func fields(of page: String, _ heading: String, column: Int) -> [String] {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        let rows = lines.drop { $0 != heading }.drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
        return rows.dropFirst(2).compactMap { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            let name = cells[column].trimmingCharacters(in: .whitespaces)
            return name.contains(" ") || name == "reserved" ? nil : name
        }
    }
}
