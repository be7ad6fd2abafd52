public import EmbFormat
internal import EmbKernels

/// `rotation`: random signs and Hadamard transforms, only the seed stored (Formats/transforms/rotation.md).
public struct Rotation: Transform {
    public static let name = "rotation"

    public let seed: UInt64

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        seed = try arguments.seed()
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
    private let lazyFactors = LazyFactors()

    init(dim: Int, seed: UInt64) {
        self.dim = dim
        self.seed = seed
    }

    var inputDim: Int { dim }
    var outputDim: Int { dim }
    var isLinear: Bool { true }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        output.update(from: input)
        let factors = lazyFactors.value(dim: dim, seed: seed)
        let values = factors.all
        for row in 0..<input.count / dim {
            for back in 1...factors.halfRounds {
                let i = factors.halfRounds - back
                let first = row * dim + factors.start(i)
                var part = output._mutatingExtracting(first..<first + factors.width)
                kernels.hadamardThenScale(&part, factors: values.span.extracting(factors.place(i)))
            }
        }
    }

    func pullBack(
        _ queries: Span<Float>, _ metric: Metric, into pulled: inout MutableSpan<Float>,
        offsets: inout MutableSpan<Float>, _ kernels: Kernels
    ) -> Bool {
        encode(queries, into: &pulled, kernels)
        return true
    }

    /// From embedding to stored row.
    func encode(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        output.update(from: input)
        let factors = lazyFactors.value(dim: dim, seed: seed)
        let values = factors.all
        for row in 0..<input.count / dim {
            for i in 0..<factors.halfRounds {
                let first = row * dim + factors.start(i)
                var part = output._mutatingExtracting(first..<first + factors.width)
                kernels.scaleThenHadamard(&part, factors: values.span.extracting(factors.place(i)))
            }
        }
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
