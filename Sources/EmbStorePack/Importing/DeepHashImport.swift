internal import EmbCodecs
internal import EmbFormat

/// `dhe`: a deep hash embedding, the network and the coefficients of the hashes that it was trained over.
enum DeepHashImport: ImportMethod {
    static let name = "dhe"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let network = try TrainedNetwork(state, "mlp")
        var stages = try request.syntax()
        guard let place = stages.firstIndex(where: { $0.name == MLP.name }) else {
            throw .plan(
                source: state.name, field: "codec", found: "\"\(request.expression)\"",
                expected: "'mlp(activation=mish) | generated(uniform, buckets=COUNT)', or what the model has instead: "
                    + "its tensors tell neither the activation nor how hashes become numbers")
        }
        let hidden = network.hidden.map { "\($0)" }.joined(separator: "x")
        stages[place].complete([ArgumentSyntax("hidden", hidden), ArgumentSyntax("dim", "\(network.inputs)")])
        guard let idCount = request.idCount else {
            throw .plan(
                source: state.name, field: "ids", found: "none", expected: "how many there are, as no tensor tells it")
        }
        let source = UnreadSource(name: state.name, rowCount: idCount, dim: network.inputs)
        let (composition, made) = try request.composed(stages, source, name: state.tableName)
        var plan = made
        plan.dim = network.outputs
        plan.parameters = network.columns
        guard let generated = composition.rowCodec as? Generated else {
            throw .plan(
                source: state.name, field: "row codec", found: "\(composition.rowCodec.syntax)",
                expected: "generated: the numbers that hashes make are not stored")
        }
        let mlp = composition.transforms.lazy.compactMap { $0 as? MLP }.first
        guard mlp?.hidden == network.hidden, mlp?.dim == network.inputs else {
            throw state.misshaped("mlp.0.weight", expected: "a network of \(stages[place])")
        }
        if generated.buckets != nil || state.has("hash.coefficients") {
            plan.parameters["generated.coefficients"] = try coefficients(state, network, generated)
        }
        return ImportedTable(plan: plan, features: [])
    }

    private static func coefficients(
        _ state: TrainedState, _ network: TrainedNetwork, _ generated: Generated
    ) throws(PackError) -> ColumnData {
        let sizes = try state.sizes(
            "hash.coefficients", dimensions: [2], expected: "two dimensions: hashes, and slope, bias and prime of each")
        guard sizes == [UInt64(network.inputs), 3] else {
            throw state.misshaped(
                "hash.coefficients", expected: "\(network.inputs) x 3: slope, bias and prime for each input of mlp")
        }
        guard generated.buckets != nil else {
            throw .plan(
                source: "\(state.name):hash.coefficients", field: "row codec", found: "\(generated.syntax)",
                expected: "generated(uniform, buckets=COUNT): how many buckets the hashes have")
        }
        let numbers = try state.integers("hash.coefficients")
        if let bad = numbers.firstIndex(where: { $0 < 0 }) {
            throw .plan(
                source: "\(state.name):hash.coefficients", field: "hash \(bad / 3)", found: "\(numbers[bad])",
                expected: "0 or more")
        }
        let bytes = numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        return ColumnData("coefficients", ColumnShape(.u64, rows: sizes[0], width: 3), bytes: bytes)
    }
}
