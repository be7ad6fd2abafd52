/// Queries as the score kernels read them, made once per call (CEmbScores.h). Holds them padded, and for integer rows also
/// rounded to integers, as Formats/codecs/integer.md has it under "Scoring".
public struct KernelQueries: Sendable {
    public let count: Int
    public let dim: Int
    /// Numbers from one query to the next.
    let stride: Int
    /// The numbers of the queries, padded; then, one per query, scales, offsets and squares.
    let floats: [Float]
    /// The queries rounded to integers, padded; empty unless coded. Then the same in two bytes, all high ones first.
    let codes: [Int16]
    let bytes: [Int8]
    let codeSums: [Int32]

    static let padding = 64
    /// The largest query code: it is 256 times one signed byte plus another.
    private static let codeLimit = 127 * 256 + 127

    /// - Parameters:
    ///   - queries: `count` finite queries of `dim` numbers.
    ///   - coded: Whether they will meet integer rows.
    public init(_ queries: Span<Float>, dim: Int, coded: Bool = false) {
        precondition(dim > 0 && queries.count % dim == 0)
        let (count, stride) = (queries.count / dim, (dim + Self.padding - 1) / Self.padding * Self.padding)
        var values = [Float](repeating: 0, count: count * stride)
        for q in 0..<count { for j in 0..<dim { values[q * stride + j] = queries[q * dim + j] } }
        (self.count, self.dim, self.stride) = (count, dim, stride)
        let squares = (0..<count).map { q in
            let query = values[q * stride..<(q + 1) * stride]
            return Self.dot(query, query)
        }
        guard coded else {
            floats = values + [Float](repeating: 0, count: 2 * count) + squares
            (codes, bytes, codeSums) = ([], [], [])
            return
        }
        // The sum of dim products with codes of -128 ... 127 stays within 32 bits.
        let limit = Float(min(Self.codeLimit, Int(Int32.max) / (128 * dim)))
        let scales = (0..<count).map { q in
            values[q * stride..<(q + 1) * stride].reduce(0) { max($0, abs($1)) } / limit
        }
        var codes = [Int16](repeating: 0, count: values.count)
        for q in 0..<count {
            let inverse = scales[q] == 0 ? 0 : min(1 / scales[q], .greatestFiniteMagnitude)
            for i in q * stride..<(q + 1) * stride {
                codes[i] = Int16(max(-limit, min(limit, (values[i] * inverse).rounded(.toNearestOrEven))))
            }
        }
        let sums = (0..<count).map { q in codes[q * stride..<(q + 1) * stride].reduce(0) { $0 + Int32($1) } }
        floats = values + scales + zip(scales, sums).map { $0 * Float($1) } + squares
        let low = codes.map { Int8(truncatingIfNeeded: $0) }
        bytes = zip(codes, low).map { Int8((Int($0) - Int($1)) / 256) } + low
        (self.codes, codeSums) = (codes, sums)
    }

    public var isCoded: Bool { !codes.isEmpty }
    /// dot(q, q) of query `q`.
    public func square(_ q: Int) -> Float { floats[count * stride + 2 * count + q] }

    /// dot(x, q) of Formats/search.md.
    public static func dot(_ x: some Collection<Float>, _ q: some Collection<Float>) -> Float {
        var sums = [Float](repeating: 0, count: 16)
        for (j, (a, b)) in zip(x, q).enumerated() { sums[j % 16].addProduct(a, b) }
        if x.count % 16 != 0 { for l in x.count % 16..<16 { sums[l].addProduct(0, 0) } }
        for h in [8, 4, 2, 1] { for l in 0..<h { sums[l] += sums[l + h] } }
        return sums[0]
    }
}
