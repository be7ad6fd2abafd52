internal import EmbCodecs
internal import EmbFormat

/// `unified`: sub-tables that all features share, then rows that features of few ids own.
enum UnifiedImport: ImportMethod {
    static let name = "unified"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (rows, width) = try state.matrix("tables.0.weight")
        let count = state.names(from: "tables.", to: ".weight").count
        var parts: [any RowSource] = []
        for t in 0..<count {
            let tensor = "tables.\(t).weight"
            let (others, numbers) = try state.matrix(tensor)
            try state.check(tensor, others, rows, "rows, as tables.0.weight has")
            try state.check(tensor, numbers, width, "numbers in a row, as tables.0.weight has")
            parts.append(try state.rows(tensor, width: width))
        }
        let stages = try request.completed(
            Unified.name,
            [
                ArgumentSyntax("rows", "\(rows)"), ArgumentSyntax("width", "\(width)"),
                ArgumentSyntax("tables", "\(count)"),
            ])
        let probes = try request.plan(stages, parts[0], name: "").indexer.probes
        var features: [(name: String, arguments: String)] = []
        var first: UInt64 = 0
        for name in state.names(from: "owned.", to: ".weight") {
            let tensor = "owned.\(name).weight"
            let (ids, numbers) = try state.matrix(tensor)
            guard numbers % width == 0 else {
                throw state.misshaped(tensor, expected: "a multiple of \(width) numbers in a row")
            }
            let own = numbers / width == probes ? "" : "probes=\(numbers / width), "
            features.append((name, "\(own)first=\(first), ids=\(ids)"))
            parts.append(try state.rows(tensor, width: width))
            first += ids * (numbers / width)
        }
        var (plan, indexer) = try request.plan(stages, JoinedSource(parts), name: state.tableName)
        let table = indexer as? Unified
        guard table?.rows == rows, table?.width == Int(width), table?.tables == UInt64(count) else {
            throw state.misshaped("tables.0.weight", expected: "\(count) tables of \(stages[0])")
        }
        plan.idCount = nil
        return ImportedTable(plan: plan, features: features)
    }
}
