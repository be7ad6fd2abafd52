public import EmbFormat
public import EmbKernels

/// `mlp`: a small trained network (Formats/transforms/mlp.md).
public struct MLP: Transform {
    public static let name = "mlp"
    private static let layerLimit = 64

    /// Numbers after each hidden layer.
    public let hidden: [Int]
    /// Numbers that it needs; nil for as many as it makes.
    public let dim: Int?
    public let activation: Activation
    /// Whether embeddings are brought to length 1.
    public let isUnit: Bool

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let text = arguments.text("hidden") else { throw arguments.missing("hidden") }
        let words = text.split(separator: "x", omittingEmptySubsequences: false)
        hidden = words.compactMap { Int($0) }
        guard hidden.map({ "\($0)" }) == words.map(String.init), hidden.count <= Self.layerLimit,
            hidden.allSatisfy({ (1...Int(FormatLimits.dim)).contains($0) })
        else {
            throw arguments.refused(
                "hidden is \"\(text)\", expected at most \(Self.layerLimit) widths up to \(FormatLimits.dim) joined by x"
            )
        }
        dim = try arguments.integer("dim", in: 1...FormatLimits.dim).map { Int($0) }
        let word = try arguments.word("activation", Activation.allCases.map(\.rawValue))
        activation = word.flatMap(Activation.init) ?? .relu
        isUnit = arguments.flag("unit")
    }

    public var arguments: [ArgumentSyntax] {
        [ArgumentSyntax("hidden", hidden.map { "\($0)" }.joined(separator: "x"))]
            + (dim.map { [ArgumentSyntax("dim", "\($0)")] } ?? [])
            + (activation == .relu ? [] : [ArgumentSyntax("activation", activation.rawValue)])
            + (isUnit ? [ArgumentSyntax("unit")] : [])
    }

    public var columnNames: [String] { (0...hidden.count).flatMap { ["weights\($0)", "bias\($0)"] } }

    public func inputDim(outputDim: Int) throws(ExpressionError) -> Int { dim ?? outputDim }

    public func byteCount(outputDim: Int) throws(ExpressionError) -> UInt64 {
        shapes(outputDim).reduce(0) { $0 + $1.weights.byteCount + $1.bias.byteCount }
    }

    public func open(_ columns: inout ColumnSet, outputDim: Int) throws(FormatError) -> any TransformReader {
        var layers: [AffineMap] = []
        for (number, shape) in shapes(outputDim).enumerated() {
            let weights = try columns.takeRaw(Self.name, "weights\(number)", shape.weights)
            let bias = try columns.takeRaw(Self.name, "bias\(number)", shape.bias)
            layers.append(AffineMap(weights, constant: bias))
        }
        return Network(layers, activation, isUnit: isUnit)
    }

    /// There is no way back through a network: rows are given as they are stored.
    public func makeEncoder(
        outputDim: Int, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any TransformEncoder {
        var columns: [ColumnData] = []
        for (number, shape) in shapes(outputDim).enumerated() {
            columns.append(try parameters.required("weights\(number)", shape.weights, of: Self.name))
            columns.append(try parameters.required("bias\(number)", shape.bias, of: Self.name))
        }
        return NetworkColumns(columns, activation, isUnit: isUnit)
    }

    private func shapes(_ outputDim: Int) -> [(weights: ColumnShape, bias: ColumnShape)] {
        zip([dim ?? outputDim] + hidden, hidden + [outputDim]).map { inputs, outputs in
            (
                ColumnShape(.f32, rows: UInt64(inputs), width: UInt32(outputs)),
                ColumnShape(.f32, rows: 1, width: UInt32(outputs))
            )
        }
    }
}
