import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Foundation
import Testing

/// Exported indexes against those that faiss wrote of the same rows (Tests/Fixtures/faiss).
@Suite struct FaissExportTests {
    private static let rows: [Float] = (0..<24).map { (i: Int) -> Float in
        let number: Int = (7 * (i / 4) + 3 * (i % 4)) % 11 - 5
        return Float(number) / 4
    }

    private func fixture(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/faiss")
        return [UInt8](try Data(contentsOf: folder.appending(path: name + ".faiss")))
    }

    private func export(_ table: EmbeddingTable, _ metric: Metric) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let export = try FaissExport(table, metric: metric)
        try export.write(to: { (piece) throws(Never) in bytes += [UInt8](piece) })
        return bytes
    }

    private func pack(
        _ expression: String, _ folder: TemporaryFolder, keys: ArraySource.Keys = .none, _ parameters: [ColumnData] = []
    ) async throws -> EmbeddingTable {
        try await TestTables.pack(Self.rows, dim: 4, expression, keys: keys, in: folder) { plan in
            plan.parameters = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
        }
    }

    @Test func `floats become IndexFlat`() async throws {
        let table = try await pack("f32", try TemporaryFolder())
        #expect(try export(table, .l2) == fixture("flat-l2"))
    }

    @Test func `halves and keys become IndexScalarQuantizer and IndexIDMap`() async throws {
        let keys: ArraySource.Keys = .integers((0..<6).map { 100 + 3 * $0 })
        let table = try await pack("keyed | f16", try TemporaryFolder(), keys: keys)
        #expect(try export(table, .dot) == fixture("ids-f16-dot"))
    }

    @Test(arguments: ["pq(2x4)", "pq(2x4, layout=fastscan)", "pq(2x4, codebooks=f16)"])
    func `codes become IndexPQ`(_ expression: String) async throws {
        var codewords: [Float] = []
        for m in 0..<2 {
            for k in 0..<16 {
                codewords.append(Float(k - 8 + m) / 4)
                codewords.append(Float((m == 0 ? 5 : 3) * k % 16 - 8) / 4)
            }
        }
        let codebooks = ColumnData("pq.codebooks", ColumnShape(.f32, rows: 64), floats: codewords)
        let table = try await pack(expression, try TemporaryFolder(), [codebooks])
        #expect(try export(table, .l2) == fixture("pq-l2"))
    }

    @Test func `transforms become IndexPreTransform where they keep distances`() async throws {
        let matrix: [Float] = [0, 1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0, 0, 1]
        let parameters = [
            ColumnData("pca.matrix", ColumnShape(.f32, rows: 4, width: 4), floats: matrix),
            ColumnData("pca.mean", ColumnShape(.f32, rows: 1, width: 4), floats: [1, 2, 3, 4]),
        ]
        let table = try await pack("pca | f16", try TemporaryFolder(), parameters)
        #expect(try export(table, .l2) == fixture("turned-f16-l2"))
        // The mean would shift inner products: those need the rows themselves.
        #expect(try FaissExport(table, metric: .dot).name == "IndexFlat")
        let twice = [parameters[1], ColumnData("pca.matrix", parameters[0].shape, floats: matrix.map { 2 * $0 })]
        let stretched = try await pack("pca | f16", try TemporaryFolder(), twice)
        #expect(try FaissExport(stretched, metric: .l2).name == "IndexFlat")
    }

    @Test func `what cannot be listed cannot be exported`() async throws {
        let table = try await pack("hashed(rows=3) | f16", try TemporaryFolder())
        #expect(throws: LookupError.notSearchable(table: "t")) { try FaissExport(table, metric: .l2) }
    }
}
