public import EmbFormat

/// `unified`: many features share one row space (Formats/indexers/unified.md).
public struct Unified: Indexer {
    public static let name = "unified"
    static let maxProbes: UInt64 = 64
    private static let maxTables: UInt64 = 65_536

    /// Shared rows of each sub-table.
    public let rows: UInt64
    /// Numbers in a stored row.
    public let width: Int
    /// Sub-tables.
    public let tables: UInt64
    /// Rows per id, for features that do not say.
    public let probes: Int
    public let hash: HashName
    public let seed: UInt64

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let rows = try arguments.integer("rows", in: 1...FormatLimits.rows) else {
            throw arguments.missing("rows")
        }
        guard let width = try arguments.integer("width", in: 1...FormatLimits.dim) else {
            throw arguments.missing("width")
        }
        self.rows = rows
        self.width = Int(width)
        tables = try arguments.integer("tables", in: 1...Self.maxTables) ?? 1
        probes = Int(try arguments.integer("probes", in: 1...Self.maxProbes) ?? 1)
        let hash = try arguments.word("hash", [HashName.mix, .murmur, .siphash].map(\.rawValue))
        self.hash = hash.flatMap(HashName.init(rawValue:)) ?? .mix
        seed = try arguments.seed()
        guard sharedRows <= FormatLimits.rows else {
            throw ExpressionError(.badArgument, "unified: \(sharedRows) rows, at most \(FormatLimits.rows) are allowed")
        }
    }

    public var arguments: [ArgumentSyntax] {
        var spelled = [ArgumentSyntax("rows", "\(rows)"), ArgumentSyntax("width", "\(width)")]
        if tables != 1 { spelled.append(ArgumentSyntax("tables", "\(tables)")) }
        if probes != 1 { spelled.append(ArgumentSyntax("probes", "\(probes)")) }
        if hash != .mix { spelled.append(ArgumentSyntax("hash", hash.rawValue)) }
        if seed != 0 { spelled.append(ArgumentSyntax("seed", "\(seed)")) }
        return spelled
    }

    public var combine: Combine { .concat }
    public var idKind: IDKind? { nil }
    public var ownsRows: Bool { false }
    /// Rows that all hashed features share, before the owned ones.
    public var sharedRows: UInt64 { tables * rows }

    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { sharedRows }

    public func rowWidth(combined: Int) throws(ExpressionError) -> Int {
        guard combined == probes * width else {
            throw ExpressionError(
                .badDims, "unified: \(probes) probes of \(width) numbers are not the \(combined) that are combined")
        }
        return width
    }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        guard rowCount >= sharedRows else {
            throw FormatError(
                .badExpression, "rowCount of a unified table", found: "\(rowCount)", expected: "at least \(sharedRows)")
        }
        guard idCount == rowCount else {
            throw FormatError(
                .badExpression, "idCount of a unified table", found: "\(idCount)", expected: "rowCount, \(rowCount)")
        }
    }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        UnifiedReader(self, rowCount: rowCount, UnifiedFeature(probes: probes))
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NoIndexBuilder() }
}
