internal import EmbFormat

/// `lowrank(r)`: r coefficients of a basis that the table shares, the mean removed (Formats/transforms/lowrank.md).
public struct LowRank: OrthonormalTransform {
    public static let name = "lowrank"

    public let rank: Int

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        rank = Int(try arguments.number("R", in: 1...FormatLimits.dim))
    }

    public var arguments: [ArgumentSyntax] { [ArgumentSyntax("\(rank)")] }

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int { rank }
}
