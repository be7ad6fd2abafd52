internal import EmbCodecs
internal import EmbFormat

/// Product codes and the codebooks that they were trained with: tensors `codebooks` and `codes` (Formats/import.md).
struct TrainedCodes {
    /// Sub-quantizers, codewords of each, and numbers of a codeword.
    let parts: Int
    let words: Int
    let width: Int
    /// The codebooks one after the other.
    let books: [Float]
    /// A byte a code, row after row.
    private(set) var codes: [UInt8]

    var dim: Int { parts * width }
    var rowCount: Int { codes.count / parts }
    /// Bits that `pq` needs to name every codeword.
    var bits: Int { words <= 16 ? 4 : 8 }

    init(_ state: TrainedState) throws(PackError) {
        let sizes = try state.sizes(
            "codebooks", dimensions: [3], expected: "three dimensions: sub-quantizers, codewords, numbers")
        guard sizes[0] * sizes[2] <= FormatLimits.dim, sizes[1] <= 256 else {
            throw state.misshaped("codebooks", expected: "at most \(FormatLimits.dim) numbers of at most 256 codewords")
        }
        (parts, words, width) = (Int(sizes[0]), Int(sizes[1]), Int(sizes[2]))
        let (_, columns) = try state.matrix("codes")
        try state.check("codes", columns, sizes[0], "codes in a row, as codebooks has sub-quantizers")
        books = try state.floats("codebooks")
        let codes = try state.integers("codes")
        if let bad = codes.firstIndex(where: { $0 < 0 || $0 >= Int64(sizes[1]) }) {
            throw .plan(
                source: "\(state.name):codes", field: "code \(bad % parts) of row \(bad / parts)",
                found: "\(codes[bad])",
                expected: "below the \(words) codewords of codebooks")
        }
        self.codes = codes.map { UInt8($0) }
    }

    /// The largest code of a row.
    func largest(_ row: Int) -> UInt8 { codes[row * parts..<(row + 1) * parts].max() ?? 0 }

    /// Puts rows into another order.
    mutating func order(_ rows: [Int]) { codes = rows.flatMap { codes[$0 * parts..<($0 + 1) * parts] } }

    /// The table of stages that end with `pq`, which is completed by `more` arguments, or added.
    func plan(
        _ state: TrainedState, _ request: ImportRequest, stages: [StageSyntax], _ more: [ArgumentSyntax] = []
    ) throws(PackError) -> TablePlan {
        var stages = stages
        if stages.last?.name != PQ.name {
            stages.removeLast()
            stages.append(StageSyntax(PQ.name, [ArgumentSyntax("\(parts)x\(bits)")]))
        }
        stages[stages.count - 1].complete(more)
        let source = UnreadSource(name: "\(state.name):codes", rowCount: UInt64(rowCount), dim: dim)
        let (composition, made) = try request.composed(stages, source, name: state.tableName)
        var plan = made
        guard let pq = composition.rowCodec as? PQ, pq.books == parts, words <= 1 << pq.bits else {
            throw state.misshaped("codebooks", expected: "codebooks of \(stages[stages.count - 1])")
        }
        let padded = padded(1 << pq.bits)
        plan.parameters["pq.codebooks"] = padded.column("codebooks", rows: UInt64(padded.count), width: 1)
        do throws(ExpressionError) {
            for column in try pq.columns(codes: codes, StoredShape(rowCount: UInt64(rowCount), dim: dim)) {
                plan.parameters["pq.\(column.name)"] = column
            }
        } catch {
            throw .expression(error)
        }
        return plan
    }

    /// The codebooks, each filled up with copies of its first codeword, which no code names.
    private func padded(_ wanted: Int) -> [Float] {
        stride(from: 0, to: books.count, by: words * width).flatMap { start in
            let first = books[start..<start + width]
            return Array(books[start..<start + words * width]) + (words..<wanted).flatMap { _ in first }
        }
    }
}
