internal import EmbCodecs
internal import EmbFormat

/// What is to be imported, beside the state itself.
public struct ImportRequest: Sendable {
    /// The stages from the row codec outwards, and the indexer where it has arguments that no shape tells.
    public var expression: String
    /// What the names of the state's tensors begin with.
    public var prefix = ""
    /// The number of ids, where shapes do not tell it, or fewer.
    public var idCount: UInt64?

    public init(expression: String) { self.expression = expression }
}

/// A table that a trained state becomes.
public struct ImportedTable {
    public var plan: TablePlan
    /// Features that the state has.
    public let features: [(name: String, arguments: String)]
}

/// One way in which a model names its parameters (Formats/import.md).
protocol ImportMethod: Sendable {
    static var name: String { get }
    static func table(_ state: TrainedState, _ request: ImportRequest) throws(PackError) -> ImportedTable
}

/// Makes tables of trained states.
public enum Importer {
    static let methods: [any ImportMethod.Type] = [
        DenseImport.self, HashImport.self, HashEmbeddingsImport.self, MemcomImport.self, QRImport.self, RobeImport.self,
        TensorTrainImport.self, UnifiedImport.self, MixedDimsImport.self, OptEmbedImport.self, AdaptEmbImport.self,
        CodebookImport.self, MGQEImport.self, DeepHashImport.self, BEBRImport.self,
    ]

    /// The names of all methods.
    public static var names: [String] { methods.map { $0.name } }

    /// The table of a state in the file at `path`. Rows are read while packing; everything else now.
    ///
    /// - Throws: `PackError`, which names the tensor that is missing or of another type or shape.
    public static func table(
        method: String, path: String, _ request: ImportRequest
    ) throws(PackError) -> ImportedTable {
        guard let type = methods.first(where: { $0.name == method }) else {
            throw .plan(
                source: path, field: "method", found: "\"\(method)\"", expected: names.joined(separator: ", "))
        }
        let state: TrainedState
        do throws(SourceError) { state = try TrainedState(path: path, prefix: request.prefix) } catch {
            throw .source(error)
        }
        let table = try type.table(state, request)
        try state.finish()
        return table
    }
}

extension ImportRequest {
    /// The expression with an indexer `name`, which has `arguments` too, unless they were written.
    func completed(_ name: String, _ arguments: [ArgumentSyntax]) throws(PackError) -> [StageSyntax] {
        var stages = try syntax()
        if stages.first?.name != name { stages.insert(StageSyntax(name), at: 0) }
        stages[0].complete(arguments)
        return stages
    }

    func syntax() throws(PackError) -> [StageSyntax] {
        do throws(ExpressionError) { return try ExpressionParser.parse(expression) } catch { throw .expression(error) }
    }

    /// A table of stored rows.
    func plan(
        _ stages: [StageSyntax], _ source: any RowSource, name: String
    ) throws(PackError) -> (plan: TablePlan, indexer: any Indexer) {
        let (composition, plan) = try composed(stages, source, name: name)
        return (plan, composition.indexer)
    }

    func composed(
        _ stages: [StageSyntax], _ source: any RowSource, name: String
    ) throws(PackError) -> (composition: Composition, plan: TablePlan) {
        do throws(ExpressionError) {
            let composition = try Composition(stages, registry: .builtin)
            var plan = TablePlan(name: name, source: source, expression: composition.description)
            plan.rowsAreStored = true
            plan.idCount = idCount
            return (composition, plan)
        } catch {
            throw .expression(error)
        }
    }
}

extension StageSyntax {
    /// Adds those of `arguments` that are not written.
    mutating func complete(_ more: [ArgumentSyntax]) {
        let written = arguments
        let missing = more.filter { argument in
            !written.contains { $0.label == argument.label && (argument.label != nil || $0 == argument) }
        }
        arguments = missing + written
    }

    /// What is written for `label=`.
    func word(_ label: String) -> String? {
        guard case .word(let word) = arguments.first(where: { $0.label == label })?.value else { return nil }
        return word
    }
}

extension [Float] {
    /// A column of these numbers.
    func column(_ name: String, rows: UInt64, width: UInt64) -> ColumnData {
        let bytes = flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) } }
        return ColumnData(name, ColumnShape(.f32, rows: rows, width: UInt32(width)), bytes: bytes)
    }
}

extension [UInt32] {
    /// A column of these row indices.
    func column(_ name: String) -> ColumnData {
        let bytes = flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        return ColumnData(name, ColumnShape(.u32, rows: UInt64(count), width: 1), bytes: bytes)
    }
}
