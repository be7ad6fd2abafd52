internal import EmbCodecs

/// Rows whose product is the embedding (Formats/indexers/qr.md, "Packing"): alternating least squares, each number on its own.
/// Holds all embeddings.
struct ProductFit: SharedRowsFit {
    private static let sweeps = 10

    let probes: Int
    private let rowCount: Int
    private let dim: Int
    private var addresses: [UInt32] = []
    private var embeddings: [Float] = []
    private var weights: [Float] = []

    init(_ index: any IndexReader, rowCount: Int, dim: Int) {
        probes = index.probes
        self.rowCount = rowCount
        self.dim = dim
    }

    var idCount: Int { weights.count }

    mutating func add(_ rows: Span<UInt32>, signs: Span<Float>, _ embedding: Span<Float>, weight: Float) {
        for p in 0..<probes { addresses.append(rows[p]) }
        for j in 0..<dim { embeddings.append(embedding[j]) }
        weights.append(weight)
    }

    func solve(_ progress: (Double) -> Void) -> [Float] {
        var rows = [Float](repeating: 1, count: rowCount * dim)
        for sweep in 0..<Self.sweeps {
            for p in 0..<probes {
                progress(Double(sweep * probes + p) / Double(Self.sweeps * probes))
                improve(p, &rows)
            }
        }
        return rows
    }

    /// The best rows of probe `p`, those of the other probes given.
    private func improve(_ p: Int, _ rows: inout [Float]) {
        var products = [Double](repeating: 0, count: rows.count)
        var squares = products
        for id in 0..<idCount {
            let weight = Double(weights[id])
            let row = Int(addresses[id * probes + p]) * dim
            for j in 0..<dim {
                var other = 1.0
                for q in 0..<probes where q != p { other *= Double(rows[Int(addresses[id * probes + q]) * dim + j]) }
                products[row + j] += weight * other * Double(embeddings[id * dim + j])
                squares[row + j] += weight * other * other
            }
        }
        for i in 0..<rows.count where squares[i] > 0 { rows[i] = Float(products[i] / squares[i]) }
    }

    func sample(of rows: [Float]) -> FitSample {
        FitSample(
            values: rows, dim: dim, weights: [Float](repeating: 1, count: rowCount),
            positions: (0..<UInt64(rowCount)).map { $0 })
    }

    func combined(_ ids: Range<Int>, _ rows: [Float]) -> [Float] {
        var out = [Float](repeating: 1, count: ids.count * dim)
        for (place, id) in ids.enumerated() {
            for p in 0..<probes {
                let row = Int(addresses[id * probes + p]) * dim
                for j in 0..<dim { out[place * dim + j] *= rows[row + j] }
            }
        }
        return out
    }
}
