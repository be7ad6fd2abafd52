internal import EmbCodecs
internal import EmbFormat

/// `hash`: rows that ids share.
enum HashImport: ImportMethod {
    static let name = "hash"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (rows, width) = try state.matrix("embedding.weight")
        var arguments = [ArgumentSyntax("rows", "\(rows)")]
        if state.has("hash.coefficients") {
            _ = try state.matrix("hash.coefficients")
            let numbers = try state.integers("hash.coefficients").map { "\(UInt64(bitPattern: $0))" }
            arguments.append(ArgumentSyntax("coefficients", numbers.joined(separator: "-")))
        }
        let source = try state.rows("embedding.weight", width: width)
        let plan = try request.plan(request.completed(Hashed.name, arguments), source, name: state.tableName).plan
        return ImportedTable(plan: plan, features: [])
    }
}

/// `hash-embeddings`: rows that ids share, and weights of each id's probes.
enum HashEmbeddingsImport: ImportMethod {
    static let name = "hash-embeddings"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (rows, width) = try state.matrix("embedding.weight")
        let (ids, probes) = try state.matrix("weights.weight")
        let stages = try request.completed(
            Hashed.name,
            [ArgumentSyntax("rows", "\(rows)"), ArgumentSyntax("probes", "\(probes)"), ArgumentSyntax("weights")])
        var (plan, indexer) = try request.plan(
            stages, state.rows("embedding.weight", width: width), name: state.tableName)
        try state.check("weights.weight", probes, UInt64(indexer.probes), "weights per id, one for each probe")
        plan.idCount = ids
        plan.parameters["hashed.weights"] = try state.floats("weights.weight").column(
            "weights", rows: ids, width: probes)
        return ImportedTable(plan: plan, features: [])
    }
}

/// `memcom`: rows that ids share, and one weight of each id.
enum MemcomImport: ImportMethod {
    static let name = "memcom"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (rows, width) = try state.matrix("embedding.weight")
        let ids = try state.vector("weights.weight")
        let stages = try request.completed(
            Hashed.name, [ArgumentSyntax("rows", "\(rows)"), ArgumentSyntax("idWeights")])
        var plan = try request.plan(stages, state.rows("embedding.weight", width: width), name: state.tableName).plan
        plan.idCount = ids
        plan.parameters["hashed.idWeights"] = try state.floats("weights.weight").column(
            "idWeights", rows: ids, width: 1)
        return ImportedTable(plan: plan, features: [])
    }
}

extension TrainedState {
    /// The file's name without its ending.
    var tableName: String {
        let file = name.split(separator: "/").last ?? ""
        let bare = file.hasSuffix(".safetensors") ? file.dropLast(".safetensors".count) : file
        return bare.isEmpty ? "table" : String(bare)
    }
}
