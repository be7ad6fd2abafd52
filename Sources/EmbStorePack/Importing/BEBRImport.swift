internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// `bebr`: recurrent binary codes, or float vectors and the model that makes codes of them; with a decoder, if it is to be kept.
enum BEBRImport: ImportMethod {
    static let name = "bebr"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        var stages = try request.syntax()
        let (rows, width) = try codes(state, stages)
        var decoder: TrainedNetwork?
        if TrainedNetwork.exists(state, "decoder") { decoder = try TrainedNetwork(state, "decoder") }
        if let decoder {
            try state.check("decoder.0.weight", UInt64(decoder.inputs), UInt64(width), "columns, as codes have numbers")
            if !stages.contains(where: { $0.name == MLP.name || $0.name == Linear.name }) {
                stages.insert(stage(decoder), at: max(stages.count - 1, 0))
            }
        }
        var plan = try request.plan(stages, rows, name: state.tableName).plan
        if let decoder {
            plan.dim = decoder.outputs
            plan.parameters = stages.contains { $0.name == Linear.name } ? matrix(decoder) : decoder.columns
        }
        return ImportedTable(plan: plan, features: [])
    }

    /// Rows of values of codes, and how many to a row.
    private static func codes(
        _ state: TrainedState, _ stages: [StageSyntax]
    ) throws(PackError) -> (any RowSource, Int) {
        if state.has("codes") {
            let (_, width) = try state.matrix("codes")
            return (try state.rows("codes", width: width), Int(width))
        }
        let binarizer = try RecurrentBinarizer(state)
        let (_, width) = try state.matrix("embedding.weight")
        try state.check("embedding.weight", width, UInt64(binarizer.inputs), "columns, as W takes")
        let wanted = binarizer.bits == 1 ? "sign" : "rbe(bits=\(binarizer.bits), scale=none)"
        guard let codec = stages.last, "\(codec)" == wanted else {
            throw .plan(
                source: state.name, field: "row codec", found: stages.last.map { "\($0)" } ?? "none", expected: wanted)
        }
        let vectors = try state.floats("embedding.weight")
        let codes = binarizer.codes(vectors, .best)
        return (
            ArraySource(name: "\(state.name):embedding.weight", codes, dim: binarizer.outputs), binarizer.outputs
        )
    }

    private static func stage(_ decoder: TrainedNetwork) -> StageSyntax {
        let dim = ArgumentSyntax("dim", "\(decoder.inputs)")
        guard !decoder.hidden.isEmpty else { return StageSyntax(Linear.name, [dim]) }
        let hidden = decoder.hidden.map { "\($0)" }.joined(separator: "x")
        return StageSyntax(MLP.name, [ArgumentSyntax("hidden", hidden), dim, ArgumentSyntax("unit")])
    }

    private static func matrix(_ decoder: TrainedNetwork) -> [String: ColumnData] {
        let layer = decoder.layers[0]
        let (inputs, outputs) = (UInt64(layer.inputs), UInt64(layer.bias.count))
        return [
            "linear.matrix": layer.weights.column("matrix", rows: inputs, width: outputs),
            "linear.constant": layer.bias.column("constant", rows: 1, width: outputs),
        ]
    }
}
