public import EmbFormat
internal import EmbKernels

/// `prefix`: only the first numbers are stored, the rest are zeros (Formats/transforms/prefix.md).
public struct Prefix: Transform {
    public static let name = "prefix"

    /// Numbers stored.
    public let width: Int

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        width = Int(try arguments.number("K", in: 1...FormatLimits.dim))
    }

    public var arguments: [ArgumentSyntax] { [ArgumentSyntax("\(width)")] }

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int {
        guard width <= outputDim else {
            throw ExpressionError(.badDims, "prefix(\(width)) of \(outputDim) numbers: there are not so many")
        }
        return width
    }

    public func open(_ columns: inout ColumnSet, outputDim: Int) throws(FormatError) -> any TransformReader {
        PaddedPrefix(inputDim: width, outputDim: outputDim)
    }

    public func makeEncoder(
        outputDim: Int, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any TransformEncoder {
        PrefixEncoder(prefix: PaddedPrefix(inputDim: width, outputDim: outputDim))
    }
}

/// Rows with zeros behind them.
struct PaddedPrefix: TransformReader {
    let inputDim: Int
    let outputDim: Int
    var isLinear: Bool { true }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        for row in 0..<input.count / inputDim {
            var whole = output._mutatingExtracting(row * outputDim..<(row + 1) * outputDim)
            whole.update(from: input.extracting(row * inputDim..<(row + 1) * inputDim))
            for j in inputDim..<outputDim { whole[j] = 0 }
        }
    }
}

private struct PrefixEncoder: TransformEncoder {
    let prefix: PaddedPrefix

    var columns: [ColumnData] { [] }
    var reader: any TransformReader { prefix }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        let (width, dim) = (prefix.inputDim, prefix.outputDim)
        for row in 0..<input.count / dim {
            var part = output._mutatingExtracting(row * width..<(row + 1) * width)
            part.update(from: input.extracting(row * dim..<row * dim + width))
        }
    }
}
