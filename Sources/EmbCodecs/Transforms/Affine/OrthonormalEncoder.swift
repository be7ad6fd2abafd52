public import EmbFormat
public import EmbKernels

/// The way from embeddings to the coefficients of orthonormal rows (Formats/affine.md, "Orthonormal maps"): the encoder of
/// `pca`, `opq` and `lowrank`, and of the same arithmetic in fitting.
public struct OrthonormalEncoder: TransformEncoder {
    public let columns: [ColumnData]
    public let reader: any TransformReader
    private let inputs: Int
    /// The matrix with rows and columns exchanged.
    private let transposed: [Float]
    private let mean: [Float]

    /// - Parameters:
    ///   - matrix: Some rows of `mean.count` numbers.
    public init(_ matrix: [Float], mean: [Float]) {
        let map = AffineMap(matrix, constant: mean)
        let (rows, width) = (map.inputDim, map.outputDim)
        inputs = width
        reader = map
        self.mean = mean
        var transposed = [Float](repeating: 0, count: matrix.count)
        for i in 0..<rows { for j in 0..<width { transposed[j * rows + i] = matrix[i * width + j] } }
        self.transposed = transposed
        columns = [
            ColumnData("matrix", ColumnShape(.f32, rows: UInt64(rows), width: UInt32(width)), floats: matrix),
            ColumnData("mean", ColumnShape(.f32, rows: 1, width: UInt32(width)), floats: mean),
        ]
    }

    public func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        var centred = [Float](repeating: 0, count: input.count)
        for start in stride(from: 0, to: input.count, by: inputs) {
            for j in 0..<inputs { centred[start + j] = input[start + j] - mean[j] }
        }
        kernels.affine(
            centred.span, matrix: transposed.span, constant: Span(), factors: nil, inputs: inputs,
            outputs: transposed.count / inputs, into: &output)
    }
}

extension ColumnData {
    /// A column of `f32`.
    public init(_ name: String, _ shape: ColumnShape, floats: [Float]) {
        precondition(shape.element == .f32 && shape.byteCount == UInt64(floats.count * MemoryLayout<Float>.size))
        self.init(name, shape, bytes: floats.flatMap { $0.bitPattern.littleEndianBytes })
    }

    /// The numbers of a column of `f32`.
    public var floats: [Float] {
        precondition(shape.element == .f32)
        return stride(from: 0, to: bytes.count, by: 4).map { place in
            var bits: UInt32 = 0
            for i in 0..<4 { bits |= UInt32(bytes[place + i]) << UInt32(8 * i) }
            return Float(bitPattern: bits)
        }
    }
}

extension UInt32 {
    fileprivate var littleEndianBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
