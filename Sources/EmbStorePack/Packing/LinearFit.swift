internal import EmbCodecs

/// Least squares for tables whose ids share rows: the stored rows W that come nearest to the embeddings X, when an id's
/// embedding is a weighted sum of its rows (Formats/indexers/hashed.md, "Packing").
///
/// X is seen once, row by row. Memory: the rows of every id, and four times the stored rows. One thread, so that the
/// result is the same everywhere.
struct LinearFit {
    private static let maxSteps = 30
    private static let goal = 1e-12

    let rowCount: Int
    /// Numbers of a stored row, and of the whole that `concat` makes of several.
    let dim: Int
    let probes: Int
    let concatenates: Bool
    /// What each row is multiplied by: 1, or 1/k for a mean.
    let factor: Float

    /// The rows of the ids seen, `probes` each.
    private(set) var addresses: [UInt32] = []
    /// Transposed incidence times X.
    private var target: [Float]
    /// How many probes fell on each row.
    private var hits: [UInt32]

    init(_ index: any IndexReader, rowCount: Int, dim: Int) {
        self.rowCount = rowCount
        self.dim = dim
        probes = index.probes
        concatenates = index.combine == .concat && index.probes > 1
        factor = index.combine == .mean ? 1 / Float(index.probes) : 1
        target = [Float](repeating: 0, count: rowCount * dim)
        hits = [UInt32](repeating: 0, count: rowCount)
    }

    /// Shows the next id: its rows and its embedding.
    mutating func add(_ rows: ArraySlice<UInt32>, _ embedding: ArraySlice<Float>) {
        addresses.append(contentsOf: rows)
        for (probe, row) in rows.enumerated() {
            hits[Int(row)] += 1
            let part = embedding.startIndex + (concatenates ? probe * dim : 0)
            for j in 0..<dim { target[Int(row) * dim + j] += factor * embedding[part + j] }
        }
    }

    /// The stored rows.
    func solve() -> [Float] {
        concatenates || probes == 1 ? means() : conjugateGradients()
    }

    /// Every probe stands alone: a row is the mean of what falls on it.
    private func means() -> [Float] {
        var rows = target
        for row in 0..<rowCount where hits[row] > 1 {
            for j in 0..<dim { rows[row * dim + j] /= Float(hits[row]) }
        }
        return rows
    }

    /// The normal equations, all columns at once, each with its own step length.
    private func conjugateGradients() -> [Float] {
        var solution = [Float](repeating: 0, count: target.count)
        var residual = target
        var direction = target
        var energy = columnSums(residual, residual)
        let start = energy
        for _ in 0..<Self.maxSteps where zip(energy, start).contains(where: { $0 > Self.goal * $1 }) {
            let image = normal(direction)
            let curvature = columnSums(direction, image)
            let steps = zip(energy, curvature).map { $1 > 0 ? Float($0 / $1) : 0 }
            add(direction, times: steps, to: &solution)
            add(image, times: steps.map { -$0 }, to: &residual)
            let next = columnSums(residual, residual)
            let turns = zip(next, energy).map { $1 > 0 ? Float($0 / $1) : 0 }
            for row in stride(from: 0, to: direction.count, by: dim) {
                for j in 0..<dim { direction[row + j] = residual[row + j] + turns[j] * direction[row + j] }
            }
            energy = next
        }
        return solution
    }

    /// Transposed incidence times incidence times `rows`.
    private func normal(_ rows: [Float]) -> [Float] {
        var image = [Float](repeating: 0, count: rows.count)
        var sum = [Float](repeating: 0, count: dim)
        for id in stride(from: 0, to: addresses.count, by: probes) {
            for j in 0..<dim { sum[j] = 0 }
            for row in addresses[id..<id + probes] {
                for j in 0..<dim { sum[j] += rows[Int(row) * dim + j] }
            }
            for row in addresses[id..<id + probes] {
                for j in 0..<dim { image[Int(row) * dim + j] += factor * factor * sum[j] }
            }
        }
        return image
    }

    private func columnSums(_ a: [Float], _ b: [Float]) -> [Double] {
        var sums = [Double](repeating: 0, count: dim)
        for row in stride(from: 0, to: a.count, by: dim) {
            for j in 0..<dim { sums[j] += Double(a[row + j]) * Double(b[row + j]) }
        }
        return sums
    }

    private func add(_ rows: [Float], times steps: [Float], to sum: inout [Float]) {
        for row in stride(from: 0, to: rows.count, by: dim) {
            for j in 0..<dim { sum[row + j] += steps[j] * rows[row + j] }
        }
    }

    /// The combined row of id `id` (counted as added) when `rows` are what is stored.
    func combined(_ id: Int, _ rows: [Float]) -> [Float] {
        let mine = addresses[id * probes..<(id + 1) * probes]
        if concatenates { return mine.flatMap { rows[Int($0) * dim..<(Int($0) + 1) * dim] } }
        var sum = [Float](repeating: 0, count: dim)
        for row in mine {
            for j in 0..<dim { sum[j] += factor * rows[Int(row) * dim + j] }
        }
        return sum
    }
}
