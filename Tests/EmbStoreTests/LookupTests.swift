import EmbCodecs
import EmbFormat
import EmbIO
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// Windows, tiles, counters and the promises about memory.
@Suite struct LookupTests {
    /// Bags of every length around the tile of 512 rows, against adding in order.
    @Test func `bags that cross tiles are summed in order`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 900, dim: 3)
        let table = try await TestTables.pack(values, dim: 3, "f32", in: folder)
        var random = SplitMix64.forTest()
        for length in [1, 63, 64, 65, 447, 448, 449, 511, 512, 513, 575, 576, 577, 1024, 1025, 5000] {
            let lengths: [Int32] = [3, 0, Int32(length), 1, Int32(length), 0, 2]
            let ids = (0..<lengths.reduce(0, +)).map { _ in Int64.random(in: 0..<900, using: &random) }
            let weights = ids.map { _ in Float.random(in: -1...1, using: &random) }
            #expect(bits(try table.pooled(ids, lengths: lengths, .sum)) == bits(sums(ids, lengths, nil, values)))
            let weighted = try table.pooled(ids, lengths: lengths, weights: weights, .sum)
            #expect(bits(weighted) == bits(sums(ids, lengths, weights, values)), "length \(length)")
        }
    }

    private func sums(_ ids: [Int64], _ lengths: [Int32], _ weights: [Float]?, _ values: [Float]) -> [Float] {
        var first = 0
        return lengths.flatMap { length -> [Float] in
            var sum: [Float] = [0, 0, 0]
            for i in first..<first + Int(length) {
                for j in 0..<3 { sum[j].addProduct(weights?[i] ?? 1, values[Int(ids[i]) * 3 + j]) }
            }
            first += Int(length)
            return sum
        }
    }

    @Test func `a bag in pieces equals the kernel's bag in one`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 300, dim: 20)
        let ids = (0..<500).map { Int64($0 % 300) }
        for expression in [
            "int8", "int4", "hashed(rows=90, probes=3) | int8", "hashed(rows=90, probes=2, combine=concat) | int16",
        ] {
            let table = try await TestTables.pack(values, dim: 20, expression, in: folder)
            // 500 ids of 3 probes are 3 tiles; as bags of 100 they are pooled whole and must agree within rounding.
            let whole = try table.pooled(ids, lengths: [500], .sum)
            let parts = try table.pooled(ids, lengths: [100, 100, 100, 100, 100], .sum)
            for j in 0..<20 {
                let sum = (0..<5).reduce(Double(0)) { $0 + Double(parts[$1 * 20 + j]) }
                #expect(abs(Double(whole[j]) - sum) < 1e-3, "\(expression) column \(j)")
            }
        }
    }

    @Test func `lookups allocate nothing once a table is warm`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 2000, dim: 24)
        let ids = (0..<1500).map { Int64($0 * 7 % 2000) }
        let narrow = ids.map { Int32($0) }
        let lengths: [Int32] = [0, 20, 700, 780]
        let weights = [Float](repeating: 0.5, count: ids.count)
        for expression in [
            "f32", "int8", "int4(symmetric)", "rotation | int4", "hashed(rows=500, probes=2) | f16",
            "hashed(rows=500, probes=2, combine=concat) | int8",
            "hashed(rows=500, probes=2, combine=mean) | rotation | int8",
            "hashed(rows=500, probes=2, hash=siphash, signs) | int8", "qr(divisor=50) | f16",
            "robe(size=5000, block=8, chunks=3, signed) | f32", "unified(rows=500, width=12, probes=2) | f32",
            "robe(size=5000, block=8, chunks=3, signed, coefficients=10007-17-29-13-7-11-5-3-2) | f32",
            "tensorTrain(rank=2, rows=10x20x10, dims=2x3x4) | f32",
        ] {
            let table = try await TestTables.pack(values, dim: 24, expression, in: folder)
            var out = [Float](repeating: 0, count: ids.count * 24)
            var halves = [Float16](repeating: 0, count: ids.count * 24)
            let count = AllocationCounter.allocations {
                var span = out.mutableSpan
                try! table.gather(.int64(ids.span), into: &span)
                try! table.gather(.int32(narrow.span), into: &span)
                var rounded = halves.mutableSpan
                try! table.gather(.int64(ids.span), into: &rounded)
                var bags = span._mutatingExtracting(first: lengths.count * 24)
                try! table.pool(.int64(ids.span), .lengths32(lengths.span), .sum, into: &bags)
                try! table.pool(.int64(ids.span), .lengths32(lengths.span), weights: weights.span, .mean, into: &bags)
                try! table.pool(.int64(ids.span), .lengths32(lengths.span), .max, into: &bags)
            }
            #expect(count == nil || count == 0, "\(expression)")
        }
    }

    @Test func `keyed lookups allocate nothing`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 300, dim: 8)
        let names = (0..<300).map { "name number \($0)" }
        let table = try await TestTables.pack(
            values, dim: 8, "keyed | int8", keys: .strings(names.map { Array($0.utf8) }), in: folder)
        var out = [Float](repeating: 0, count: 300 * 8)
        let count = AllocationCounter.allocations {
            var span = out.mutableSpan
            try! table.gather(.strings(names.span), into: &span)
        }
        #expect(count == nil || count == 0)
        #expect(try table.gather(["name number 7", "name number 299"]) == Array(out[56..<64] + out[2392..<2400]))
    }

    @Test func `lookups are counted`() async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack(TestTables.values(rows: 10, dim: 4), dim: 4, "f32", in: folder)
        _ = try table.gather([1, 20, 3], missing: .zero)
        _ = try table.pooled([1, 2, -1], lengths: [3, 0], .sum, missing: .hashed)
        #expect((table.counts.ids, table.counts.bags, table.counts.missing) == (6, 2, 2))
        // Refused before it began: nothing. Failed by a missing id: that one, whatever follows it.
        #expect(throws: LookupError.self) { try table.gather([1], dims: 5) }
        #expect(throws: LookupError.self) { try table.gather([1, 20, 30], missing: .error) }
        #expect((table.counts.ids, table.counts.bags, table.counts.missing) == (9, 2, 3))
    }

    @Test func `refused calls say why and leave the output alone`() async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack(TestTables.values(rows: 10, dim: 4), dim: 4, "f32", in: folder)
        let ids: [Int64] = [1, 2, 3]
        let cases: [(LookupError, [Int64], Int?, Int, MissingPolicy?)] = [
            (.badOffsets(table: "t", position: 2, found: 2, expected: "the number of ids, 3"), [0, 1, 2], nil, 8, nil),
            (.badOffsets(table: "t", position: 1, found: -1, expected: "at least 0"), [0, -1, 3], nil, 8, nil),
            (.badOffsets(table: "t", position: 0, found: 1, expected: "0"), [1, 2, 3], nil, 8, nil),
            (.badOffsets(table: "t", position: 2, found: 1, expected: "at least 2"), [0, 2, 1, 3], nil, 12, nil),
            (.badDims(table: "t", found: 5, limit: 4), [0, 1, 3], 5, 8, nil),
            (.badDims(table: "t", found: 0, limit: 4), [0, 1, 3], 0, 8, nil),
            (.wrongCount(table: "t", of: "numbers of output", found: 7, expected: 8), [0, 1, 3], nil, 7, nil),
            (.noDefaultRow(table: "t"), [0, 1, 3], nil, 8, .default),
        ]
        for (expected, offsets, dims, count, missing) in cases {
            var out = [Float](repeating: 7, count: count)
            var found: LookupError?
            do throws(LookupError) {
                var span = out.mutableSpan
                try table.pool(
                    .int64(ids.span), .offsets64(offsets.span), .sum, into: &span, dims: dims, missing: missing)
            } catch { found = error }
            #expect(found == expected)
            #expect(out == [Float](repeating: 7, count: count))
        }
        #expect(throws: LookupError.missingID(table: "t", position: 1, id: "10")) { try table.gather([3, 10]) }
        #expect(throws: LookupError.wrongIDKind(table: "t", found: .string)) { try table.gather(["a"]) }
    }

    @Test func `what is checked first is reported first`() async throws {
        let folder = try TemporaryFolder()
        let table = try await TestTables.pack(TestTables.values(rows: 10, dim: 4), dim: 4, "f32", in: folder)
        let (ids, lengths, weights, none) = (["a"], [Int32(1)], [Float(1), 2], [Int32]())
        let wrongWeights = LookupError.wrongCount(table: "t", of: "weights", found: 2, expected: 1)
        let tooFew = LookupError.badOffsets(table: "t", position: 0, found: 0, expected: "a sum of 1 ids")
        for (expected, lengths) in [(wrongWeights, lengths), (tooFew, none)] {
            var out = [Float](repeating: 0, count: 4 * lengths.count)
            var found: LookupError?
            do throws(LookupError) {
                var span = out.mutableSpan
                try table.pool(
                    .strings(ids.span), .lengths32(lengths.span), weights: weights.span, .sum, into: &span)
            } catch { found = error }
            #expect(found == expected)
        }
    }

    @Test func `blocks that are read again and again stay`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 400, dim: 16)
        let path = folder.path(of: "table.emb")
        _ = try await TestTables.store(values, dim: 16, "f32", in: folder) {
            $0.storage = .init(.lz4, blockBytes: 256)  // 4 rows: 100 blocks
        }
        // Row 0 is read every time: it is decoded again with every other block, now and then, or never.
        for (capacity, decodes) in [(0, 300...800), (4096, 100...120), (64 << 20, 100...100)] {
            let store = try Store(path: path, blockCacheBytes: capacity)
            let table = try store.table("t")
            for row in 0..<400 {
                #expect(try table.gather([row, 0]) == Array(values[row * 16..<row * 16 + 16] + values[0..<16]))
            }
            #expect(decodes.contains(Int(store.decodedBlocks)), "\(capacity) bytes")
        }
    }

    @Test func `threads share a table`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 3000, dim: 16)
        let store = try await TestTables.store(values, dim: 16, "rotation | int8", in: folder) {
            $0.storage = StoreWriter.Storage(.lz4, blockBytes: 4096)
        }
        let table = try store.table("t")
        let expected = try table.gather(Array(0..<3000))
        await withTaskGroup(of: Bool.self) { group in
            for start in 0..<8 {
                group.addTask {
                    let ids = (0..<3000).map { ($0 + start * 111) % 3000 }
                    let rows = try? table.gather(ids)
                    return rows == ids.flatMap { expected[$0 * 16..<($0 + 1) * 16] }
                }
            }
            for await same in group { #expect(same) }
        }
        #expect(table.counts.ids == 27_000)
    }

    @Test func `every residency gives the same rows`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 500, dim: 16)
        let expected = try await TestTables.pack(values, dim: 16, "int8", in: folder).gather([4, 499])
        for residency in [Residency.mapped, .populated, .hugePages] {
            let store = try Store(path: folder.path(of: "table.emb"), residency: residency)
            #expect(try store.table("t").gather([4, 499]) == expected)
            #expect(try store.residentBytes() > 0)
        }
    }
}
