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
    private let dim: Int
    /// Numbers that a half-round works on: the largest power of two not above dim.
    private let width: Int
    /// The factors of all half-rounds that there are, one after the other.
    private let factors: [Float]

    init(dim: Int, seed: UInt64) {
        self.dim = dim
        let width = 1 << (Int.bitWidth - 1 - dim.leadingZeroBitCount)
        self.width = width
        let scale = Float(1 / Double(width).squareRoot())
        let salt = KeyHash.salt(seed: seed, probe: 0)
        factors = (0..<6).filter { $0 % 2 == 0 || width < dim }.flatMap { round in
            (0..<width).map { j -> Float in
                let hash = KeyHash.hash(UInt64(round << 32 + j), salt: salt)
                return hash >> 63 == 1 ? -scale : scale
            }
        }
    }

    var inputDim: Int { dim }
    var outputDim: Int { dim }
    var isLinear: Bool { true }

    private var halfRounds: Int { factors.count / width }

    /// Where half-round `i` of those that there are begins: they alternate between both ends of the row.
    private func start(_ i: Int) -> Int { i % 2 == 0 ? 0 : dim - width }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        copy(input, into: &output)
        let factors = self.factors.span
        for row in 0..<input.count / dim {
            for back in 0..<halfRounds {
                let i = halfRounds - 1 - back
                let first = row * dim + start(i)
                var part = output._mutatingExtracting(first..<first + width)
                kernels.hadamardThenScale(&part, factors: factors.extracting(i * width..<(i + 1) * width))
            }
        }
    }

    /// From embedding to stored row.
    func encode(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        copy(input, into: &output)
        let factors = self.factors.span
        for row in 0..<input.count / dim {
            for i in 0..<halfRounds {
                let first = row * dim + start(i)
                var part = output._mutatingExtracting(first..<first + width)
                kernels.scaleThenHadamard(&part, factors: factors.extracting(i * width..<(i + 1) * width))
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
