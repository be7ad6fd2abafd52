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
    }

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
