import EmbCodecs
import EmbFormat
import EmbKernels
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// `score` and `nearest` against Formats/search.md, spelled out here once more, number by number.
@Suite struct SearchTests {
    private static let rows = 1300  // several tiles
    private static let dim = 34

    /// Scores of search.md, "Scores of numbers".
    private func score(_ x: [Float], _ q: [Float], _ metric: Metric) -> Float {
        func fold(_ terms: (Int, Float) -> Float) -> Float {
            var s = [Float](repeating: 0, count: 16)
            for j in 0..<(x.count + 15) / 16 * 16 { s[j % 16] = terms(j, s[j % 16]) }
            for h in [8, 4, 2, 1] { for l in 0..<h { s[l] += s[l + h] } }
            return s[0]
        }
        func dot(_ a: [Float], _ b: [Float]) -> Float {
            fold { j, s in j < a.count ? s.addingProduct(a[j], b[j]) : s.addingProduct(0, 0) }
        }
        switch metric {
        case .dot: return dot(x, q)
        case .l2:
            return fold { j, s in
                let d = j < x.count ? x[j] - q[j] : 0
                return s.addingProduct(d, d)
            }
        case .cosine:
            let n = dot(x, x)
            return n == 0 ? 0 : dot(x, unit(q)) / n.squareRoot()
        }
    }

    private func unit(_ q: [Float]) -> [Float] {
        var s = [Float](repeating: 0, count: 16)
        for j in 0..<q.count { s[j % 16].addProduct(q[j], q[j]) }
        for h in [8, 4, 2, 1] { for l in 0..<h { s[l] += s[l + h] } }
        let inverse = s[0] == 0 ? 0 : 1 / s[0].squareRoot()
        return q.map { $0 * inverse }
    }

    /// `int8`, as integer.md has it under "Scoring".
    private func codedScore(_ row: [UInt8], symmetric: Bool, _ query: [Float], _ metric: Metric) -> Float {
        let q = metric == .cosine ? unit(query) : query
        let dim = q.count
        func half(_ i: Int) -> Float { Float(Float16(bitPattern: UInt16(row[i]) | UInt16(row[i + 1]) << 8)) }
        let (s, b) = (half(0), symmetric ? 0 : half(2))
        let c = row.dropFirst(symmetric ? 2 : 4).prefix(dim).map { Int(Int8(bitPattern: $0)) }
        let limit = min(32639, Int(Int32.max) / (128 * dim))
        let t = q.map(abs).max()! / Float(limit)
        let inverse = t == 0 ? 0 : min(1 / t, Float.greatestFiniteMagnitude)
        let k = q.map { max(-limit, min(limit, Int(($0 * inverse).rounded(.toNearestOrEven)))) }
        let u = t * Float(k.reduce(0, +))
        let product = Float(zip(c, k).reduce(0) { $0 + $1.0 * $1.1 })
        let dot = (b * u).addingProduct(s * t, product)
        let inner = (Float(dim) * b).addingProduct(s + s, Float(c.reduce(0, +)))
        let n = (b * inner).addingProduct(s * s, Float(c.reduce(0) { $0 + $1 * $1 }))
        switch metric {
        case .dot: return dot
        case .cosine: return n <= 0 ? 0 : dot / n.squareRoot()
        case .l2: return max((n - (dot + dot)) + score(q, q, .dot), 0)
        }
    }

    private func queries(_ count: Int, dim: Int = SearchTests.dim) -> [Float] {
        TestTables.values(rows: count, dim: dim, seed: 77)
    }

    /// The best k by sorting everything.
    private func sorted(_ scores: [Float], _ k: Int, _ metric: Metric) -> [UInt32] {
        scores.indices.filter { !scores[$0].isNaN }.sorted { a, b in
            let (x, y) = metric == .l2 ? (-scores[a], -scores[b]) : (scores[a], scores[b])
            return x > y || x == y && a < b
        }.prefix(k).map { UInt32($0) }
    }

