internal import EmbFormat
internal import EmbKernels

/// `fp8`: eight-bit floats with a scale for each block, at the head of the row (Formats/codecs/fp8.md).
public struct FP8: KernelCodec {
    public static let name = "fp8"
    private static let defaultBlock = 32

    let format: RowFormat

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        let element: RowElement = arguments.choice(["e4m3", "e5m2"]) == "e5m2" ? .e5m2 : .e4m3
        let block = try arguments.block() ?? Self.defaultBlock
        let half = try arguments.word("scale", ["e8m0", "f16"]) == "f16"
        format = RowFormat(element, header: half ? .symmetricF16 : .scaleE8M0, block: block)
    }

    public var arguments: [ArgumentSyntax] {
        var arguments: [ArgumentSyntax] = []
        if format.element == .e5m2 { arguments.append(ArgumentSyntax("e5m2")) }
        if let block = format.block, block != Self.defaultBlock {
            arguments.append(ArgumentSyntax("block", "\(block)"))
        }
        if format.header == .symmetricF16 { arguments.append(ArgumentSyntax("scale", "f16")) }
        return arguments
    }
}
