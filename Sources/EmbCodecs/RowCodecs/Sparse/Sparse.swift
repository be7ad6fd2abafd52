public import EmbFormat

/// `sparse`: pruned rows, a bitmap and the values that are kept (Formats/codecs/sparse.md).
public struct Sparse: RowCodec {
    public static let name = "sparse"
    /// Rows that share an element of `bases`.
    static let groupRows = 64

    /// The share of all numbers that is kept, at most.
    public let density: Decimal
    /// Whether values are codes with a scale for each row, else halves.
    let quantized: Bool

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let density = try arguments.decimal("density", in: 0...1) else { throw arguments.missing("density") }
        self.density = density
        quantized = try arguments.word("values", ["f16", "int8"]) == "int8"
    }

    public var arguments: [ArgumentSyntax] {
        [ArgumentSyntax("density", density.text)] + (quantized ? [ArgumentSyntax("values", "int8")] : [])
    }

    public var columnNames: [String] { ["rows", "bases", "values", "threshold"] }

    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        let layout = SparseLayout(dim: shape.dim, quantized: quantized)
        let rows = try columns.take(Self.name, "rows", layout.rows(shape))
        let bases = try columns.take(Self.name, "bases", layout.bases(shape))
        let values = try columns.take(Self.name, "values")
        let wanted = ColumnShape(layout.valueType, rows: values.shape.rowCount)
        guard values.shape == wanted else {
            throw FormatError(
                .wrongColumn, columns.field("\(Self.name).values"), found: "\(values.shape)", expected: "\(wanted)")
        }
        _ = try columns.take(Self.name, "threshold", ColumnShape(.f32, rows: 1))
        return SparseRows(layout, rowCount: shape.rowCount, rows: rows, bases: bases, values: values)
    }

    public func byteCount(_ shape: StoredShape) throws(ExpressionError) -> UInt64 {
        let layout = SparseLayout(dim: shape.dim, quantized: quantized)
        let kept = density.value * Double(shape.rowCount) * Double(shape.dim)
        return layout.rows(shape).byteCount + layout.bases(shape).byteCount + 4
            + UInt64(kept) * UInt64(layout.valueType.byteCount)
    }

    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        guard let threshold = parameters["threshold"], threshold.shape == ColumnShape(.f32, rows: 1) else {
            throw ExpressionError(.badArgument, "sparse: no threshold, one f32, was fitted or given")
        }
        return SparseEncoder(SparseLayout(dim: shape.dim, quantized: quantized), shape, threshold)
    }
}

/// Where the parts of a row are.
struct SparseLayout: Sendable {
    let dim: Int
    let quantized: Bool

    /// Bytes of where a row's values begin in its group.
    var firstBytes: Int { (Sparse.groupRows - 1) * dim < 1 << 16 ? 2 : 4 }
    var bitmapOffset: Int { firstBytes + (quantized ? 2 : 0) }
    var bitmapBytes: Int { (dim + 7) / 8 }
    var stride: Int { bitmapOffset + bitmapBytes }
    var valueType: ElementType { quantized ? .u8 : .f16 }

    func rows(_ shape: StoredShape) -> ColumnShape {
        ColumnShape(.u8, rows: shape.rowCount, width: UInt32(stride))
    }

    func bases(_ shape: StoredShape) -> ColumnShape {
        ColumnShape(.u64, rows: (shape.rowCount + UInt64(Sparse.groupRows) - 1) / UInt64(Sparse.groupRows))
    }
}
