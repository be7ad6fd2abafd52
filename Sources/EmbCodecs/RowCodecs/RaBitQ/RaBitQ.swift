internal import EmbKernels

/// `rabitq`: codes of 1 to 8 bits with factors for an unbiased estimate of inner products (Formats/codecs/rabitq.md).
public struct RaBitQ: KernelCodec {
    public static let name = "rabitq"
    public let bits: Int
    let header: RowHeader

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        bits = try arguments.gridBits()
        header = try arguments.word("scale", ["f16", "f32"]) == "f32" ? .estimatorF32 : .estimatorF16
    }

    public var arguments: [ArgumentSyntax] {
        [ArgumentSyntax("bits", "\(bits)")] + (header == .estimatorF32 ? [ArgumentSyntax("scale", "f32")] : [])
    }

    var format: RowFormat { RowFormat(.rbe(bits: bits), header: header) }
}
