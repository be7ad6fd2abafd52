import EmbStore
import Foundation
import Testing

/// What the README shows compiles as it stands.
@Suite struct ReadmeTests {
    @Test func `the example of the README is the one that is compiled here`() throws {
        let here = URL(filePath: #filePath)
        let readme = try String(contentsOf: here.appending(path: "../../../README.md").standardized, encoding: .utf8)
        let block = try #require(readme.components(separatedBy: "```swift\nimport EmbStore\n\n").dropFirst().first)
        let example = try #require(block.components(separatedBy: "```").first)
        #expect(try String(contentsOf: here, encoding: .utf8).contains(example))
    }
}

func example() throws {
    let store = try Store(path: "words.emb")
    let words = try store.table("words")

    let rows = try words.gather(["king", "queen"])  // 2 x 50 floats, one array

    let bagged = ["new", "york", "berlin"]  // a bag of two words, and one of one
    let lengths: [Int32] = [2, 1]
    var pooled = [Float](repeating: 0, count: 2 * words.dim)  // into your own memory: no allocation
    var out = pooled.mutableSpan
    try words.pool(.strings(bagged.span), .lengths32(lengths.span), .mean, into: &out)
    print(rows[0], pooled[0])
}
