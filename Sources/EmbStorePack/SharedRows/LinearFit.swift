internal import EmbCodecs

/// Least squares for tables whose ids share rows: the stored rows W that come nearest to the embeddings X, when an id's
/// embedding is the sum or mean of its rows, or one after the other (Formats/indexers/hashed.md, "Packing").
///
/// X is seen once, row by row. Columns do not depend on each other and are solved 16 at a time, one block of them as a
/// row of `Lanes`. Memory: the rows of every id, the stored rows twice, and five blocks. One thread, so that the result
/// is the same everywhere.
struct LinearFit: SharedRowsFit {
    private typealias Lanes = SIMD16<Float>
    private typealias Sums = SIMD16<Double>

    private static let maxSteps = 30
    /// What remains of the residual's energy, each row's divided by its hits, when a block is solved.
    private static let goal = 1e-10

    let rowCount: Int
    /// Numbers of a stored row, and of the whole that `concat` makes of several.
    let dim: Int
    let probes: Int
    private let concatenates: Bool
    /// What a sum of rows is multiplied by: 1, or 1/k for a mean.
    private let factor: Float
    private let blocks: Int

    /// The rows of the ids seen, `probes` each.
    private(set) var addresses: [UInt32] = []
    /// The signs of those, if they have any, and how much each id counts, unless all count 1.
    private var signs: [Float] = []
    private var weights: [Float] = []
    /// Transposed incidence times X, layout (blocks, rowCount).
    private var target: [Lanes]
    /// How many probes fell on each row, each as often as its id counts.
    private var hits: [Float]

    init(_ index: any IndexReader, rowCount: Int, dim: Int) {
        self.rowCount = rowCount
        self.dim = dim
        probes = index.probes
        concatenates = index.combine == .concat && index.probes > 1
        factor = index.combine == .mean ? 1 / Float(index.probes) : 1
        blocks = (dim + Lanes.scalarCount - 1) / Lanes.scalarCount
        target = [Lanes](repeating: .zero, count: rowCount * blocks)
        hits = [Float](repeating: 0, count: rowCount)
    }

    var idCount: Int { addresses.count / probes }

    /// Bytes that fitting takes at least.
    static func byteCount(_ shape: StoredShape, idCount: UInt64, probes: Int) -> UInt64 {
        let blockBytes = UInt64(MemoryLayout<Lanes>.size)
        let blocks = UInt64((shape.dim + Lanes.scalarCount - 1) / Lanes.scalarCount)
        return idCount * UInt64(probes * MemoryLayout<UInt32>.size) + shape.rowCount * blockBytes * (2 * blocks + 5)
    }

    mutating func add(_ rows: Span<UInt32>, signs: Span<Float>, _ embedding: Span<Float>, weight: Float) {
        if weight != 1 || !weights.isEmpty {
            if weights.isEmpty { weights = [Float](repeating: 1, count: idCount) }
            weights.append(weight)
        }
        for probe in 0..<probes {
            let row = Int(rows[probe])
            addresses.append(rows[probe])
            if !signs.isEmpty { self.signs.append(signs[probe]) }
            hits[row] += weight
            let share = signs.isEmpty ? weight : weight * signs[probe]
            let part = embedding.extracting(droppingFirst: concatenates ? probe * dim : 0).extracting(first: dim)
            for block in 0..<blocks { target[block * rowCount + row] += share * Self.lanes(part, block) }
        }
    }

    /// The numbers of block `block` of a row, 0 beyond its end.
    private static func lanes(_ row: Span<Float>, _ block: Int) -> Lanes {
        var lanes = Lanes.zero
        let start = block * Lanes.scalarCount
        for j in 0..<min(Lanes.scalarCount, row.count - start) { lanes[j] = row[start + j] }
        return lanes
    }

    /// The stored rows.
    ///
    /// - Parameter progress: Told the share that is done, now and then.
    func solve(_ progress: (Double) -> Void) -> [Float] {
        var rows = [Float](repeating: 0, count: rowCount * dim)
        for block in 0..<blocks {
            let start = block * Lanes.scalarCount
            let solved = solve(block) { progress((Double(block) + $0) / Double(blocks)) }
            for row in 0..<rowCount {
                for j in start..<min(start + Lanes.scalarCount, dim) { rows[row * dim + j] = solved[row][j - start] }
            }
        }
        return rows
    }

