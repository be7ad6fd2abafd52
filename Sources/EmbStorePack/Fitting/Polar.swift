internal import EmbKernels

/// Products of binary32 matrices, rows one after the other. The same numbers at any number of threads.
struct MatrixProducts {
    let threads: Int
    let kernels: Kernels
    /// Rows that one thread takes at a time.
    private static let band = 128

    /// Rows of `inputs` numbers times a matrix of `inputs` x `outputs`.
    func product(_ rows: [Float], _ matrix: [Float], inputs: Int, outputs: Int) -> [Float] {
        let count = rows.count / inputs
        let bands = Parallel.map((count + Self.band - 1) / Self.band, threads: threads) { number in
            let band = number * Self.band..<min(count, (number + 1) * Self.band)
            var part = [Float](repeating: 0, count: band.count * outputs)
            var span = part.mutableSpan
            kernels.affine(
                rows.span.extracting(band.lowerBound * inputs..<band.upperBound * inputs), matrix: matrix.span,
                constant: Span(), factors: nil, inputs: inputs, outputs: outputs, into: &span)
            return part
        }
        var product: [Float] = []
        product.reserveCapacity(count * outputs)
        for band in bands { product += band }
        return product
    }

    /// A square matrix with rows and columns exchanged.
    static func transposed(_ matrix: [Float], dim: Int) -> [Float] {
        var transposed = [Float](repeating: 0, count: dim * dim)
        for i in 0..<dim { for j in 0..<dim { transposed[j * dim + i] = matrix[i * dim + j] } }
        return transposed
    }
}

/// The orthogonal matrix nearest to a square one, its polar factor, by Newton-Schulz iterations: products of matrices only.
struct PolarFactor {
    let dim: Int
    let products: MatrixProducts

    /// Singular values are taken for at least this share of a bound of the largest one.
    private static let least: Float = 0x1p-18
    private static let rounds = 60
    /// How far from orthogonal the result is at most, in any number of the product with its transpose.
    private static let tolerance: Float = 0x1p-17

    /// The polar factor of `matrix` + e·1, where e is the least singular value that is told from none: directions in which the
    /// matrix says nothing stay as they are. Nil if that is not found, or a number is not finite.
    func of(_ matrix: [Double]) -> [Float]? {
        let bound = norm(matrix)
        guard bound > 0, bound.isFinite else { return nil }
        var x = matrix.map { Float($0 / bound) }
        for i in 0..<dim { x[i * dim + i] += Self.least }
        var least = Self.least
        for _ in 0..<Self.rounds {
            let square = products.product(MatrixProducts.transposed(x, dim: dim), x, inputs: dim, outputs: dim)
            if deviation(square) <= Self.tolerance { return x }
            // With singular values from `least` to 1 this widens the small ones most (scaled Newton-Schulz).
            let scale = least < 0.99 ? (3 / (1 + least + least * least)).squareRoot() : 1
            x = step(x, square, scale)
            least = min(1, 0.5 * scale * least * (3 - scale * scale * least * least))
        }
        return nil
    }

    /// A matrix that is orthogonal up to rounding, without most of that.
    func polished(_ matrix: [Float]) -> [Float] {
        let transposed = MatrixProducts.transposed(matrix, dim: dim)
        return step(matrix, products.product(transposed, matrix, inputs: dim, outputs: dim), 1)
    }

    /// x · (1.5 scale - 0.5 scale³ xᵀx)
    private func step(_ x: [Float], _ square: [Float], _ scale: Float) -> [Float] {
        let factor = -0.5 * scale * scale * scale
        var change = square.map { factor * $0 }
        for i in 0..<dim { change[i * dim + i] += 1.5 * scale }
        return products.product(x, change, inputs: dim, outputs: dim)
    }

    /// Not below the largest singular value: the root of the largest sum of a row times that of a column.
    private func norm(_ matrix: [Double]) -> Double {
        var (rows, columns) = ([Double](repeating: 0, count: dim), [Double](repeating: 0, count: dim))
        for i in 0..<dim {
            for j in 0..<dim {
                let size = abs(matrix[i * dim + j])
                rows[i] += size
                columns[j] += size
            }
        }
        return (rows.max()! * columns.max()!).squareRoot()
    }

    private func deviation(_ square: [Float]) -> Float {
        var largest: Float = 0
        for i in 0..<dim {
            for j in 0..<dim {
                let off = abs(square[i * dim + j] - (i == j ? 1 : 0))
                largest = off <= largest ? largest : off  // NaN is too far
            }
        }
        return largest
    }
}
