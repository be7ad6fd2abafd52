internal import EmbFormat
internal import EmbKernels

/// `f32`, `f16` and `bf16`: rows of floating-point numbers (Formats/codecs/float.md).
protocol FloatCodec: RowCodec {
    static var element: RowElement { get }
    static var elementType: ElementType { get }
    init()
}

public struct F32: FloatCodec {
    public static let name = "f32"
    static let element = RowElement.f32
    static let elementType = ElementType.f32
    public init() {}
}

public struct F16: FloatCodec {
    public static let name = "f16"
    static let element = RowElement.f16
    static let elementType = ElementType.f16
    public init() {}
}

public struct BF16: FloatCodec {
    public static let name = "bf16"
    static let element = RowElement.bf16
    static let elementType = ElementType.bf16
    public init() {}
}

extension FloatCodec {
    public init(_ arguments: inout StageArguments) throws(ExpressionError) { self.init() }

    public static var storesWindows: Bool { true }
    public static var storesNonFinite: Bool { true }

    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        let column = try columns.take(Self.name, "rows", columnShape(shape))
        let stride = shape.windows ? Self.elementType.byteCount : shape.dim * Self.elementType.byteCount
        return KernelRows(column, shape: shape, format: RowFormat(Self.element), stride: stride)
    }

    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        KernelRowEncoder(columnShape(shape), dim: shape.windows ? 1 : shape.dim, format: RowFormat(Self.element))
    }

    private func columnShape(_ shape: StoredShape) -> ColumnShape {
        shape.windows
            ? ColumnShape(Self.elementType, rows: shape.rowCount + UInt64(shape.dim) - 1)
            : ColumnShape(Self.elementType, rows: shape.rowCount, width: UInt32(shape.dim))
    }
}
