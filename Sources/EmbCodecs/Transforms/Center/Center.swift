public import EmbFormat
internal import EmbKernels

/// `center`: the mean of the table, taken off its rows (Formats/transforms/center.md).
public struct Center: Transform {
    public static let name = "center"

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    public var columnNames: [String] { ["constant"] }

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int { outputDim }

    public func byteCount(outputDim: Int) throws(ExpressionError) -> UInt64 { shape(outputDim).byteCount }

    public func open(_ columns: inout ColumnSet, outputDim: Int) throws(FormatError) -> any TransformReader {
        CenterReader(dim: outputDim, column: try columns.takeRaw(Self.name, "constant", shape(outputDim)), array: [])
    }

    public func makeEncoder(
        outputDim: Int, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any TransformEncoder {
        CenterEncoder(constant: try parameters.required("constant", shape(outputDim), of: Self.name))
    }

    private func shape(_ dim: Int) -> ColumnShape { ColumnShape(.f32, rows: 1, width: UInt32(dim)) }
}

struct CenterReader: TransformReader {
    private let dim: Int
    /// The constant, in a file or in memory.
    private let column: Column?
    private let array: [Float]

    init(dim: Int, column: Column?, array: [Float]) {
        self.dim = dim
        self.column = column
        self.array = array
    }

    var inputDim: Int { dim }
    var outputDim: Int { dim }
    var isLinear: Bool { true }
    var hasConstant: Bool { true }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        for row in 0..<input.count / dim { add(1, row, input, &output) }
    }

    func apply(
        _ input: Span<Float>, constants: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels
    ) {
        for row in 0..<input.count / dim { add(constants[row], row, input, &output) }
    }

    private func add(_ times: Float, _ row: Int, _ input: Span<Float>, _ output: inout MutableSpan<Float>) {
        if let column {
            Self.add(times, column.floats, row * dim, input, &output)
        } else {
            Self.add(times, array.span, row * dim, input, &output)
        }
    }

    private static func add(
        _ times: Float, _ constant: Span<Float>, _ first: Int, _ input: Span<Float>, _ output: inout MutableSpan<Float>
    ) {
        for j in constant.indices { output[first + j] = times * constant[j] + input[first + j] }
    }

    func pullBack(
        _ queries: Span<Float>, _ metric: Metric, into pulled: inout MutableSpan<Float>,
        offsets: inout MutableSpan<Float>, _ kernels: Kernels
    ) -> Bool {
        guard metric != .cosine else { return false }
        let constant = column.map { column in column.floats.indices.map { column.floats[$0] } } ?? array
        for q in 0..<queries.count / dim {
            for j in 0..<dim {
                pulled[q * dim + j] = queries[q * dim + j] - (metric == .l2 ? constant[j] : 0)
            }
            guard metric == .dot else { continue }
            offsets[q] += KernelQueries.dot(constant, (0..<dim).map { queries[q * dim + $0] })
        }
        return true
    }
}

private struct CenterEncoder: TransformEncoder {
    let columns: [ColumnData]
    private let constant: [Float]

    init(constant: ColumnData) {
        columns = [constant]
        self.constant = constant.floats
    }

    var reader: any TransformReader { CenterReader(dim: constant.count, column: nil, array: constant) }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        for i in input.indices { output[i] = input[i] - constant[i % constant.count] }
    }
}
