import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// Errors weighted by traffic, and the draws that fits see.
@Suite struct FittingTests {
    @Test func `the error of traffic counts each row as often as it is asked for`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 300, dim: 8)
        let frequencies = (0..<300).map { Float(300 - $0) }
        let path = folder.path(of: "t.emb")
        var plan = TablePlan(name: "t", source: ArraySource(name: "t", values, dim: 8), expression: "int4")
        plan.frequencies = frequencies
        let report = try await Packer().pack([plan], to: path).reports[0]
        let packed: [Float] = try Store(path: path).table("t").gather((0..<300).map { $0 })
        var (error, source) = (0.0, 0.0)
        for i in values.indices {
            let weight = Double(frequencies[i / 8])
            error += weight * Double(values[i] - packed[i]) * Double(values[i] - packed[i])
            source += weight * Double(values[i]) * Double(values[i])
        }
        let traffic = try #require(report.quality?.trafficNMSE)
        #expect(abs(traffic - error / source) < 1e-6 * traffic)
        #expect(traffic != report.quality?.nmse)
    }

    /// Clusters are emptied and split over and over: each half is a fit one.
    @Test(arguments: ["pq(3x8)", "pq(3x8, codebooks=f16)", "opq | pq(3x8)", "pq(12x4)", "rq(2x8)"])
    func `fewer rows than codewords, or hardly more, are met by finite codewords`(codec: String) async throws {
        let folder = try TemporaryFolder()
        for rows in [1, 61, 300] {
            for indexer in ["", "hashed(rows=61, probes=2) | "] {
                let path = folder.path(of: "t.emb")
                let source = ArraySource(name: "t", TestTables.values(rows: rows, dim: 12), dim: 12)
                var packer = Packer()
                packer.replacing = true
                let plan = TablePlan(name: "t", source: source, expression: indexer + codec)
                let error = try await packer.pack([plan], to: path).reports[0].quality!.nmse
                #expect(error < (indexer.isEmpty ? 0.1 : 0.9), "\(rows) rows, \(indexer)\(codec): \(error)")
            }
        }
    }

    @Test func `frequencies that do not fit are refused`() async throws {
        let folder = try TemporaryFolder()
        for frequencies: [Float] in [[1, 2], [1, 2, .nan], [1, 2, -1]] {
            await #expect(throws: PackError.self) {
                try await TestTables.pack([1, 2, 3], dim: 1, "f32", in: folder) { $0.frequencies = frequencies }
            }
        }
    }
}
