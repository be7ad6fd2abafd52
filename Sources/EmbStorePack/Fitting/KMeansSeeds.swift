internal import EmbCodecs

extension KMeans {
    /// Points that first codewords are drawn from, per codeword.
    private static let seedPoints = 24

    /// The first codewords but for those that are given: k-means++ over some of the points.
    func seeds(after first: [Float]) -> [Float] {
        let step = max(1, weights.count / (Self.seedPoints * codewords))
        let drawn = Array(stride(from: 0, to: weights.count, by: step))
        var near = PointDistances(self, drawn)
        for k in 0..<first.count / width { near.approach(first[k * width..<(k + 1) * width]) }
        var seeds: [Float] = []
        var state: UInt64 = 0
        for _ in first.count / width..<codewords {
            state &+= 1
            let point = drawn[near.point(at: Double(KeyHash.mix(state) >> 11) * 0x1p-53)]
            let seed = points[point * width..<(point + 1) * width]
            seeds += seed
            near.approach(seed)
        }
        return seeds
    }
}

/// Squared distances of points to the nearest of some codewords. Points stand sixteen side by side.
private struct PointDistances {
    private let count: Int
    private let width: Int
    /// `width` vectors for sixteen points.
    private var columns: [SIMD16<Float>]
    /// What is beyond the last point has no weight.
    private var weights: [SIMD16<Float>]
    private var distances: [SIMD16<Float>]
    /// Weighted distances of sixteen points.
    private var masses: [Float]
    private var begun = false

    init(_ means: KMeans, _ drawn: [Int]) {
        (count, width) = (drawn.count, means.width)
        let blocks = (drawn.count + 15) / 16
        columns = [SIMD16<Float>](repeating: .zero, count: blocks * means.width)
        weights = [SIMD16<Float>](repeating: .zero, count: blocks)
        distances = [SIMD16<Float>](repeating: .one, count: blocks)
        for (i, point) in drawn.enumerated() {
            for t in 0..<width { columns[i / 16 * width + t][i % 16] = means.points[point * width + t] }
            weights[i / 16][i % 16] = means.weights[point]
        }
        masses = weights.map { $0.sum() }  // without codewords weights alone count
    }

    /// Another codeword.
    mutating func approach(_ codeword: ArraySlice<Float>) {
        let codeword = Array(codeword)
        for block in distances.indices {
            var distance = SIMD16<Float>.zero
            for t in 0..<width {
                let difference = columns[block * width + t] - codeword[t]
                distance += difference * difference
            }
            let nearer = distances[block].replacing(with: distance, where: distance .< distances[block])
            distances[block] = begun ? nearer : distance
            masses[block] = (weights[block] * distances[block]).sum()
        }
        begun = true
    }

    /// The point at `share` of all weighted distances.
    func point(at share: Double) -> Int {
        let total = masses.reduce(0) { $0 + Double($1) }
        guard total > 0, total.isFinite else { return Int(share * Double(count)) }
        var left = share * total
        for block in masses.indices {
            if left < Double(masses[block]) { return point(in: block, left) }
            left -= Double(masses[block])
        }
        return count - 1
    }

    private func point(in block: Int, _ mass: Double) -> Int {
        var left = Float(mass)
        let masses = weights[block] * distances[block]
        for lane in 0..<16 {
            left -= masses[lane]
            if left < 0 { return block * 16 + lane }
        }
        return min(block * 16 + 15, count - 1)
    }
}
