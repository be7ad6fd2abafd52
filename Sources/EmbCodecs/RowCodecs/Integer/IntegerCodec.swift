internal import EmbFormat
internal import EmbKernels

/// `int16`, `int8`, `int4` and `int2`: codes with a scale and a bias at the head of each row (Formats/codecs/integer.md).
protocol IntegerCodec: RowCodec {
    static var element: RowElement { get }
    var header: RowHeader { get }
    init(header: RowHeader)
}

public struct Int16Rows: IntegerCodec {
    public static let name = "int16"
    static let element = RowElement.int16
    let header: RowHeader
}

public struct Int8Rows: IntegerCodec {
    public static let name = "int8"
    static let element = RowElement.int8
    let header: RowHeader
}

public struct Int4Rows: IntegerCodec {
    public static let name = "int4"
    static let element = RowElement.int4
    let header: RowHeader
}

public struct Int2Rows: IntegerCodec {
    public static let name = "int2"
    static let element = RowElement.int2
    let header: RowHeader
}

extension IntegerCodec {
    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        let symmetric = arguments.flag("symmetric")
        switch try arguments.word("scale", ["f16", "f32"]) ?? "f16" {
        case "f32": self.init(header: symmetric ? .symmetricF32 : .affineF32)
        default: self.init(header: symmetric ? .symmetricF16 : .affineF16)
        }
    }

    public var arguments: [ArgumentSyntax] {
        let symmetric = header == .symmetricF16 || header == .symmetricF32
        let wide = header == .affineF32 || header == .symmetricF32
        return (symmetric ? [ArgumentSyntax("symmetric")] : []) + (wide ? [ArgumentSyntax("scale", "f32")] : [])
    }

    private var format: RowFormat { RowFormat(Self.element, header: header) }

    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        let column = try columns.take(Self.name, "rows", columnShape(shape))
        return KernelRows(column, shape: shape, format: format, stride: format.rowBytes(dim: shape.dim))
    }

    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        KernelRowEncoder(columnShape(shape), dim: shape.dim, format: format)
    }

    private func columnShape(_ shape: StoredShape) -> ColumnShape {
        ColumnShape(.u8, rows: shape.rowCount, width: UInt32(format.rowBytes(dim: shape.dim)))
    }
}
