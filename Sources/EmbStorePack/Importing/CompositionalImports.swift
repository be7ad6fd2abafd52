internal import EmbCodecs
internal import EmbFormat

/// `qr`: quotient rows, then remainder rows.
enum QRImport: ImportMethod {
    static let name = "qr"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let (quotients, width) = try state.matrix("quotient.weight")
        let (remainders, other) = try state.matrix("remainder.weight")
        try state.check("remainder.weight", other, width, "numbers in a row, as quotient.weight has")
        let stages = try request.completed(QR.name, [ArgumentSyntax("divisor", "\(remainders)")])
        let source = JoinedSource([
            try state.rows("quotient.weight", width: width), try state.rows("remainder.weight", width: width),
        ])
        var (plan, indexer) = try request.plan(stages, source, name: state.tableName)
        let divisor = (indexer as? QR)?.divisor ?? 0
        try state.check("remainder.weight", remainders, divisor, "rows, one for each remainder")
        let idCount = request.idCount ?? quotients * remainders
        try state.check(
            "quotient.weight", quotients, (indexer as? QR)?.quotients(idCount: idCount) ?? 0,
            "rows, for \(idCount) ids by \(divisor)")
        plan.idCount = idCount
        return ImportedTable(plan: plan, features: [])
    }
}

/// `robe`: one array.
enum RobeImport: ImportMethod {
    static let name = "robe"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let size = try state.vector("array")
        var arguments = [ArgumentSyntax("size", "\(size)")]
        if state.has("coefficients") {
            let count = try state.vector("coefficients")
            guard count == 9 || count == 10 else {
                throw state.misshaped("coefficients", expected: "9 integers, and one that is not used")
            }
            let numbers = try state.integers("coefficients").prefix(9).map { "\(UInt64(bitPattern: $0))" }
            arguments.append(ArgumentSyntax("coefficients", numbers.joined(separator: "-")))
        }
        var (plan, indexer) = try request.plan(
            request.completed(Robe.name, arguments), state.rows("array", width: 1), name: state.tableName)
        try state.check("array", size, (indexer as? Robe)?.size ?? 0, "numbers")
        plan.idCount = nil
        return ImportedTable(plan: plan, features: [])
    }
}

/// `tt`: cores of a tensor train.
enum TensorTrainImport: ImportMethod {
    static let name = "tt"

    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable {
        let count = state.names(from: "cores.", to: "").count
        guard (2...4).contains(count) else {
            throw .plan(
                source: state.name, field: "tensors cores.0, cores.1, …", found: "\(count)", expected: "2 to 4")
        }
        let cores = try shapes(state, count, rank: rank(state, request))
        let rank = cores[0].width / cores[0].dim
        let text = { (values: [UInt64]) in values.map { "\($0)" }.joined(separator: "x") }
        let stages = try request.completed(
            TensorTrain.name,
            [
                ArgumentSyntax("rank", "\(rank)"), ArgumentSyntax("rows", text(cores.map(\.rows))),
                ArgumentSyntax("dims", text(cores.map(\.dim))),
            ])
        var parts: [any RowSource] = []
        for k in 0..<count - 1 { parts.append(try state.rows("cores.\(k)", width: rank)) }
        parts.append(try transposed(state, "cores.\(count - 1)", rank, cores[count - 1].dim))
        var (plan, indexer) = try request.plan(stages, JoinedSource(parts), name: state.tableName)
        let train = indexer as? TensorTrain
        guard train?.rows == cores.map(\.rows), train?.dims == cores.map(\.dim), train?.rank == Int(rank) else {
            throw state.misshaped("cores.0", expected: "cores of \(stages[0])")
        }
        plan.idCount = request.idCount ?? train?.idLimit
        return ImportedTable(plan: plan, features: [])
    }

    private typealias Core = (rows: UInt64, dim: UInt64, width: UInt64)

    /// The rank as written, or as cores of four dimensions show it.
    private static func rank(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> UInt64? {
        let sizes = try sizes(state, 0)
        if sizes.count == 4 { return sizes[3] }
        let stage = try request.syntax().first { $0.name == TensorTrain.name }
        return stage?.word("rank").flatMap { UInt64($0) }
    }

    private static func sizes(_ state: TrainedState, _ k: Int) throws(PackError) -> [UInt64] {
        try state.sizes(
            "cores.\(k)", dimensions: [2, 4], expected: "[slices, rank · dim · rank] or [slices, rank, dim, rank]")
    }

    /// Slices, dim and numbers of a slice of each core. The outer ranks are 1.
    private static func shapes(_ state: TrainedState, _ count: Int, rank: UInt64?) throws(PackError) -> [Core] {
        guard let rank, rank > 0 else {
            throw .plan(
                source: state.name, field: "rank", found: "none",
                expected: "'tensorTrain(rank=…) | …', as cores of two dimensions do not tell it")
        }
        var cores: [Core] = []
        for k in 0..<count {
            let sizes = try sizes(state, k)
            let (before, after) = (k == 0 ? 1 : rank, k == count - 1 ? 1 : rank)
            let width = sizes.dropFirst().reduce(1, *)
            guard width % (before * after) == 0, sizes.count == 2 || (sizes[1] == before && sizes[3] == after) else {
                throw state.misshaped("cores.\(k)", expected: "ranks \(before) and \(after)")
            }
            cores.append((sizes[0], width / (before * after), width))
        }
        return cores
    }

    /// Slices of shape rank x dim as dim rows of rank numbers.
    private static func transposed(
        _ state: TrainedState, _ tensor: String, _ rank: UInt64, _ dim: UInt64
    ) throws(PackError) -> any RowSource {
        let values = try state.floats(tensor)
        let (rank, dim) = (Int(rank), Int(dim))
        var rows = [Float](repeating: 0, count: values.count)
        for i in 0..<values.count {
            let (slice, place) = i.quotientAndRemainder(dividingBy: rank * dim)
            rows[slice * rank * dim + place % dim * rank + place / dim] = values[i]
        }
        return ArraySource(name: "\(state.name):\(tensor)", rows, dim: rank)
    }
}
