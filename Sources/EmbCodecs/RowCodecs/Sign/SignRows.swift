internal import EmbKernels

/// `sign`: the sign of each number (Formats/codecs/sign.md).
public struct SignRows: KernelCodec {
    public static let name = "sign"

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    var format: RowFormat { RowFormat(.rbe1) }
}
