internal import CLAPACK
internal import EmbKernels

/// Mean and principal axes of weighted rows.
struct PrincipalAxes {
    let mean: [Float]
    /// In descending order, and the axis of each: rows of dim numbers.
    let eigenvalues: [Double]
    let axes: [Float]

    init(_ sample: FitSample, threads: Int, _ kernels: Kernels) {
        mean = sample.mean
        let covariance = Covariance.of(sample, mean: mean, threads: threads, kernels)
        (eigenvalues, axes) = Self.eigenvectors(covariance, dim: sample.dim)
    }

    /// Eigenvalues in descending order with unit eigenvectors, their largest number positive.
    static func eigenvectors(_ matrix: [Double], dim: Int) -> ([Double], [Float]) {
        var vectors = matrix
        var values = [Double](repeating: 0, count: dim)
        let n = Int32(dim)
        let failed = unsafe LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 86 /* V */, 85 /* U */, n, &vectors, n, &values)
        precondition(failed == 0, "eigenvalues of a finite symmetric matrix converge")
        var axes: [Float] = []
        for k in (0..<dim).reversed() {  // ascending, in columns
            let axis = (0..<dim).map { vectors[$0 * dim + k] }
            let largest = axis.indices.max { (abs(axis[$0]), -$0) < (abs(axis[$1]), -$1) }!
            let sign: Double = axis[largest] < 0 ? -1 : 1
            axes += axis.map { Float($0 * sign) }
        }
        return (values.reversed(), axes)
    }
}

extension FitSample {
    /// The weighted mean row; zeros of a sample without rows or weights.
    var mean: [Float] {
        var sums = [Double](repeating: 0, count: dim)
        var total = 0.0
        for row in 0..<count {
            let weight = Double(weights[row])
            total += weight
            for j in 0..<dim { sums[j] += weight * Double(values[row * dim + j]) }
        }
        return sums.map { total > 0 ? Float($0 / total) : 0 }
    }
}

/// Sums of products of columns.
enum Covariance {
    /// Rows whose products are summed in binary32; these sums are added in binary64.
    private static let chunk = 128
    /// Chunks in a part that one thread takes.
    private static let partChunks = 32

    /// dim x dim numbers: the weighted sum of products of columns, the mean taken off.
    static func of(_ sample: FitSample, mean: [Float], threads: Int, _ kernels: Kernels) -> [Double] {
        let centred = sample.centred(mean)
        return products(centred, centred, sample.weights, dim: sample.dim, threads: threads, kernels)
    }

    /// Sum over rows of weight * (row of `a`) (row of `b`) transposed.
    static func products(
        _ a: [Float], _ b: [Float], _ weights: [Float], dim: Int, threads: Int, _ kernels: Kernels
    ) -> [Double] {
        let part = chunk * partChunks
        let parts = Parallel.map((weights.count + part - 1) / part, threads: threads) { number in
            var total = [Double](repeating: 0, count: dim * dim)
            for first in stride(from: number * part, to: min((number + 1) * part, weights.count), by: chunk) {
                let rows = first..<min(first + chunk, weights.count)
                add(a, b, weights, rows, dim: dim, to: &total, kernels)
            }
            return total
        }
        var total = [Double](repeating: 0, count: dim * dim)
        for part in parts { for i in total.indices { total[i] += part[i] } }
        return total
    }

    private static func add(
        _ a: [Float], _ b: [Float], _ weights: [Float], _ rows: Range<Int>, dim: Int, to total: inout [Double],
        _ kernels: Kernels
    ) {
        var transposed = [Float](repeating: 0, count: rows.count * dim)
        for (i, row) in rows.enumerated() {
            for j in 0..<dim { transposed[j * rows.count + i] = weights[row] * a[row * dim + j] }
        }
        var sums = [Float](repeating: 0, count: dim * dim)
        var span = sums.mutableSpan
        kernels.affine(
            transposed.span, matrix: b.span.extracting(rows.lowerBound * dim..<rows.upperBound * dim),
            constant: Span(), factors: nil, inputs: rows.count, outputs: dim, into: &span)
        for i in sums.indices { total[i] += Double(sums[i]) }
    }
}

extension FitSample {
    func centred(_ mean: [Float]) -> [Float] {
        var values = self.values
        for row in 0..<count { for j in 0..<dim { values[row * dim + j] -= mean[j] } }
        return values
    }
}
