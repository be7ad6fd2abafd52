internal import EmbCodecs

/// Cores of a tensor train of two or three: the outer ones are the principal axes of the embeddings seen from either end, what is
/// between them follows (Formats/indexers/tensorTrain.md, "Packing"). Holds all embeddings; counts every id alike.
struct TrainFit: SharedRowsFit {
    let probes: Int
    private let train: TensorTrain
    private let index: any IndexReader
    private let width: Int
    private var addresses: [UInt32] = []
    private var embeddings: [Float] = []

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
    }

    private var cores: Int { train.rows.count }
    private func slices(_ k: Int) -> Int { Int(train.rows[k]) }
    private func dims(_ k: Int) -> Int { Int(train.dims[k]) }

    func solve(_ progress: (Double) -> Void) -> [Float] {
        let first = axes(0)
        progress(0.4)
        let rank = train.rank
        guard cores > 2 else {
            // The last core is what the first leaves: number s of slice i, dim c.
            var last = [Float](repeating: 0, count: slices(1) * dims(1) * rank)
            each { id, digits, j, parts in
                let row = (digits[0] * dims(0) + parts[0]) * rank
                let to = (digits[1] * dims(1) + parts[1]) * rank
                for s in 0..<rank { last[to + s] += first[row + s] * embeddings[id * width + j] }
            }
            return first + last
        }
        let last = axes(2)
        progress(0.8)
        var middle = [Float](repeating: 0, count: slices(1) * rank * dims(1) * rank)
        each { id, digits, j, parts in
            let x = embeddings[id * width + j]
            let (left, right) = ((digits[0] * dims(0) + parts[0]) * rank, (digits[2] * dims(2) + parts[2]) * rank)
            for r in 0..<rank {
                let to = ((digits[1] * rank + r) * dims(1) + parts[1]) * rank
                let factor = x * first[left + r]
                for s in 0..<rank { middle[to + s] += factor * last[right + s] }
            }
        }
        return first + middle + last
    }

    /// Every number of every embedding with the digits of its id and the parts of its place.
    private func each(_ body: (Int, [Int], Int, [Int]) -> Void) {
        for id in 0..<idCount {
            let digits = split(id, (0..<cores).map(slices))
            for j in 0..<width {
                let parts = split(j, (0..<cores).reversed().map(dims)).reversed()
                body(id, digits, j, Array(parts))
            }
        }
    }

    /// Digits of a number, the least significant first.
    private func split(_ number: Int, _ bases: [Int]) -> [Int] {
        var left = number
        return bases.enumerated().map { k, base in
            defer { left /= base }
            return k == bases.count - 1 ? left : left % base
        }
    }

    /// Of core `k`, the first or the last: for each slice and dim, its numbers on the `rank` strongest axes.
    private func axes(_ k: Int) -> [Float] {
        let count = slices(k) * dims(k)
        // Embeddings with all digits and parts but those of core k alike are one column.
        let others = (0..<cores).filter { $0 != k }
        let columnCount = others.reduce(1) { $0 * slices($1) * dims($1) }
        var columns = [[(row: Int, value: Float)]](repeating: [], count: columnCount)
        each { id, digits, j, parts in
            let column = others.reduce(0) { ($0 * slices($1) + digits[$1]) * dims($1) + parts[$1] }
            columns[column].append((digits[k] * dims(k) + parts[k], embeddings[id * width + j]))
        }
        var products = [Double](repeating: 0, count: count * count)
        for column in columns {
            for a in column {
                for b in column { products[a.row * count + b.row] += Double(a.value) * Double(b.value) }
            }
        }
        let vectors = PrincipalAxes.eigenvectors(products, dim: count).1
        var core = [Float](repeating: 0, count: count * train.rank)
        for r in 0..<min(train.rank, count) {
            for row in 0..<count { core[row * train.rank + r] = vectors[r * count + row] }
        }
        return core
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
