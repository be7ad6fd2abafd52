import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// Scores of `pq` against Formats/codecs/pq.md, "Scoring", spelled out here once more.
@Suite struct ProductScoreTests {
    private static let (rows, dim) = (700, 20)

    struct Shape: CustomTestStringConvertible, Sendable {
        let expression: String
        let books: Int
        let bits: Int
        var isScanned: Bool { expression.contains("fastscan") }
        var testDescription: String { expression }

        init(_ expression: String, _ books: Int, _ bits: Int) {
            (self.expression, self.books, self.bits) = (expression, books, bits)
        }

        var widths: [Int] { (0..<books).map { dim / books + ($0 < dim % books ? 1 : 0) } }
    }

    static let shapes = [
        Shape("pq(3x8)", 3, 8), Shape("pq(5x8, codebooks=f16)", 5, 8), Shape("pq(7x4)", 7, 4),
        Shape("pq(4x8, coldBits=5, hot=30%)", 4, 8), Shape("pq(1x4, layout=fastscan)", 1, 4),
        Shape("pq(7x4, layout=fastscan)", 7, 4), Shape("pq(20x4, codebooks=f16, layout=fastscan)", 20, 4),
    ]

    /// A number for each codebook and codeword.
    private func table(_ shape: Shape, _ codewords: [Float], _ term: (Float, Float, Float) -> Float, _ q: [Float])
        -> [[Float]]
    {
        var (place, first) = (0, 0)
        return shape.widths.map { width in
            defer { first += width }
            return (0..<1 << shape.bits).map { _ in
                defer { place += width }
                return (0..<width).reduce(0) { term($0, q[first + $1], codewords[place + $1]) }
            }
        }
    }

    private func sum(_ table: [[Float]], _ codes: [Int]) -> Float {
        var s: [Float] = [0, 0, 0, 0]
        for (m, code) in codes.enumerated() { s[m % 4] += table[m][code] }
        return (s[0] + s[2]) + (s[1] + s[3])
    }

    /// An estimate, and what a step of its bytes is.
    private func estimate(_ table: [[Float]], _ codes: [Int]) -> (Float, step: Float) {
        let low = table.map { $0.min()! }
        let step = table.map { $0.max()! - $0.min()! }.max()! / 255
        let inverse = (1 / step).isFinite ? 1 / step : 0
        let total = zip(codes, zip(table, low)).reduce(0) { total, book in
            let u = (book.1.0[book.0] - book.1.1) * inverse
            return total + Int(min(255, u.rounded(.toNearestOrEven)))
        }
        let g = inverse == 0 ? 0 : step
        return (low.reduce(0, +).addingProduct(g, Float(total)), g)
    }

    private func unit(_ q: [Float]) -> [Float] {
        var s = [Float](repeating: 0, count: 16)
        for j in 0..<q.count { s[j % 16].addProduct(q[j], q[j]) }
        for h in [8, 4, 2, 1] { for l in 0..<h { s[l] += s[l + h] } }
        return q.map { $0 * (1 / s[0].squareRoot()) }
    }

    @Test(arguments: shapes, Metric.allCases)
    func `scores are those of the page, and near those of decoded rows`(_ shape: Shape, _ metric: Metric) async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: Self.rows, dim: Self.dim)
        let table = try await TestTables.pack(values, dim: Self.dim, shape.expression, in: folder)
        let reader = try #require(table.rows as? any ProductCodes)
        let rowBytes = (shape.books * shape.bits + 7) / 8
        let packed = try reader.codes(0..<Self.rows)
        let codes = (0..<Self.rows).map { r in
            (0..<shape.books).map { m in
                let byte = Int(packed[r * rowBytes + m * shape.bits / 8])
                return shape.bits == 8 ? byte : byte >> (m % 2 * 4) & 15
            }
        }
        let query = TestTables.values(rows: 1, dim: Self.dim, seed: 77)
        let q = metric == .cosine ? unit(query) : query
        let codewords = try reader.codewords()
        let terms = self.table(
            shape, codewords, { metric == .l2 ? $0.addingProduct($1 - $2, $1 - $2) : $0.addingProduct($1, $2) }, q)
        let squares = self.table(shape, codewords, { $0.addingProduct($2, $2) }, q)
        let ids = (0..<Int64(Self.rows)).map { $0 }
        let scores = try table.score(query, .int64(ids.span), metric: metric)
        for r in 0..<Self.rows {
            let exact = sum(terms, codes[r])
            let (near, step) = estimate(terms, codes[r])
            var expected = shape.isScanned ? near : exact
            if metric == .l2 { expected = max(expected, 0) }
            if metric == .cosine {
                let n = shape.isScanned ? estimate(squares, codes[r]).0 : sum(squares, codes[r])
                expected = n <= 0 ? 0 : expected / n.squareRoot()
            }
            #expect(scores[r].bitPattern == expected.bitPattern, "row \(r)")
            #expect(abs(near - exact) <= Float(shape.books) * step / 2 + 1e-5 * (1 + abs(exact)), "row \(r)")
        }
        try checkDecoded(table, shape, query, scores, metric)
    }

    /// Scores without bytes are those of decoded rows but for rounding.
    private func checkDecoded(
        _ table: EmbeddingTable, _ shape: Shape, _ query: [Float], _ scores: [Float], _ metric: Metric
    ) throws {
        guard !shape.isScanned else { return }
        let decoded = try table.gather(Array(0..<Self.rows))
        let length = query.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for r in 0..<Self.rows {
            let x = decoded[r * Self.dim..<(r + 1) * Self.dim]
            let dot = zip(x, query).reduce(0) { $0 + $1.0 * $1.1 }
            let expected =
                switch metric {
                case .dot: dot
                case .cosine: dot / length / x.reduce(0) { $0 + $1 * $1 }.squareRoot()
                case .l2: zip(x, query).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                }
            #expect(abs(scores[r] - expected) <= 1e-4 * (1 + abs(expected)), "row \(r)")
        }
    }

    /// Codewords that bytes cannot stand for.
    @Test func `infinite codewords make estimates NaN, and equal ones nothing`() async throws {
        let folder = try TemporaryFolder()
        for (number, isNaN) in [(Float.infinity, true), (3e38, true), (0, false)] {
            var codewords = [Float](repeating: 0, count: 32)
            (codewords[3], codewords[7]) = (number, -number)
            let bytes = codewords.flatMap { value in
                (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
            }
            let table = try await TestTables.pack([0, 0, 0, 0], dim: 2, "pq(2x4, layout=fastscan)", in: folder) {
                $0.parameters = ["pq.codebooks": ColumnData("codebooks", ColumnShape(.f32, rows: 32), bytes: bytes)]
            }
            let ids: [Int64] = [0, 1]
            for metric in Metric.allCases {
                let scores = try table.score([1, 1], .int64(ids.span), metric: metric)
                #expect(scores.map(\.isNaN) == [isNaN, isNaN], "\(number), \(metric)")
            }
        }
    }
}
