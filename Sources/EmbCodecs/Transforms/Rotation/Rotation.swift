public import EmbFormat
internal import EmbKernels

/// `rotation`: random signs and Hadamard transforms, only the seed stored (Formats/transforms/rotation.md).
public struct Rotation: Transform {
    public static let name = "rotation"

    public let seed: UInt64

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        seed = try arguments.integer("seed", in: 0...UInt64.max) ?? 0
    }

    public var arguments: [ArgumentSyntax] { seed == 0 ? [] : [ArgumentSyntax("seed", "\(seed)")] }

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int { outputDim }

    public func open(_ columns: inout ColumnSet, outputDim: Int) throws(FormatError) -> any TransformReader {
        HadamardRotation(dim: outputDim, seed: seed)
    }

    public func makeEncoder(
        outputDim: Int, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any TransformEncoder {
        HadamardRotationEncoder(rotation: HadamardRotation(dim: outputDim, seed: seed))
    }
}

/// The rotation of one dim and seed, with its factors worked out: 6 x dim floats at most.
struct HadamardRotation: TransformReader {
    /// Numbers that a half-round works on, and the factors it multiplies by.
    private struct HalfRound: Sendable {
        let start: Int
        let factors: [Float]
    }

    private let dim: Int
    private let halfRounds: [HalfRound]

    init(dim: Int, seed: UInt64) {
        self.dim = dim
        let span = 1 << (Int.bitWidth - 1 - dim.leadingZeroBitCount)  // the largest power of two not above dim
        let scale = Float(1 / Double(span).squareRoot())
        let salt = KeyHash.salt(seed: seed, probe: 0)
        halfRounds = (0..<6).filter { $0 % 2 == 0 || span < dim }.map { round in
            let factors = (0..<span).map { j -> Float in
                let hash = KeyHash.hash(UInt64(round << 32 + j), salt: salt)
                return hash >> 63 == 1 ? -scale : scale
            }
            return HalfRound(start: round % 2 == 0 ? 0 : dim - span, factors: factors)
        }
    }

    var inputDim: Int { dim }
    var outputDim: Int { dim }
    var isLinear: Bool { true }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        copy(input, into: &output)
        for start in stride(from: 0, to: input.count, by: dim) {
            for half in halfRounds.reversed() {
                var part = output._mutatingExtracting(start + half.start..<start + half.start + half.factors.count)
                kernels.hadamardThenScale(&part, factors: half.factors.span)
            }
        }
    }

    /// From embedding to stored row.
    func encode(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        copy(input, into: &output)
        for start in stride(from: 0, to: input.count, by: dim) {
            for half in halfRounds {
                var part = output._mutatingExtracting(start + half.start..<start + half.start + half.factors.count)
                kernels.scaleThenHadamard(&part, factors: half.factors.span)
            }
        }
    }

    private func copy(_ input: Span<Float>, into output: inout MutableSpan<Float>) {
        for i in input.indices { output[i] = input[i] }
    }
}

private struct HadamardRotationEncoder: TransformEncoder {
    let rotation: HadamardRotation

    var columns: [ColumnData] { [] }
    var reader: any TransformReader { rotation }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        rotation.encode(input, into: &output, kernels)
    }
}
