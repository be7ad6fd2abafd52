internal import EmbKernels

/// `rbe`: recurrent binary embeddings, a scale per row and codes of 1 to 8 bits (Formats/codecs/rbe.md).
public struct RBE: KernelCodec {
    public static let name = "rbe"
    public let bits: Int
    let header: RowHeader
    /// Whether rows have a scale of their own.
    public var hasScale: Bool { header != .none }

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        bits = try arguments.gridBits()
        switch try arguments.word("scale", ["f16", "f32", "none"]) ?? "f16" {
        case "f32": header = .symmetricF32
        case "none": header = .none
        default: header = .symmetricF16
        }
        if bits == 1, header == .none {
            throw ExpressionError(.badArgument, "rbe: one bit without a scale is called \"\(SignRows.name)\"")
        }
    }

    public var arguments: [ArgumentSyntax] {
        let bits = [ArgumentSyntax("bits", "\(bits)")]
        switch header {
        case .symmetricF32: return bits + [ArgumentSyntax("scale", "f32")]
        case .none: return bits + [ArgumentSyntax("scale", "none")]
        default: return bits
        }
    }

    var format: RowFormat { RowFormat(.rbe(bits: bits), header: header) }
}
