internal import EmbFormat
internal import EmbKernels

/// `int16`, `int8`, `int4` and `int2`: codes with a scale and a bias, for the row or for each block of it, at the head of
/// the row (Formats/codecs/integer.md).
protocol IntegerCodec: KernelCodec {
    static var element: RowElement { get }
    var header: RowHeader { get }
    /// Numbers in a block; nil for one scale per row.
    var block: Int? { get }
    init(header: RowHeader, block: Int?)
}

public struct Int16Rows: IntegerCodec {
    public static let name = "int16"
    static let element = RowElement.int16
    let header: RowHeader
    let block: Int?
}

public struct Int8Rows: IntegerCodec {
    public static let name = "int8"
    static let element = RowElement.int8
    let header: RowHeader
    let block: Int?
}

public struct Int4Rows: IntegerCodec {
    public static let name = "int4"
    static let element = RowElement.int4
    let header: RowHeader
    let block: Int?
}

public struct Int2Rows: IntegerCodec {
    public static let name = "int2"
    static let element = RowElement.int2
    let header: RowHeader
    let block: Int?
}

extension IntegerCodec {
    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        let symmetric = arguments.flag("symmetric")
        let wide = try arguments.word("scale", ["f16", "f32"]) == "f32"
        let block = try arguments.block()
        let header: RowHeader =
            wide ? symmetric ? .symmetricF32 : .affineF32 : symmetric ? .symmetricF16 : .affineF16
        self.init(header: header, block: block)
    }

    public var arguments: [ArgumentSyntax] {
        let symmetric = header == .symmetricF16 || header == .symmetricF32
        let wide = header == .affineF32 || header == .symmetricF32
        return (symmetric ? [ArgumentSyntax("symmetric")] : []) + (wide ? [ArgumentSyntax("scale", "f32")] : [])
            + (block.map { [ArgumentSyntax("block", "\($0)")] } ?? [])
    }

    var format: RowFormat { RowFormat(Self.element, header: header, block: block) }
}
