internal import EmbFormat
internal import EmbKernels

/// An affine map that also takes queries back, for the one metric for which any matrix can.
struct LinearReader: TransformReader {
    private let map: AffineMap
    private let matrix: Column
    private let constant: Column

    init(matrix: Column, constant: Column) {
        map = AffineMap(matrix, constant: constant)
        self.matrix = matrix
        self.constant = constant
    }

    var inputDim: Int { map.inputDim }
    var outputDim: Int { map.outputDim }
    var isLinear: Bool { true }
    var hasConstant: Bool { true }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        map.apply(input, into: &output, kernels)
    }

    func apply(
        _ input: Span<Float>, constants: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels
    ) {
        map.apply(input, constants: constants, into: &output, kernels)
    }

    func pullBack(
        _ queries: Span<Float>, _ metric: Metric, into pulled: inout MutableSpan<Float>,
        offsets: inout MutableSpan<Float>, _ kernels: Kernels
    ) -> Bool {
        guard metric == .dot else { return false }
        for q in 0..<queries.count / outputDim {
            let query = queries.extracting(q * outputDim..<(q + 1) * outputDim)
            for i in 0..<inputDim {
                let row = matrix.floats.extracting(i * outputDim..<(i + 1) * outputDim)
                var sum: Float = 0
                for j in row.indices { sum.addProduct(row[j], query[j]) }
                pulled[q * inputDim + i] = sum
            }
            offsets[q] += KernelQueries.dot(Self.array(constant.floats), Self.array(query))
        }
        return true
    }

    private static func array(_ span: Span<Float>) -> [Float] { span.indices.map { span[$0] } }
}
