public import EmbFormat

/// `linear`: a matrix and a constant fitted to what is decoded, or trained elsewhere (Formats/transforms/linear.md).
public struct Linear: Transform {
    public static let name = "linear"

    /// Numbers that it needs; nil for as many as it makes.
    public let dim: Int?

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        dim = try arguments.integer("dim", in: 1...FormatLimits.dim).map { Int($0) }
    }

    public var arguments: [ArgumentSyntax] { dim.map { [ArgumentSyntax("dim", "\($0)")] } ?? [] }
    public var columnNames: [String] { ["matrix", "constant"] }

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int { dim ?? outputDim }

    public func byteCount(outputDim: Int) throws(ExpressionError) -> UInt64 {
        matrixShape(outputDim).byteCount + constantShape(outputDim).byteCount
    }

    public func open(_ columns: inout ColumnSet, outputDim: Int) throws(FormatError) -> any TransformReader {
        let matrix = try columns.takeRaw(Self.name, "matrix", matrixShape(outputDim))
        let constant = try columns.takeRaw(Self.name, "constant", constantShape(outputDim))
        return LinearReader(matrix: matrix, constant: constant)
    }

    /// - Parameter parameters: `matrix`, `constant`, and what only packing knows and no file holds: `choice`, one byte, made by
    ///   fitting: 0 if rows are stored as they are, else the bits of the grid that codes are chosen from.
    public func makeEncoder(
        outputDim: Int, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any TransformEncoder {
        let matrix = try parameters.required("matrix", matrixShape(outputDim), of: Self.name)
        let constant = try parameters.required("constant", constantShape(outputDim), of: Self.name)
        return LinearEncoder([matrix, constant], bits: parameters["choice"]?.bytes.first.map { Int($0) })
    }

    func matrixShape(_ outputDim: Int) -> ColumnShape {
        ColumnShape(.f32, rows: UInt64(dim ?? outputDim), width: UInt32(outputDim))
    }

    func constantShape(_ outputDim: Int) -> ColumnShape { ColumnShape(.f32, rows: 1, width: UInt32(outputDim)) }
}