    /// Solved rows to fit a row codec to, each with the number of probes that fall on it as weight.
    func sample(of rows: [Float]) -> FitSample {
        var draw = SampleDraw(rowCount: UInt64(rowCount), limit: FitSample.rowLimit(dim: dim))
        let taken = (0..<rowCount).filter { _ in draw.takesNext() }
        return FitSample(
            values: taken.flatMap { rows[$0 * dim..<($0 + 1) * dim] }, dim: dim, weights: taken.map { hits[$0] },
            positions: taken.map { UInt64($0) })
    }

    private func solve(_ block: Int, _ progress: (Double) -> Void) -> [Lanes] {
        let target = Array(self.target[block * rowCount..<(block + 1) * rowCount])
        guard probes > 1, !concatenates else {
            // Every probe stands alone: a row is the mean of what falls on it.
            return zip(target, hits).map { $1 > 0 ? $0 / $1 : .zero }
        }
        return conjugateGradients(target, progress).map { $0 / factor }
    }

    /// The embedding, as far as the transforms, of each of ids `ids` (counted as added) when `rows` are what is stored.
    func combined(_ ids: Range<Int>, _ rows: [Float]) -> [Float] {
        let parts = concatenates ? probes : 1
        var out = [Float](repeating: 0, count: ids.count * parts * dim)
        for (place, id) in ids.enumerated() {
            for probe in 0..<probes {
                let from = Int(addresses[id * probes + probe]) * dim
                let to = (place * parts + probe % parts) * dim
                let share = factor * sign(id * probes + probe)
                for j in 0..<dim { out[to + j] += share * rows[from + j] }
            }
        }
        return out
    }
}

// Normal equations: incidence, transposed, times incidence, times V is the target. W is V over the factor.
extension LinearFit {
    /// Conjugate gradients from zero, preconditioned by the hits of each row, each column with its own step length.
    private func conjugateGradients(_ target: [Lanes], _ progress: (Double) -> Void) -> [Lanes] {
        let weights = hits.map { $0 == 0 ? 0 : 1 / $0 }
        var solution = [Lanes](repeating: .zero, count: rowCount)
        var residual = target
        var direction = zip(target, weights).map { $0 * $1 }
        var energy = Sums.zero
        for row in 0..<rowCount { energy += Sums(residual[row]) * Sums(direction[row]) }
        let goal = energy * Self.goal
        for step in 0..<Self.maxSteps where any(energy .> goal) {
            progress(Double(step) / Double(Self.maxSteps))
            let (image, curvature) = normal(direction)
            let length = Self.ratio(energy, curvature)
            var next = Sums.zero
            for row in 0..<rowCount {
                solution[row] += length * direction[row]
                residual[row] -= length * image[row]
                next += Sums(residual[row]) * Sums(residual[row] * weights[row])
            }
            let turn = Self.ratio(next, energy)
            for row in 0..<rowCount { direction[row] = residual[row] * weights[row] + turn * direction[row] }
            energy = next
        }
        return solution
    }

    /// Transposed incidence times incidence times `rows`, and the product of `rows` with that.
    private func normal(_ rows: [Lanes]) -> (image: [Lanes], curvature: Sums) {
        var image = [Lanes](repeating: .zero, count: rowCount)
        var curvature = Sums.zero
        for id in stride(from: 0, to: addresses.count, by: probes) {
            var sum = Lanes.zero
            for place in id..<id + probes { sum += sign(place) * rows[Int(addresses[place])] }
            let weighted = weights.isEmpty ? sum : weights[id / probes] * sum
            for place in id..<id + probes { image[Int(addresses[place])] += sign(place) * weighted }
            curvature += Sums(sum) * Sums(weighted)
        }
        return (image, curvature)
    }

    private func sign(_ place: Int) -> Float { signs.isEmpty ? 1 : signs[place] }

    /// a / b per column, 0 where b is 0.
    private static func ratio(_ a: Sums, _ b: Sums) -> Lanes {
        Lanes((a / b).replacing(with: 0, where: b .<= 0))
    }
}
