import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// The worked examples of Formats/indexers and Formats/hashing.md. Stored row r holds the number r, so that a `concat` of
/// rows of one number shows which rows were read.
@Suite struct IndexerTests {
    private let folder = try! TemporaryFolder()

    /// A file with one table `t` of `rows` rows of `width` numbers, each the row's number, and features on it.
    private func store(
        _ expression: String, rows: Int, width: Int = 1, idCount: UInt64? = nil, _ features: [(String, String)] = [],
        _ parameters: [String: ColumnData] = [:]
    ) async throws -> Store {
        let values = (0..<rows * width).map { Float($0 / width) }
        var plan = TablePlan(
            name: "t", source: ArraySource(name: "t", values, dim: width), expression: expression)
        plan.rowsAreStored = true
        plan.idCount = idCount
        plan.missing = .zero
        plan.parameters = parameters
        var packer = Packer()
        packer.replacing = true
        let path = folder.path(of: "indexer.emb")
        let entries = features.map { FeatureEntry(name: $0.0, table: 0, arguments: $0.1) }
        _ = try await packer.pack([plan], features: entries, to: path)
        return try Store(path: path)
    }

    private func rows(_ table: EmbeddingTable, _ id: Int) throws -> [Int] {
        try table.gather([id]).map { Int($0) }
    }

    private func floats(_ name: String, _ values: [Float], width: UInt32) -> ColumnData {
        let bytes = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        return ColumnData(
            name, ColumnShape(.f32, rows: UInt64(values.count) / UInt64(width), width: width), bytes: bytes)
    }

    @Test(arguments: [
        ("hash=mix, salt=1", [151433, 929393, 428392, 522860, 206793], 42250),
        ("hash=murmur", [469068, 840095, 573880, 655443, 784275], 250997),
        ("hash=murmur, salt=1", [107260, 599135, 742521, 618873, 948208], 126201),
        ("hash=siphash", [851392, 7721, 210256, 882873, 576999], 10886),
        ("hash=siphash, salt=1", [174672, 888132, 948147, 242461, 840121], 30461),
        ("hash=modulo", [0, 1, 42, 970003, 350686], 759571),
        ("hash=learn, coefficients=123457-89-1000033", [89, 123546, 185118, 534509, 837262], 300073),
    ]) func `functions by name`(_ function: String, _ expected: [Int], _ the: Int) async throws {
        let written = function.replacing("hash=mix, ", with: "")
        let table = try await store("hashed(rows=1000003, seed=7, \(written)) | f32", rows: 1_000_003).table("t")
        for (id, row) in zip([0, 1, 42, 10_000_000_000, -1], expected) {
            #expect(try rows(table, id) == [row], "\(id)")
        }
        #expect(try table.gather(["the"]) == [Float(the)])
    }

    @Test func `signs`() async throws {
        let table = try await store("hashed(rows=1000, probes=2, combine=concat, seed=7, signs) | f32", rows: 1000)
            .table("t")
        #expect(try rows(table, 0) == [455, 151])
        #expect(try rows(table, 1) == [-236, 929])
        #expect(try rows(table, 42) == [838, -428])
        #expect(try rows(table, -1) == [20, 206])
    }

    @Test func `learn and siphash of hashed`() async throws {
        let learn = "hashed(rows=10, probes=2, combine=concat, hash=learn, coefficients=3-1-101-5-2-103) | f32"
        let table = try await store(learn, rows: 10).table("t")
        for (id, expected) in [(0, [1, 2]), (1, [4, 7]), (42, [6, 6]), (1000, [2, 8])] {
            #expect(try rows(table, id) == expected)
        }
        let keras = try await store("hashed(rows=3, seed=133, hash=siphash, salt=137) | f32", rows: 3).table("t")
        #expect(try keras.gather(["A", "B", "C", "D", "E"]) == [1, 2, 1, 0, 2])
    }

    @Test func `weights of ids`() async throws {
        let one = floats("", [2, -0.5, 4], width: 1)
        let memcom = try await store(
            "hashed(rows=2, hash=modulo, idWeights) | f32", rows: 2, idCount: 3, [], ["hashed.idWeights": one]
        ).table("t")
        #expect(try memcom.gather([0, 1, 2, 3, -1]) == [0, -0.5, 0, 0, 0])
        let each = floats("", [2, 3, 5, 7], width: 2)
        let probes = try await store(
            "hashed(rows=1000, probes=2, combine=concat, seed=7, weights) | f32", rows: 1000, idCount: 2, [],
            ["hashed.weights": each]
        ).table("t")
        #expect(try probes.gather([0, 1, 2]) == [910, 453, 1180, 6503, 0, 0])
        #expect(throws: LookupError.self) { try probes.gather(["text"]) }
    }

