internal import EmbCodecs
internal import EmbFormat

/// `dpq`: codes and the codebooks that they were trained with.
enum CodebookImport: ImportMethod {
    static let name = "dpq"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let sizes = try state.sizes(
            "codebooks", dimensions: [3], expected: "three dimensions: sub-quantizers, codewords, numbers")
        let (ids, parts) = try state.matrix("codes")
        try state.check("codes", parts, sizes[0], "codes in a row, as codebooks has sub-quantizers")
        let bits = sizes[1] <= 16 ? 4 : 8
        let codewords = UInt64(1) << UInt64(bits)
        guard sizes[1] <= codewords else {
            throw state.misshaped("codebooks", expected: "at most 256 codewords")
        }
        let books = try state.floats("codebooks")
        let rows = try decoded(state.integers("codes"), books, sizes, ids, "\(state.name):codes")
        var stages = try request.syntax()
        if stages.last?.name != "pq" {
            stages =
                stages.dropLast(stages.count > 0 ? 1 : 0) + [StageSyntax("pq", [ArgumentSyntax("\(parts)x\(bits)")])]
        }
        let dim = Int(sizes[0] * sizes[2])
        let source = ArraySource(name: "\(state.name):codes", rows, dim: dim)
        var plan = try request.plan(stages, source, name: state.tableName).plan
        let padded = pad(books, Int(sizes[1]), Int(codewords), Int(sizes[2]))
        plan.parameters["pq.codebooks"] = padded.column("codebooks", rows: codewords * UInt64(dim), width: 1)
        return ImportedTable(plan: plan, features: [])
    }

    /// The rows that codes stand for: encoding finds the same codewords again.
    private static func decoded(
        _ codes: [Int64], _ books: [Float], _ sizes: [UInt64], _ ids: UInt64, _ name: String
    ) throws(PackError) -> [Float] {
        let (parts, words, width) = (Int(sizes[0]), Int(sizes[1]), Int(sizes[2]))
        var rows: [Float] = []
        rows.reserveCapacity(codes.count * width)
        for (i, code) in codes.enumerated() {
            guard (0..<Int64(words)).contains(code) else {
                throw .plan(
                    source: name, field: "code \(i % parts) of row \(i / parts)", found: "\(code)",
                    expected: "below \(words)")
            }
            let start = (i % parts * words + Int(code)) * width
            rows += books[start..<start + width]
        }
        return rows
    }

    /// Codebooks of fewer codewords than bits can name get copies of their first one, which no code names.
    private static func pad(_ books: [Float], _ words: Int, _ wanted: Int, _ width: Int) -> [Float] {
        stride(from: 0, to: books.count, by: words * width).flatMap { start in
            let first = books[start..<start + width]
            return Array(books[start..<start + words * width])
                + (words..<wanted).flatMap { _ in first }
        }
    }
}
