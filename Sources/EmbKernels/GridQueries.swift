/// Queries as the kernels of rbe rows read them, made once per call: rounded to bytes (Formats/codecs/rbe.md, "Scoring"), or for
/// rows of signs their own signs.
public struct GridQueries: Sendable {
    public let count: Int
    public let dim: Int
    /// Bytes from one query to the next.
    let stride: Int
    let codes: [Int8]
    let sums: [Int32]
    /// One per query: what a code of 1 stands for; then, one per query, dot(q, q).
    let floats: [Float]
    let areSigns: Bool

    /// - Parameters:
    ///   - queries: `count` finite queries of `dim` numbers.
    ///   - signs: Whether they will meet rows of signs.
    public init(_ queries: Span<Float>, dim: Int, signs: Bool) {
        precondition(dim > 0 && queries.count % dim == 0)
        (count, self.dim, areSigns) = (queries.count / dim, dim, signs)
        stride = (dim + 63) / 64 * 64
        var codes = [Int8](repeating: 0, count: count * stride)
        var units: [Float] = []
        var squares: [Float] = []
        for q in 0..<count {
            let query = (0..<dim).map { queries[q * dim + $0] }
            units.append(Self.code(query, signs: signs, into: &codes, at: q * stride))
            squares.append(KernelQueries.dot(query, query))
        }
        sums = (0..<count).map { [stride] q in codes[q * stride..<(q + 1) * stride].reduce(0) { $0 + Int32($1) } }
        floats = units + squares
        self.codes = codes
    }

    /// Returns what a code of 1 stands for.
    private static func code(_ query: [Float], signs: Bool, into codes: inout [Int8], at first: Int) -> Float {
        if signs {
            for (j, number) in query.enumerated() where number >= 0 {
                codes[first + j / 8] |= Int8(bitPattern: 1 << (j % 8))
            }
            return 1
        }
        if query.allSatisfy({ ($0 * 64).rounded() == $0 * 64 && abs($0 * 64) <= 127 }) {
            for (j, number) in query.enumerated() { codes[first + j] = Int8(number * 64) }
            return 0x1p-6
        }
        let unit = query.reduce(0) { max($0, abs($1)) } / 127
        let inverse = 1 / unit
        guard inverse.isFinite else { return 0 }
        for (j, number) in query.enumerated() {
            codes[first + j] = Int8(max(-127, min(127, (number * inverse).rounded(.toNearestOrEven))))
        }
        return unit
    }
}