    @Test func `quotient and remainder`() async throws {
        let store = try await store(
            "qr(divisor=3, combine=concat) | f32", rows: 7, idCount: 10,
            [("late", "offset=8"), ("few", "offset=3, ids=2")])
        let table = try store.table("t")
        for (id, expected) in [
            (0, [0, 4]), (1, [0, 5]), (2, [0, 6]), (3, [1, 4]), (4, [1, 5]), (8, [2, 6]), (9, [3, 4]),
        ] {
            #expect(try rows(table, id) == expected)
        }
        #expect(try table.gather([10, -1]) == [0, 0, 0, 0])
        #expect(try store.feature("late").gather([0, 1, 2]) == [2, 6, 3, 4, 0, 0])
        #expect(try store.feature("few").gather([0, 1, 2]) == [1, 4, 1, 5, 0, 0])
        #expect(table.counts.missing == 4)
    }

    /// Numbers of the array are their places in it.
    private func robe(_ arguments: String, _ features: [(String, String)] = []) async throws -> Store {
        try await store("robe(size=20, block=4, chunks=2, \(arguments)) | f32", rows: 20, features)
    }

    private func block(_ start: Int, sign: Float = 1) -> [Float] { (0..<4).map { sign * Float((start + $0) % 20) } }

    @Test func `blocks of one array`() async throws {
        let store = try await robe("seed=5, signed", [("moved", "offset=1")])
        let table = try store.table("t")
        let expected = [
            0: [(13, -1), (5, 1)], 1: [(10, 1), (17, 1)], 2: [(11, 1), (13, -1)], -1: [(2, 1), (12, 1)],
        ]
        for (id, blocks) in expected {
            let numbers = blocks.flatMap { block($0.0, sign: Float($0.1)) }
            #expect(try table.gather([id]) == numbers)
            #expect(try store.feature("moved").gather([id - 1]) == numbers)
        }
        let aligned = try await robe("seed=5, align=4").table("t")
        #expect(try aligned.gather([0]) == block(12) + block(4))
        #expect(try aligned.gather([2]) == block(8) + block(12))
    }

    @Test func `a trained array wraps where its prime does`() async throws {
        let coefficients = [101, 17, 29, 13, 7, 11, 5, 3, 2]
        let text = coefficients.map { "\($0)" }.joined(separator: "-")
        let store = try await robe("signed, coefficients=\(text)", [("slot", "offset=4, slot=3")])
        for (name, offset, slot) in [("t", 0, 0), ("slot", 4, 3)] {
            let table = try name == "t" ? store.table("t") : store.feature(name)
            for id in 0..<300 {
                let x = id + offset
                let expected = (0..<8).map { j in
                    let place = (13 * x + 17 + j % 4 + 29 * (j / 4) + 7 * slot) % 101 % 20
                    let sign = (3 * x + 11 + 5 * j + 2 * slot) % 101 % 2
                    return sign == 0 ? -Float(place) : Float(place)
                }
                #expect(try table.gather([id]) == expected, "\(id)")
                #expect(try table.gather([id], dims: 3) == Array(expected.prefix(3)))
            }
            let ids: [Int64] = [14, 4, 299]
            let singles = try ids.map { try table.gather([Int($0)]) }
            let pooled = try table.pooled(ids, lengths: [3], .sum)
            #expect(pooled == (0..<8).map { j in singles.reduce(0) { $0 + $1[j] } })
        }
    }

    @Test func `digits choose slices`() async throws {
        // Rows of two numbers, r and r: the product can be worked out by hand.
        let table = try await store(
            "tensorTrain(rank=2, rows=2x3x2, dims=2x1x2) | f32", rows: 14, width: 2, idCount: 12
        )
        .table("t")
        #expect(table.dim == 4)
        for id in 0..<12 {
            let digits = [id % 2, id / 2 % 3, id / 6]
            let first = (0..<2).map { Float(digits[0] * 2 + $0) }
            let middle = (0..<2).map { Float(4 + digits[1] * 2 + $0) }
            let last = (0..<2).map { Float(10 + digits[2] * 2 + $0) }
            let expected = first.flatMap { a in
                let v = a * middle[0] + a * middle[1]
                return last.map { 2 * v * $0 }
            }
            #expect(try table.gather([id]) == expected)
            #expect(try table.gather([id], dims: 3) == Array(expected.prefix(3)))
        }
        #expect(try table.gather([12, -1]) == [Float](repeating: 0, count: 8))
        let expected = try table.gather([3]).enumerated().map { try $0.element + table.gather([5])[$0.offset] }
        #expect(try table.pooled([3, 5], lengths: [2], .sum) == expected)
    }

