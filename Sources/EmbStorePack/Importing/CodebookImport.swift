internal import EmbCodecs
internal import EmbFormat

/// `dpq`: codes and the codebooks that they were trained with.
enum CodebookImport: ImportMethod {
    static let name = "dpq"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let trained = try TrainedCodes(state)
        return ImportedTable(plan: try trained.plan(state, request, stages: request.syntax()), features: [])
    }
}

/// `mgqe`: the same, where ids that are asked for rarely use the first codewords only.
enum MGQEImport: ImportMethod {
    static let name = "mgqe"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        var trained = try TrainedCodes(state)
        let frequent = try frequent(state, UInt64(trained.rowCount))
        var stages = try request.syntax()
        let bits = try coldBits(state, stages, trained, frequent)
        guard bits < trained.bits else {
            return ImportedTable(plan: try trained.plan(state, request, stages: stages), features: [])
        }
        let hot = frequent.indices.filter { frequent[$0] }
        let order = hot + frequent.indices.filter { !frequent[$0] }
        let isMoved = order != Array(frequent.indices)
        trained.order(order)
        if isMoved, !stages.contains(where: { $0.name == Remapped.name }) {
            stages.insert(StageSyntax(Remapped.name), at: 0)
        }
        var plan = try trained.plan(
            state, request, stages: stages,
            [ArgumentSyntax("coldBits", "\(bits)"), ArgumentSyntax("hot", "\(hot.count)")])
        if stages.contains(where: { $0.name == Remapped.name }) {
            var places = [UInt32](repeating: 0, count: order.count)
            for (place, id) in order.enumerated() { places[id] = UInt32(place) }
            plan.idCount = UInt64(order.count)
            plan.parameters["remapped.rows"] = places.column("rows")
        }
        return ImportedTable(plan: plan, features: [])
    }

    private static func frequent(_ state: TrainedState, _ rowCount: UInt64) throws(PackError) -> [Bool] {
        try state.check("frequent", state.vector("frequent"), rowCount, "ids, as codes has rows")
        let values = try state.integers("frequent")
        if let bad = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw .plan(
                source: "\(state.name):frequent", field: "id \(bad)", found: "\(values[bad])", expected: "0 or 1")
        }
        return values.map { $0 == 1 }
    }

    /// As written, or as few as the codes of rare ids need.
    private static func coldBits(
        _ state: TrainedState, _ stages: [StageSyntax], _ trained: TrainedCodes, _ frequent: [Bool]
    ) throws(PackError) -> Int {
        let rare = frequent.indices.filter { !frequent[$0] }
        let largest = rare.map { trained.largest($0) }.max() ?? 0
        let needed = max(8 - largest.leadingZeroBitCount, 1)
        guard let written = stages.last?.word("coldBits").flatMap({ Int($0) }) else { return needed }
        guard needed <= written else {
            let row = rare.first { trained.largest($0) == largest } ?? 0
            throw .plan(
                source: "\(state.name):codes", field: "code of rare id \(row)", found: "\(largest)",
                expected: "below \(1 << written), as coldBits=\(written)")
        }
        return written
    }
}
