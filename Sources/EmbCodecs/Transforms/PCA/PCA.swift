/// `pca`: a rotation to the table's principal axes, the mean removed (Formats/transforms/pca.md).
public struct PCA: OrthonormalTransform {
    public static let name = "pca"

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int { outputDim }
}
