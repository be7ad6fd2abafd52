internal import EmbCodecs

/// Cores of a tensor train: singular value decompositions, then least squares in turns, both weighted
/// (Formats/indexers/tensorTrain.md, "Packing"). Holds all embeddings.
struct TrainFit: SharedRowsFit {
    let probes: Int
    private let train: TensorTrain
    private let index: any IndexReader
    private let width: Int
    private var addresses: [UInt32] = []
    private var embeddings: [Float] = []
    private var weights: [Float] = []

    init(_ train: TensorTrain, _ index: any IndexReader, width: Int) {
        self.train = train
        self.index = index
        self.width = width
        probes = index.probes
    }

    var idCount: Int { addresses.count / probes }

    mutating func add(_ rows: Span<UInt32>, signs: Span<Float>, _ embedding: Span<Float>, weight: Float) {
        for p in 0..<probes { addresses.append(rows[p]) }
        for j in 0..<width { embeddings.append(embedding[j]) }
        weights.append(weight)
    }

    func solve(_ progress: (Double) -> Void) -> [Float] {
        let shape = TrainShape(train)
        var cores = TrainSVD(shape: shape).cores(embeddings, weights: weights) { progress(0.3 * $0) }
        TrainSweeps(shape, embeddings, weights: weights).improve(&cores) { progress(0.3 + 0.7 * $0) }
        return shape.rows(cores)
    }

    func sample(of rows: [Float]) -> FitSample {
        let count = rows.count / train.rank
        return FitSample(
            values: rows, dim: train.rank, weights: [Float](repeating: 1, count: count),
            positions: (0..<UInt64(count)).map { $0 })
    }

    func combined(_ ids: Range<Int>, _ rows: [Float]) -> [Float] {
        var out: [Float] = []
        var steps = [Float](repeating: 0, count: index.contractScratch)
        var result = [Float](repeating: 0, count: width)
        for id in ids {
            let slices = addresses[id * probes..<(id + 1) * probes].flatMap {
                rows[Int($0) * train.rank..<(Int($0) + 1) * train.rank]
            }
            var stepSpan = steps.mutableSpan
            var resultSpan = result.mutableSpan
            index.contract(slices.span, &stepSpan, into: &resultSpan)
            out += result
        }
        return out
    }
}
