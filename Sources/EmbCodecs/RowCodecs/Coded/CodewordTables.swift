internal import EmbKernels

/// What each codeword scores with each query (Formats/codecs/pq.md, "Scoring").
struct CodewordTables: Sendable {
    let metric: Metric
    /// Codewords in all codebooks.
    let count: Int
    /// `count` numbers a query.
    private let numbers: [Float]
    /// Squared lengths of the codewords; empty unless the metric is `cosine`.
    let squares: [Float]

    /// - Parameter codewords: As the column has them.
    init(_ codewords: [Float], _ format: CodedFormat, _ queries: ScoreQueries) {
        metric = queries.metric
        count = format.books << format.bits
        numbers = (0..<queries.count).flatMap { q in
            Self.table(codewords, format, Array(queries.query(q)), distances: queries.metric == .l2)
        }
        squares = queries.metric == .cosine ? Self.squares(codewords, format) : []
    }

    /// The numbers of query `q`.
    @_lifetime(borrow self)
    func table(_ q: Int) -> Span<Float> { numbers.span.extracting(q * count..<(q + 1) * count) }

    private static func table(
        _ codewords: [Float], _ format: CodedFormat, _ query: [Float], distances: Bool
    ) -> [Float] {
        var table: [Float] = []
        table.reserveCapacity(format.books << format.bits)
        for m in 0..<format.books {
            let columns = format.firstColumn(m)..<format.firstColumn(m + 1)
            var place = columns.lowerBound << format.bits
            for _ in 0..<format.codewords {
                var sum: Float = 0
                for j in columns {
                    let (c, q) = (codewords[place], query[j])
                    if distances { sum.addProduct(q - c, q - c) } else { sum.addProduct(q, c) }
                    place += 1
                }
                table.append(sum)
            }
        }
        return table
    }

    private static func squares(_ codewords: [Float], _ format: CodedFormat) -> [Float] {
        var table: [Float] = []
        var place = 0
        for m in 0..<format.books {
            let width = format.firstColumn(m + 1) - format.firstColumn(m)
            for _ in 0..<format.codewords {
                table.append(codewords[place..<place + width].reduce(0) { $0.addingProduct($1, $1) })
                place += width
            }
        }
        return table
    }
}

extension MutableSpan<Float> {
    /// Divides the first `count` numbers of each of `queries` rows by the roots of `squares`; 0 where that is 0 or less.
    mutating func divideByRoots(of squares: [Float], count: Int, queries: Int, stride: Int) {
        for q in 0..<queries {
            for i in 0..<count {
                let place = q * stride + i
                self[place] = squares[i] <= 0 ? 0 : self[place] / squares[i].squareRoot()
            }
        }
    }
}