    @Test(arguments: ["f32", "f16", "bf16", "int4", "int2(symmetric)", "int16"], Metric.allCases)
    func `rows are scored as decoded`(_ expression: String, _ metric: Metric) async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: Self.rows, dim: Self.dim)
        let table = try await TestTables.pack(values, dim: Self.dim, expression, in: folder)
        let query = queries(1)
        let decoded = try table.gather(Array(0..<Self.rows))
        let expected = (0..<Self.rows).map { r in
            score(Array(decoded[r * Self.dim..<(r + 1) * Self.dim]), query, metric)
        }
        let ids = (0..<Int64(Self.rows)).map { $0 }
        #expect(bits(try table.score(query, .int64(ids.span), metric: metric)) == bits(expected))
        let nearest = try table.nearest(query, k: 20, metric: metric)[0]
        #expect(nearest.map(\.row) == sorted(expected, 20, metric))
        #expect(bits(nearest.map(\.score)) == bits(nearest.map { expected[Int($0.row)] }))
    }

    @Test(arguments: ["int8", "int8(symmetric)"], Metric.allCases)
    func `int8 rows are scored with the query in integers`(_ expression: String, _ metric: Metric) async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: Self.rows, dim: Self.dim)
        let store = try await TestTables.store(values, dim: Self.dim, expression, in: folder)
        let table = try store.table("t")
        let query = queries(1)
        let expected = try (0..<Self.rows).map { row in
            codedScore(
                try store.storedBytes(ofRow: UInt64(row), in: table), symmetric: expression != "int8", query, metric)
        }
        let ids = (0..<Int64(Self.rows)).map { $0 }
        #expect(bits(try table.score(query, .int64(ids.span), metric: metric)) == bits(expected))
        let nearest = try table.nearest(query, k: 20, metric: metric)[0]
        #expect(nearest.map(\.row) == sorted(expected, 20, metric))
        // It is an estimate of the decoded row's score, and a close one.
        let decoded = try table.gather(Array(0..<Self.rows))
        for row in stride(from: 0, to: Self.rows, by: 7) {
            let exact = score(Array(decoded[row * Self.dim..<(row + 1) * Self.dim]), query, metric)
            #expect(abs(expected[row] - exact) <= 0.004 * (1 + abs(exact)))
        }
    }

    static let searchable = StageVariants.compositions.filter { expression in
        (expression.hasPrefix("direct |") || expression.hasPrefix("keyed |"))
            && !StageVariants.computed.contains(expression)
    }
    /// Those whose scores are no coarser estimates than the 16-bit query of int8.
    static let close = searchable.filter { expression in
        ["f32", "f16", "bf16", "int16", "int8", "int4", "int2"].contains { expression.hasSuffix("| \($0)") }
    }

    /// Whatever the composition: one query or many, any threads, ids or a scan, raw or in blocks: the same bits.
    @Test(.serialized, arguments: searchable) func `a composition is searched as it is scored`(_ expression: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let rows = 600  // two tiles
        let values = TestTables.values(rows: rows, dim: Self.dim)
        let keys: ArraySource.Keys = expression.hasPrefix("keyed") ? .integers((0..<600).map { $0 }) : .none
        let table = try await TestTables.pack(values, dim: Self.dim, expression, keys: keys, in: folder)
        let blocks = try await TestTables.pack(
            values, dim: Self.dim, expression, keys: keys, in: try TemporaryFolder()
        ) { $0.storage = StoreWriter.Storage(.zstd, blockBytes: 4096) }
        let all = queries(70)  // more than a batch
        let ids = (0..<Int64(rows)).map { $0 }
        for metric in Metric.allCases {
            let found = try table.nearest(all, k: 9, metric: metric, threads: 3)
            for q in [0, 69] {
                let alone = Array(all[q * Self.dim..<(q + 1) * Self.dim])
                let scores = try table.score(alone, .int64(ids.span), metric: metric)
                #expect(found[q].map(\.row) == sorted(scores, 9, metric))
                #expect(bits(found[q].map(\.score)) == bits(found[q].map { scores[Int($0.row)] }))
                #expect(try table.nearest(alone, k: 9, metric: metric)[0] == found[q])
                #expect(try blocks.nearest(alone, k: 9, metric: metric, threads: 2)[0] == found[q])
            }
        }
    }

    /// Transforms and codecs of the table's own aside, the score is near that of the embedding.
    @Test(.serialized, arguments: close) func `scores are those of embeddings but for rounding`(_ expression: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 200, dim: Self.dim)
        let keys: ArraySource.Keys = expression.hasPrefix("keyed") ? .integers((0..<200).map { $0 }) : .none
        let table = try await TestTables.pack(values, dim: Self.dim, expression, keys: keys, in: folder)
        let decoded = try table.gather(Array(0..<200))
        let query = queries(1)
        let ids = (0..<Int64(200)).map { $0 }
        for metric in Metric.allCases {
            let scores = try table.score(query, .int64(ids.span), metric: metric)
            for row in 0..<200 {
                let exact = score(Array(decoded[row * Self.dim..<(row + 1) * Self.dim]), query, metric)
                #expect(abs(scores[row] - exact) <= 0.004 * (1 + abs(exact)), "\(metric), row \(row)")
            }
        }
    }

    @Test func `every level finds the same`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 300, dim: Self.dim)
        for expression in ["f32", "int8", "int4"] {
            let table = try await TestTables.pack(values, dim: Self.dim, expression, in: folder)
            let queries = ScoreQueries(self.queries(5), dim: Self.dim, metric: .l2)
            let scorer = try table.rows.makeScorer(queries) ?? DecodingScorer(table.rows, [], queries, .best)
            var out = [Float](repeating: 0, count: 5 * 300)
            var span = out.mutableSpan
            try scorer.score(0..<300, 0..<5, into: &span, outStride: 300, Workspace())
            let ids = (0..<Int64(300)).map { $0 }
            #expect(bits(out) == bits(try table.score(self.queries(5), .int64(ids.span), metric: .l2)))
        }
    }

    @Test func `ties go to the lower row, and k may be more than there is`() async throws {
        let folder = try TemporaryFolder()
        let values: [Float] = (0..<2000).flatMap { $0 % 3 == 0 ? [1, 0] : [0, 1] }
        let table = try await TestTables.pack(values, dim: 2, "f32", in: folder)
        for threads in [1, 2, 5] {
            let found = try table.nearest([1, 0], k: 700, threads: threads)[0]
            #expect(found.prefix(667).map(\.row) == (0..<667).map { UInt32(3 * $0) })
            let others: [UInt32] = (0..<2000).filter { $0 % 3 != 0 }
            #expect(Array(found.dropFirst(667).map(\.row)) == Array(others.prefix(33)))
            #expect(try table.nearest([1, 0], k: 5000, threads: threads)[0].count == 2000)
        }
    }

    @Test func `what is not there is said`() async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack([3, 1, 2], dim: 1, "f32", in: folder)
        for metric in Metric.allCases {
            var rows = [UInt32](repeating: 7, count: 5)
            var scores = [Float](repeating: 7, count: 5)
            var rowSpan = rows.mutableSpan
            var scoreSpan = scores.mutableSpan
            let query: [Float] = [2]
            try table.nearest(query.span, k: 5, metric: metric, rows: &rowSpan, scores: &scoreSpan)
            #expect(rows.suffix(2) == [EmbeddingTable.noRow, EmbeddingTable.noRow])
            let infinity: Float = metric == .l2 ? .infinity : -.infinity
            #expect(scores.suffix(2) == [infinity, infinity])
        }
        let empty = try await TestTables.pack([], dim: 4, "int8", in: folder)
        #expect(try empty.nearest([1, 2, 3, 4], k: 3) == [[]])
        #expect(try empty.nearest([], k: 3) == [])
    }

    @Test func `NaN is nobody's neighbor`() async throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [1, 0, .nan, 1, 2, 0, -.infinity, 0, 0, 0]
        let table = try await TestTables.pack(values, dim: 2, "f32", in: folder)
        #expect(try table.nearest([1, 0], k: 9)[0].map(\.row) == [2, 0, 4, 3])
        #expect(try table.nearest([1, 0], k: 9, metric: .l2)[0].map(\.row) == [0, 2, 4, 3])
        #expect(try table.nearest([1, 0], k: 9, metric: .cosine)[0].map(\.row) == [0, 2, 4])
        let int8 = try await TestTables.pack([1, 2, 3, 4], dim: 2, "int8", in: folder)
        for table in [table, int8] {
            for query: [Float] in [[.nan, 1], [1, .infinity]] {
                #expect(try table.nearest(query, k: 2) == [[]])
                let ids: [Int64] = [0, 1]
                #expect(try table.score(query, .int64(ids.span)).map(\.isNaN) == [true, true])
            }
        }
        // A neighbour in the batch changes nothing.
        #expect(try int8.nearest([.nan, 1, 1, 1], k: 2)[1] == int8.nearest([1, 1], k: 2)[0])
    }

    @Test func `zero rows and zero queries have a cosine of 0`() async throws {
        let folder = try TemporaryFolder()
        for codec in ["f32", "int8"] {
            let table = try await TestTables.pack([0, 0, 3, 4, -3, -4], dim: 2, codec, in: folder) {
                $0.missing = .zero
            }
            let found = try table.nearest([3, 4, 0, 0], k: 3, metric: .cosine)
            #expect(found[0].map(\.row) == [1, 0, 2])
            #expect(found[0][1].score == 0)
            #expect(found[1] == (0..<3).map { Neighbor(row: $0, score: 0) })
            let ids: [Int64] = [9, 1]
            #expect(try table.score([3, 4], .int64(ids.span), metric: .l2)[0] == 25)
            #expect(try table.score([3, 4], .int64(ids.span), metric: .cosine)[0] == 0)
            #expect(try table.score([3, 4], .int64(ids.span))[0] == 0)
            #expect(table.counts.missing == 3)
        }
    }

    @Test(arguments: [
        "hashed(rows=61, probes=2) | int8", "hashed(rows=61) | f32",
        "hashed(rows=61, probes=2, combine=concat) | rotation | f16",
    ])
    func `shared rows are scored and not searched`(_ expression: String) async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 150, dim: 6)
        let table = try await TestTables.pack(values, dim: 6, expression, in: folder)
        let query = queries(1, dim: 6)
        let ids: [Int64] = [4, 149, 4, -3]
        let decoded: [Float] = try table.gather(.int64(ids.span))
        for metric in Metric.allCases {
            let scores = try table.score(query, .int64(ids.span), metric: metric)
            for i in 0..<4 {
                let exact = score(Array(decoded[i * 6..<i * 6 + 6]), query, metric)
                #expect(abs(scores[i] - exact) <= 1e-4 * (1 + abs(exact)))
            }
        }
        #expect(throws: LookupError.notSearchable(table: "t")) { try table.nearest(query, k: 1) }
    }

    @Test func `what does not fit is refused`() async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack([1, 2, 3, 4], dim: 2, "f32", in: folder)
        #expect(throws: LookupError.wrongCount(table: "t", of: "numbers of queries", found: 3, expected: 4)) {
            try table.nearest([1, 2, 3], k: 1)
        }
        #expect(throws: LookupError.wrongCount(table: "t", of: "neighbors (k)", found: 0, expected: 1)) {
            try table.nearest([1, 2], k: 0)
        }
        let ids: [Int64] = [5]
        #expect(throws: LookupError.missingID(table: "t", position: 0, id: "5")) {
            try table.score([1, 2], .int64(ids.span))
        }
    }

    /// Rows stored in order of their norm are found under the ids that they had.
    @Test(arguments: [false, true]) func `rows in another order keep their ids`(_ keyed: Bool) async throws {
        let keys: ArraySource.Keys = keyed ? .integers((0..<600).map { 9 * $0 + 1 }) : .none
        let values = TestTables.values(rows: 600, dim: 6)
        let plain = try await TestTables.pack(values, dim: 6, "f32", in: try TemporaryFolder())
        let ordered = try await TestTables.pack(
            values, dim: 6, keyed ? "keyed | f32" : "f32", keys: keys, in: try TemporaryFolder()
        ) { $0.order = .norm }
        let query = queries(1, dim: 6)
        for metric in Metric.allCases {
            let expected = try plain.nearest(query, k: 30, metric: metric)[0]
            let found = try ordered.nearest(query, k: 30, metric: metric, threads: 2)[0]
            #expect(found.map(\.score) == expected.map(\.score))
            let ids = try ordered.ids(ofRows: found.map(\.row))
            let names = expected.map { keyed ? 9 * UInt64($0.row) + 1 : UInt64($0.row) }
            #expect(ids == .integers(names))
            let scores = try ids.withIDs { (ids) throws(LookupError) in
                try ordered.score(query, ids, metric: metric)
            }
            #expect(bits(scores) == bits(found.map(\.score)))
        }
    }

    @Test func `a second table has the last word`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 900, dim: 12)
        let keys = (0..<900).map { Array("key \($0)".utf8) }
        let path = folder.path(of: "two.emb")
        let plans = ["keyed(string) | int2", "keyed(string) | f32"].enumerated().map {
            let source = ArraySource(name: "t", values, dim: 12, keys: .strings(keys))
            return TablePlan(name: "t\($0.offset)", source: source, expression: $0.element)
        }
        _ = try await Packer().pack(plans, to: path)
        let store = try Store(path: path)
        let (small, exact) = (try store.table("t0"), try store.table("t1"))
        let query = queries(3, dim: 12)
        for metric in Metric.allCases {
            let found = try small.nearest(query, k: 10, metric: metric, rerankedBy: exact, among: 900)
            #expect(found == (try exact.nearest(query, k: 10, metric: metric)))
            let few = try small.nearest(query, k: 10, metric: metric, rerankedBy: exact, among: 10)[1]
            let scanned = try small.nearest(query, k: 10, metric: metric)[1]
            #expect(Set(few.map(\.row)) == Set(scanned.map(\.row)))
        }
        #expect(throws: LookupError.wrongCount(table: "t0", of: "rows to re-rank", found: 9, expected: 10)) {
            try small.nearest(query, k: 10, rerankedBy: exact, among: 9)
        }
    }

    /// Memory grows with queries and k, not with rows.
    @Test func `a search allocates nothing per row`() async throws {
        let folder = try TemporaryFolder()
        var counts: [Int?] = []
        for rows in [2000, 8000] {
            let table = try await TestTables.pack(TestTables.values(rows: rows, dim: 8), dim: 8, "int4", in: folder)
            let query = queries(2, dim: 8)
            _ = try table.nearest(query, k: 5)
            counts.append(try AllocationCounter.allocations { _ = try table.nearest(query, k: 5) })
        }
        guard let few = counts[0], let many = counts[1] else { return }
        #expect(many - few < 100)  // a few per tile, in debug builds
    }
}
