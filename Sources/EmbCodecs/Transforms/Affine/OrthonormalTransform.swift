public import EmbFormat

/// `pca`, `opq` and `lowrank`: a stored matrix with orthonormal rows, and the mean (Formats/affine.md).
public protocol OrthonormalTransform: Transform {}

extension OrthonormalTransform {
    public var columnNames: [String] { ["matrix", "mean"] }

    public func open(_ columns: inout ColumnSet, outputDim: Int) throws(FormatError) -> any TransformReader {
        let (matrixShape, meanShape) = try opened(outputDim)
        let matrix = try columns.takeRaw(Self.name, "matrix", matrixShape)
        let mean = try columns.takeRaw(Self.name, "mean", meanShape)
        return AffineMap(matrix, constant: mean)
    }

    public func byteCount(outputDim: Int) throws(ExpressionError) -> UInt64 {
        let (matrix, mean) = try shapes(outputDim)
        return matrix.byteCount + mean.byteCount
    }

    public func makeEncoder(
        outputDim: Int, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any TransformEncoder {
        let (matrixShape, meanShape) = try shapes(outputDim)
        let matrix = try parameters.required("matrix", matrixShape, of: Self.name)
        let mean = try parameters.required("mean", meanShape, of: Self.name)
        return OrthonormalEncoder(matrix.floats, mean: mean.floats)
    }

    private func shapes(_ outputDim: Int) throws(ExpressionError) -> (matrix: ColumnShape, mean: ColumnShape) {
        let rows = UInt64(try inputDim(outputDim: outputDim))
        return (
            ColumnShape(.f32, rows: rows, width: UInt32(outputDim)),
            ColumnShape(.f32, rows: 1, width: UInt32(outputDim))
        )
    }

    /// The widths have been worked out once already.
    private func opened(_ outputDim: Int) throws(FormatError) -> (matrix: ColumnShape, mean: ColumnShape) {
        do throws(ExpressionError) { return try shapes(outputDim) } catch { throw error.refusal(of: Self.name) }
    }
}

extension [String: ColumnData] {
    /// A parameter that was fitted or imported.
    func required(_ name: String, _ shapes: ColumnShape..., of stage: String) throws(ExpressionError) -> ColumnData {
        guard let column = self[name] else {
            throw ExpressionError(.badArgument, "\(stage): no column \"\(name)\" was fitted or given")
        }
        guard shapes.contains(column.shape) else {
            let expected = shapes.map(\.description).joined(separator: " or ")
            throw ExpressionError(.badArgument, "\(stage): column \"\(name)\" is \(column.shape), expected \(expected)")
        }
        return column
    }
}
