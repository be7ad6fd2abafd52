/// What indexers, transforms and row codecs have in common: a name in expressions, and the revision of their bytes.
public protocol Stage: Sendable {
    /// The name in expressions and files. Incompatible bytes need a new revision, or a new name.
    static var name: String { get }
    static var revision: UInt16 { get }

    /// Reads the arguments; what is not taken from `arguments` is refused by the caller.
    init(_ arguments: inout StageArguments) throws(ExpressionError)

    /// Names of the columns that the stage needs, as on its page.
    var columnNames: [String] { get }

    /// The arguments in canonical spelling: in the order of the stage's page, defaults omitted.
    var arguments: [ArgumentSyntax] { get }

    /// The compositions among the arguments, in the order written: transforms and a row codec each.
    var nested: [Composition] { get }
}

extension Stage {
    public static var revision: UInt16 { 1 }
    public var arguments: [ArgumentSyntax] { [] }
    public var columnNames: [String] { [] }
    public var nested: [Composition] { [] }

    /// Names of the columns of nested stages, as this stage has them: `0.int8.rows`.
    public var nestedColumnNames: [String] {
        nested.enumerated().flatMap { number, composition in
            composition.rowStages.flatMap { stage in
                (stage.columnNames + stage.nestedColumnNames).map { "\(number).\(type(of: stage).name).\($0)" }
            }
        }
    }

    /// The stage as written, with all of its arguments understood; stages nested in it are looked up in `registry`.
    public init(parsing syntax: StageSyntax, registry: Registry = .builtin) throws(ExpressionError) {
        var arguments = StageArguments(syntax, registry: registry)
        try self.init(&arguments)
        try arguments.finish()
    }

    public var syntax: StageSyntax { StageSyntax(Self.name, arguments) }
}

/// The rows that a row codec is asked to store.
public struct StoredShape: Sendable, Equatable {
    /// Rows that indices can name.
    public let rowCount: UInt64
    /// Numbers in a row.
    public let dim: Int
    /// If set, row i is the numbers i ..< i + dim of one array of rowCount + dim - 1 numbers: rows overlap.
    public let windows: Bool

    public init(rowCount: UInt64, dim: Int, windows: Bool = false) {
        self.rowCount = rowCount
        self.dim = dim
        self.windows = windows
    }
}
