/// `opq`: a rotation that suits the product quantizer behind it, the mean removed (Formats/transforms/opq.md).
public struct OPQ: OrthonormalTransform {
    public static let name = "opq"

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int { outputDim }
}
