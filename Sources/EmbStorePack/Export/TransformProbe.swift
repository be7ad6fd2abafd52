internal import EmbCodecs
internal import EmbKernels

/// Finds the matrix of a chain of transforms by showing them unit vectors.
enum TransformProbe {
    /// How far from orthonormal the columns of a map may be for lengths and distances to carry over.
    private static let tolerance: Float = 1e-3
    /// Numbers in a matrix at most: 256 MiB.
    private static let largest = 1 << 26

    /// The map from embeddings to stored rows, the transpose of what `transforms` do, and whether it is free of constants; nil
    /// if they do not keep distances.
    ///
    /// - Parameter transforms: Outermost first; at least one.
    static func inverse(of transforms: [any TransformReader]) -> FaissFile.Map? {
        guard let outer = transforms.first, let inner = transforms.last, transforms.allSatisfy(\.isLinear) else {
            return nil
        }
        let (inputs, outputs) = (outer.outputDim, inner.inputDim)
        guard outputs * max(inputs, outputs) <= largest else { return nil }
        var units = [Float](repeating: 0, count: (outputs + 1) * outputs)  // the last row: zeros
        for i in 0..<outputs { units[i * outputs + i] = 1 }
        for transform in transforms.reversed() {
            var images = [Float](repeating: 0, count: (outputs + 1) * transform.outputDim)
            var span = images.mutableSpan
            transform.apply(units.span, into: &span, .best)
            units = images
        }
        let mean = Array(units[outputs * inputs..<(outputs + 1) * inputs])
        var matrix = Array(units[..<(outputs * inputs)])
        for i in matrix.indices { matrix[i] -= mean[i % inputs] }
        guard isOrthonormal(matrix, rows: outputs, inputs) else { return nil }
        let constant = (0..<outputs).map { i in
            -KernelQueries.dot(matrix[i * inputs..<(i + 1) * inputs], mean)
        }
        return FaissFile.Map(inputs: inputs, outputs: outputs, matrix: matrix, constant: constant)
    }

    private static func isOrthonormal(_ matrix: [Float], rows: Int, _ width: Int) -> Bool {
        for i in 0..<rows {
            let row = Array(matrix[i * width..<(i + 1) * width])
            let queries = KernelQueries(row.span, dim: width)
            guard abs(queries.square(0) - 1) <= tolerance else { return false }
        }
        let all = matrix + [Float](repeating: 0, count: StoredRows.slack / 4)
        let queries = KernelQueries(matrix.span, dim: width)
        var products = [Float](repeating: 0, count: rows * rows)
        var span = products.mutableSpan
        let bytes = width * MemoryLayout<Float>.size
        let stored = unsafe StoredRows(
            all.span.bytes, rowCount: rows, stride: bytes, dim: width, format: RowFormat(.f32))
        Kernels.best.score(stored, 0..<rows, queries, 0..<rows, .dot, into: &span, outStride: rows)
        for i in 0..<rows { for j in 0..<i where abs(products[i * rows + j]) > tolerance { return false } }
        return true
    }
}
