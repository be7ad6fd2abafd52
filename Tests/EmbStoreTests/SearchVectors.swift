import EmbCodecs
import EmbFormat
import EmbStore
import Testing

extension VectorCase {
    /// One of a case's `searches` (Formats/README.md, "Test vectors").
    struct Search: Decodable {
        let table: String
        let op: String
        let metric: String
        let queries: String
        let ids: Ids?
        let missing: String?
        let k: Int?
        let rerank: String?
        let candidates: Int?
        let expected: Expected?
        let error: String?

        enum Expected: Decodable {
            case scores([[String]])
            case rows([[Found]])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let scores = try? container.decode([[String]].self) {
                    self = .scores(scores)
                } else {
                    self = .rows(try container.decode([[Found]].self))
                }
            }
        }

        /// [row, id or null, score]
        struct Found: Decodable, Equatable {
            let row: UInt32
            let id: String?
            let score: String

            init(_ row: UInt32, _ id: String?, _ score: Float) {
                (self.row, self.id, self.score) = (row, id, score.word)
            }

            init(from decoder: any Decoder) throws {
                var fields = try decoder.unkeyedContainer()
                row = try fields.decode(UInt32.self)
                if try fields.decodeNil() {
                    id = nil
                } else if let text = try? fields.decode(String.self) {
                    id = text
                } else {
                    id = "\(try fields.decode(UInt64.self))"
                }
                score = try fields.decode(String.self)
            }
        }
    }

    /// Searches for everything and compares the bits.
    func checkSearches(_ store: Store) throws {
        for (number, search) in (searches ?? []).enumerated() {
            let rows = try #require(queries?[search.queries])
            let numbers = rows.flatMap { $0 }.map { Float(bitPattern: UInt32($0, radix: 16)!) }
            var error: String?
            do {
                try search.check(store, numbers, "search \(number): \(search.op) \(search.metric) in \(search.table)")
            } catch let refusal as LookupError {
                error = refusal.code
            }
            #expect(error == search.error, "search \(number)")
        }
    }
}

extension VectorCase.Search {
    fileprivate func check(_ store: Store, _ numbers: [Float], _ name: String) throws {
        let table = try store.table(self.table)
        if op == "score" {
            let found = try scores(table, numbers).map(\.word)
            guard case .scores(let expected) = expected else { return }
            #expect(found == expected.flatMap { $0 }, "\(name)")
        } else {
            for threads in [1, 3] {
                let found = try neighbors(store, table, numbers, threads)
                guard case .rows(let expected) = expected else { return }
                #expect(found == expected, "\(name), \(threads) threads")
            }
        }
    }

    private func scores(_ table: EmbeddingTable, _ numbers: [Float]) throws -> [Float] {
        switch ids {
        case .signed(let ids): try scores(table, numbers, .int64(ids.span))
        case .unsigned(let ids): try scores(table, numbers, .uint64(ids.span))
        case .strings(let ids): try scores(table, numbers, .strings(ids.span))
        case nil: []
        }
    }

    private func scores(_ table: EmbeddingTable, _ numbers: [Float], _ ids: IDs) throws -> [Float] {
        var out = [Float](repeating: 77, count: numbers.count / table.dim * ids.count)
        var span = out.mutableSpan
        try table.score(
            numbers.span, ids, metric: Metric(rawValue: metric)!, into: &span,
            missing: MissingPolicy.allCases.first { $0.name == missing })
        return out
    }

    private func neighbors(
        _ store: Store, _ table: EmbeddingTable, _ numbers: [Float], _ threads: Int
    ) throws -> [[Found]] {
        let metric = Metric(rawValue: self.metric)!
        let k = self.k!
        let results: [[Neighbor]]
        if let rerank {
            results = try table.nearest(
                numbers, k: k, metric: metric, threads: threads, rerankedBy: store.table(rerank), among: candidates!)
        } else {
            results = try table.nearest(numbers, k: k, metric: metric, threads: threads)
        }
        let worst: Float = metric == .l2 ? .infinity : -.infinity
        return try results.map { found in
            let ids = try names(table, found.map(\.row))
            let real = zip(found, ids).map { Found($0.row, $1, $0.score) }
            return real + Array(repeating: Found(.max, nil, worst), count: k - real.count)
        }
    }

    private func names(_ table: EmbeddingTable, _ rows: [UInt32]) throws -> [String] {
        switch try table.ids(ofRows: rows) {
        case .integers(let ids): ids.map { "\($0)" }
        case .strings(let bytes, let offsets):
            zip(offsets, offsets.dropFirst()).map { String(decoding: bytes[Int($0)..<Int($1)], as: UTF8.self) }
        }
    }
}

extension Float {
    /// The bits as a vector writes them; every NaN the same.
    fileprivate var word: String {
        let hex = String(isNaN ? 0x7FC0_0000 : bitPattern, radix: 16)
        return String(repeating: "0", count: 8 - hex.count) + hex
    }
}
