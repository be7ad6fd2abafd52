internal import EmbKernels

/// Weighted least squares of embeddings from other numbers, with a constant (Formats/transforms/linear.md, "Packing").
enum LeastSquares {
    /// Rows whose products are summed in binary32; these sums are added in binary64.
    private static let chunk = 128
    private static let partChunks = 16

    /// - Parameters:
    ///   - codes: Rows of `width` numbers.
    ///   - sample: As many embeddings.
    /// - Returns: width x dim numbers, and dim.
    static func fit(
        _ codes: [Float], width: Int, _ sample: FitSample, threads: Int, _ kernels: Kernels
    ) -> (matrix: [Float], constant: [Float]) {
        let embeddings = sample.mean
        var decoded = FitSample(values: codes, dim: width, weights: sample.weights, positions: sample.positions)
        let mean = decoded.mean
        decoded.values = decoded.centred(mean)
        let centred = sample.centred(embeddings)
        var square = products(decoded.values, width, decoded.values, width, sample.weights, threads, kernels)
        let sides = products(decoded.values, width, centred, sample.dim, sample.weights, threads, kernels)
        let diagonal = (0..<width).reduce(0.0) { $0 + square[$1 * width + $1] } / Double(width)
        for i in 0..<width { square[i * width + i] += diagonal > 0 ? diagonal * 0x1p-20 : 1 }
        let matrix = Cholesky(square, width: width).solve(sides, columns: sample.dim).map { Float($0) }
        var constant = embeddings.map { Double($0) }
        for i in 0..<width {
            for j in 0..<sample.dim { constant[j] -= Double(mean[i]) * Double(matrix[i * sample.dim + j]) }
        }
        return (matrix, constant.map { Float($0) })
    }

    /// The sum over rows of weight * (row of `a`) transposed (row of `b`): widthA x widthB numbers.
    private static func products(
        _ a: [Float], _ widthA: Int, _ b: [Float], _ widthB: Int, _ weights: [Float], _ threads: Int,
        _ kernels: Kernels
    ) -> [Double] {
        let part = chunk * partChunks
        let parts = Parallel.map((weights.count + part - 1) / part, threads: threads) { number in
            var total = [Double](repeating: 0, count: widthA * widthB)
            for first in stride(from: number * part, to: min((number + 1) * part, weights.count), by: chunk) {
                let rows = first..<min(first + chunk, weights.count)
                var transposed = [Float](repeating: 0, count: rows.count * widthA)
                for (i, row) in rows.enumerated() {
                    for j in 0..<widthA { transposed[j * rows.count + i] = weights[row] * a[row * widthA + j] }
                }
                var sums = [Float](repeating: 0, count: widthA * widthB)
                var span = sums.mutableSpan
                kernels.affine(
                    transposed.span,
                    matrix: b.span.extracting(rows.lowerBound * widthB..<rows.upperBound * widthB), constant: Span(),
                    factors: nil, inputs: rows.count, outputs: widthB, into: &span)
                for i in sums.indices { total[i] += Double(sums[i]) }
            }
            return total
        }
        var total = [Double](repeating: 0, count: widthA * widthB)
        for part in parts { for i in total.indices { total[i] += part[i] } }
        return total
    }
}

/// The factor of a symmetric matrix whose eigenvalues are positive: L with L times L transposed.
struct Cholesky {
    private let width: Int
    /// Its lower half.
    private var lower: [Double]

    init(_ matrix: [Double], width: Int) {
        self.width = width
        lower = matrix
        for i in 0..<width {
            for k in 0...i {
                var sum = lower[i * width + k]
                for j in 0..<k { sum -= lower[i * width + j] * lower[k * width + j] }
                lower[i * width + k] =
                    i == k ? max(sum, .leastNormalMagnitude).squareRoot() : sum / lower[k * width + k]
            }
        }
    }

    /// X with (L times L transposed) X = `sides`, both of `width` rows.
    func solve(_ sides: [Double], columns: Int) -> [Double] {
        var x = sides
        for i in 0..<width {
            for k in 0..<i { subtract(lower[i * width + k], row: k, from: i, &x, columns) }
            for j in 0..<columns { x[i * columns + j] /= lower[i * width + i] }
        }
        for i in (0..<width).reversed() {
            for k in i + 1..<width { subtract(lower[k * width + i], row: k, from: i, &x, columns) }
            for j in 0..<columns { x[i * columns + j] /= lower[i * width + i] }
        }
        return x
    }

    private func subtract(_ times: Double, row: Int, from target: Int, _ x: inout [Double], _ columns: Int) {
        for j in 0..<columns { x[target * columns + j] -= times * x[row * columns + j] }
    }
}
