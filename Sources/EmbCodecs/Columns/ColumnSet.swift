public import EmbFormat

/// The columns of one table, handed out to its stages. A column nobody takes is refused.
public struct ColumnSet {
    private let table: String
    private var left: [String: Column]
    /// What stands before the names of the stages that take columns now.
    private var prefix = ""

    public init(table: String, _ columns: [Column]) {
        self.table = table
        left = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Fails if a column of `stage` is not there. Asked of all stages before any column is taken.
    public func require(_ names: [String], of stage: String) throws(FormatError) {
        for name in names where left[key(stage, name)] == nil { throw missing(key(stage, name)) }
    }

    private func key(_ stage: String, _ name: String) -> String { "\(prefix)\(stage).\(name)" }

    private func missing(_ name: String) -> FormatError {
        FormatError(.missingColumn, field(name), found: "none", expected: "a column of this name")
    }

    /// Takes column `stage.name`, whose shape must be one of `shapes`.
    public mutating func take(
        _ stage: String, _ name: String, _ shapes: ColumnShape...
    ) throws(FormatError) -> Column {
        let column = try take(stage, name)
        guard shapes.contains(column.shape) else {
            throw FormatError(
                .wrongColumn, field(key(stage, name)), found: "\(column.shape)",
                expected: shapes.map(\.description).joined(separator: " or "))
        }
        return column
    }

    /// Takes column `stage.name`, which must have this shape and be stored raw.
    public mutating func takeRaw(
        _ stage: String, _ name: String, _ shape: ColumnShape
    ) throws(FormatError) -> Column {
        let column = try take(stage, name, shape)
        guard column.entry.encoding == .raw else {
            throw FormatError(
                .wrongColumn, field(key(stage, name)), found: "encoding \(column.entry.encoding)", expected: "raw")
        }
        return try column.inMemory()
    }

    /// Takes column `stage.name`, whatever its shape.
    public mutating func take(_ stage: String, _ name: String) throws(FormatError) -> Column {
        guard let column = left.removeValue(forKey: key(stage, name)) else {
            throw missing(key(stage, name))
        }
        return column
    }

    /// Opens composition `number` of those nested in `stage`: its columns are called `stage.number.name`.
    public mutating func nested<Result>(
        _ stage: String, _ number: Int, _ open: (inout ColumnSet) throws(FormatError) -> Result
    ) throws(FormatError) -> Result {
        let outer = prefix
        prefix += "\(stage).\(number)."
        defer { prefix = outer }
        return try open(&self)
    }

    /// Fails if a column was not taken.
    public func finish() throws(FormatError) {
        guard let stranger = left.keys.min() else { return }
        throw FormatError(.wrongColumn, field(stranger), found: "a column", expected: "none of this name")
    }

    public func field(_ column: String) -> String { "table \"\(table)\", column \(column)" }
}