    private let unifiedFeatures = [
        ("user", ""), ("item", "probes=3, salt=1, tables=2-0-1"),
        ("category", "probes=1, combine=sum, salt=2, tables=2"),
        ("day", "first=2, ids=5"),
    ]

    @Test func `features of one row space`() async throws {
        let mix = try await store(
            "unified(rows=100, width=1, tables=3, probes=2, seed=9) | f32", rows: 312, unifiedFeatures)
        let expected: [(String, Int, [Int])] = [
            ("user", 0, [45, 166]), ("user", 1, [11, 134]), ("user", 42, [19, 170]), ("item", 0, [215, 85, 188]),
            ("item", 1, [252, 82, 109]), ("item", 42, [263, 31, 149]), ("category", 0, [225]), ("category", 1, [240]),
            ("category", 42, [232]), ("day", 0, [302, 303]), ("day", 1, [304, 305]), ("day", 42, [0, 0]),
        ]
        for (feature, id, wanted) in expected { #expect(try rows(mix.feature(feature), id) == wanted) }
        #expect(try rows(mix.table("t"), 42) == [19, 170])
        #expect(try mix.feature("item").dim == 3)
        #expect(throws: LookupError.self) { try mix.feature("day").gather(["Monday"]) }
        let sip = try await store(
            "unified(rows=100, width=1, tables=3, probes=2, hash=siphash, seed=9) | f32", rows: 312, unifiedFeatures)
        for (id, wanted) in [(0, [41, 184]), (1, [5, 168]), (42, [38, 114])] {
            #expect(try rows(sip.feature("user"), id) == wanted)
        }
    }

    @Test func `a new feature leaves rows and other features as they are`() async throws {
        let expression = "unified(rows=100, width=1, tables=3, probes=2, seed=9) | f32"
        let few = try await store(expression, rows: 312, unifiedFeatures)
        let (segments, item) = (few.catalog.segments, try few.feature("item").gather([0, 1, 42]))
        let more = try await store(expression, rows: 312, unifiedFeatures + [("late", "probes=4, salt=77")])
        #expect(more.catalog.segments == segments)
        #expect(try more.feature("item").gather([0, 1, 42]) == item)
        #expect(try more.feature("late").gather([5]).count == 4)
    }

    @Test(arguments: [
        "probes=2", "salt=0", "probes=03", "tables=0-3", "tables=0", "chunks=1-1", "chunks=0-1", "first=0", "ids=3",
        "first=0, ids=7", "first=0, ids=2, salt=1", "salt=1,probes=1", "colour=red", "salt=1) | f32(", "combine=max",
    ]) func `arguments of a feature are refused`(_ arguments: String) async {
        await #expect(throws: PackError.self, "\(arguments)") {
            try await store(
                "unified(rows=100, width=1, tables=3, probes=2, seed=9) | f32", rows: 312, [("f", arguments)])
        }
    }

    @Test(arguments: [
        "hashed(rows=9, hash=modulo, probes=2) | f32", "hashed(rows=9, hash=learn) | f32",
        "hashed(rows=9, hash=learn, coefficients=1-2-0) | f32", "hashed(rows=9, coefficients=1-2-3) | f32",
        "hashed(rows=9, weights, idWeights) | f32", "hashed(rows=9, idWeights) | f32",
        "robe(size=9, block=10) | f32", "robe(size=9, block=2, align=2) | f32", "robe(size=9, block=2) | int8",
        "robe(size=9, block=2, coefficients=1-2-3) | f32", "tensorTrain(rank=2, rows=2x3, dims=2x1x2) | f32",
        "tensorTrain(rank=4096, rows=2x3x2, dims=2x1x2) | f32", "unified(rows=5, width=2) | f32", "qr(divisor=0) | f32",
        "qr(divisor=100) | f32", "unified(rows=4000000000, width=1, tables=2) | f32",
    ]) func `what cannot be is refused`(_ expression: String) async {
        await #expect(throws: PackError.self, "\(expression)") { try await store(expression, rows: 9) }
    }
}
