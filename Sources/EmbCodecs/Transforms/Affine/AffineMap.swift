internal import EmbFormat
public import EmbKernels

/// Multiplies rows with a stored matrix and adds a constant (Formats/affine.md): the reader of `pca`, `opq`, `lowrank` and
/// `linear`.
public struct AffineMap: TransformReader {
    public let inputDim: Int
    public let outputDim: Int
    private let matrix: Numbers
    private let constant: Numbers

    /// Numbers of a file, in place, or of a table that is being packed.
    private enum Numbers {
        case column(Column)
        case array([Float])

        /// A copy.
        var all: [Float] {
            switch self {
            case .column(let column): column.floats.indices.map { column.floats[$0] }
            case .array(let numbers): numbers
            }
        }
    }
    private let orthonormality = Orthonormality()

    /// - Parameters:
    ///   - matrix: inputDim x outputDim numbers, `f32` and raw.
    ///   - constant: 1 x outputDim numbers, `f32` and raw.
    public init(_ matrix: Column, constant: Column) {
        inputDim = Int(matrix.shape.rowCount)
        outputDim = Int(matrix.shape.width)
        self.matrix = .column(matrix)
        self.constant = .column(constant)
    }

    /// - Parameters:
    ///   - matrix: inputDim x outputDim numbers.
    ///   - constant: outputDim numbers.
    public init(_ matrix: [Float], constant: [Float]) {
        inputDim = matrix.count / constant.count
        outputDim = constant.count
        self.matrix = .array(matrix)
        self.constant = .array(constant)
    }

    public var isLinear: Bool { true }
    public var hasConstant: Bool { true }

    public func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        apply(input, factors: nil, into: &output, kernels)
    }

    public func apply(
        _ input: Span<Float>, constants: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels
    ) {
        apply(input, factors: constants, into: &output, kernels)
    }

    private func apply(
        _ input: Span<Float>, factors: Span<Float>?, into output: inout MutableSpan<Float>, _ kernels: Kernels
    ) {
        switch (matrix, constant) {
        case (.column(let matrix), .column(let constant)):
            kernels.affine(
                input, matrix: matrix.floats, constant: constant.floats, factors: factors, inputs: inputDim,
                outputs: outputDim, into: &output)
        case (.array(let matrix), .array(let constant)):
            kernels.affine(
                input, matrix: matrix.span, constant: constant.span, factors: factors, inputs: inputDim,
                outputs: outputDim, into: &output)
        default: preconditionFailure("both come from one place")
        }
    }
}

/// Queries (Formats/affine.md, "Pulling queries back").
extension AffineMap {
    public func pullBack(
        _ queries: Span<Float>, _ metric: Metric, into pulled: inout MutableSpan<Float>,
        offsets: inout MutableSpan<Float>, _ kernels: Kernels
    ) -> Bool {
        let (matrix, constant) = (matrix.all, constant.all)
        guard metric != .cosine || constant.allSatisfy({ $0 == 0 }) else { return false }
        guard metric == .dot || orthonormality.holds(matrix, outputDim, kernels) else { return false }
        for q in 0..<queries.count / outputDim {
            let query = (0..<outputDim).map { j in
                metric == .l2 ? queries[q * outputDim + j] - constant[j] : queries[q * outputDim + j]
            }
            let back = (0..<inputDim).map { i in
                query.indices.reduce(Float(0)) { $0.addingProduct(matrix[i * outputDim + $1], query[$1]) }
            }
            for i in back.indices { pulled[q * inputDim + i] = back[i] }
            if metric == .dot { offsets[q] += KernelQueries.dot(constant, query) }
            if metric == .l2, inputDim != outputDim {
                offsets[q] += KernelQueries.dot(query, query) - KernelQueries.dot(back, back)
            }
        }
        return true
    }
}
