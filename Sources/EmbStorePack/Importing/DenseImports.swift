internal import EmbCodecs
internal import EmbFormat

/// `dense`: a row for each id.
enum DenseImport: ImportMethod {
    static let name = "dense"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (_, width) = try state.matrix("embedding.weight")
        var plan = try request.plan(
            request.syntax(), state.rows("embedding.weight", width: width), name: state.tableName
        ).plan
        plan.rowsAreStored = false
        return ImportedTable(plan: plan, features: [])
    }
}

/// `mde`: narrow rows and a projection to the embedding.
enum MixedDimsImport: ImportMethod {
    static let name = "mde"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (_, width) = try state.matrix("embedding.weight")
        let (dim, other) = try state.matrix("projection.weight")
        try state.check("projection.weight", other, width, "columns, as embedding.weight has")
        var stages = try request.syntax()
        if !stages.contains(where: { $0.name == "lowrank" }) {
            stages.insert(StageSyntax("lowrank", [ArgumentSyntax("\(width)")]), at: max(stages.count - 1, 0))
        }
        var plan = try request.plan(stages, state.rows("embedding.weight", width: width), name: state.tableName).plan
        plan.dim = Int(dim)
        let weight = try state.floats("projection.weight")
        let matrix = (0..<Int(width)).flatMap { i in (0..<Int(dim)).map { weight[$0 * Int(width) + i] } }
        plan.parameters["lowrank.matrix"] = matrix.column("matrix", rows: width, width: dim)
        var bias = [Float](repeating: 0, count: Int(dim))
        if state.has("projection.bias") {
            try state.check("projection.bias", state.vector("projection.bias"), dim, "numbers")
            bias = try state.floats("projection.bias")
        }
        plan.parameters["lowrank.mean"] = bias.column("mean", rows: 1, width: dim)
        return ImportedTable(plan: plan, features: [])
    }
}

/// `optembed`: rows of the ids that were kept.
enum OptEmbedImport: ImportMethod {
    static let name = "optembed"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (rows, width) = try state.matrix("embedding.weight")
        _ = try state.vector("remap")
        let remap = try state.integers("remap")
        if let bad = remap.firstIndex(where: { $0 < -1 || $0 >= Int64(clamping: rows) }) {
            throw .plan(
                source: "\(state.name):remap", field: "row of id \(bad)", found: "\(remap[bad])",
                expected: "-1, or below the \(rows) rows of embedding.weight")
        }
        var source = try state.rows("embedding.weight", width: width)
        let kept = try keptDims(request, below: Int(width))
        if let kept { source = PrefixSource(source, dim: kept) }
        let map = remap.map { $0 < 0 ? UInt32.max : UInt32($0) }
        var table = try request.remapped(source, map, missing: .zero, name: state.tableName)
        if kept != nil { table.plan.dim = Int(width) }
        return table
    }

    /// How many numbers of a row are kept, where `prefix` says fewer than there are.
    private static func keptDims(_ request: ImportRequest, below width: Int) throws(PackError) -> Int? {
        guard let prefix = try request.syntax().first(where: { $0.name == "prefix" }),
            case .word(let word) = prefix.arguments.first?.value, let dims = Int(word), (1..<width).contains(dims)
        else { return nil }
        return dims
    }
}

/// `adaptemb`: rows of frequent ids, and rows that rare ids share.
enum AdaptEmbImport: ImportMethod {
    static let name = "adaptemb"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (frequent, width) = try state.matrix("frequent.weight")
        let (rare, other) = try state.matrix("rare.weight")
        try state.check("rare.weight", other, width, "numbers in a row, as frequent.weight has")
        _ = try state.vector("remap")
        let remap = try state.integers("remap")
        if let bad = remap.firstIndex(where: { $0 >= Int64(clamping: frequent) }) {
            throw .plan(
                source: "\(state.name):remap", field: "row of id \(bad)", found: "\(remap[bad])",
                expected: "below the \(frequent) rows of frequent.weight, or negative")
        }
        let map = remap.map { value in
            value >= 0 ? UInt32(value) : UInt32(frequent + UInt64(bitPattern: -(value &+ 1)) % rare)
        }
        let source = JoinedSource([
            try state.rows("frequent.weight", width: width), try state.rows("rare.weight", width: width),
        ])
        return try request.remapped(source, map, missing: .error, name: state.tableName)
    }
}

extension ImportRequest {
    /// A table of stored rows behind a row map.
    fileprivate func remapped(
        _ source: any RowSource, _ map: [UInt32], missing: MissingPolicy, name: String
    ) throws(PackError) -> ImportedTable {
        var stages = try syntax()
        if !stages.contains(where: { $0.name == Remapped.name }) { stages.insert(StageSyntax(Remapped.name), at: 0) }
        var plan = try self.plan(stages, source, name: name).plan
        plan.idCount = UInt64(map.count)
        plan.missing = missing
        plan.parameters["remapped.rows"] = map.column("rows")
        return ImportedTable(plan: plan, features: [])
    }
}
