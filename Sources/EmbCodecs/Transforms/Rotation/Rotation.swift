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

/// The rotation of one dim and seed.
struct HadamardRotation: TransformReader {
    private let dim: Int
    private let seed: UInt64
    /// Worked out by the first lookup: opening a file costs what its catalog costs, whatever transforms it names.
    private let factors = LazyFactors()

    init(dim: Int, seed: UInt64) {
        self.dim = dim
        self.seed = seed
    }

    private var halfRounds: [RotationFactors.HalfRound] { factors.value(dim: dim, seed: seed).halfRounds }

    var inputDim: Int { dim }
    var outputDim: Int { dim }
    var isLinear: Bool { true }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        copy(input, into: &output)
        let halfRounds = halfRounds
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
        let halfRounds = halfRounds
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
