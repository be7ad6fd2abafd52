/// One table of a file (Formats/container.md, "Table entry").
public struct TableEntry: Sendable, Equatable {
    /// A stage of the expression with the revision of its bytes.
    public struct Stage: Sendable, Equatable {
        public var name: String
        public var revision: UInt16

        public init(name: String, revision: UInt16) {
            self.name = name
            self.revision = revision
        }
    }

    /// A column, `stage.column`, and the segment that holds it.
    public struct Column: Sendable, Equatable {
        public var name: String
        public var segment: UInt32

        public init(name: String, segment: UInt32) {
            self.name = name
            self.segment = segment
        }
    }

    /// A note for people and tools. Readers ignore keys that they do not know.
    public struct Attribute: Sendable, Equatable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// `defaultRow` of a table without one.
    public static let noDefaultRow = UInt32.max

    public var name: String
    /// The composition in canonical spelling.
    public var expression: String
    /// Ids that the table was packed from.
    public var idCount: UInt64
    /// Rows that the row codec stores.
    public var rowCount: UInt64
    /// Numbers in an embedding.
    public var dim: UInt32
    /// The stored row for missing ids under policy `default`.
    public var defaultRow = noDefaultRow
    public var missing = MissingPolicy.error
    /// All stages in the order written, an omitted `direct` included.
    public var stages: [Stage] = []
    public var columns: [Column] = []
    public var attributes: [Attribute] = []

    public init(name: String, expression: String, idCount: UInt64, rowCount: UInt64, dim: UInt32) {
        self.name = name
        self.expression = expression
        self.idCount = idCount
        self.rowCount = rowCount
        self.dim = dim
    }
}

/// What a lookup returns for an id without a row (Formats/lookup.md, "Missing ids").
public enum MissingPolicy: UInt8, Sendable, CaseIterable {
    case error = 0
    case zero = 1
    case `default` = 2
    case hashed = 3

    public var name: String { "\(self)" }
}

/// A name that services ask for, and the table that answers (Formats/container.md, "Feature entry").
public struct FeatureEntry: Sendable, Equatable {
    public var name: String
    public var table: UInt32
    public var arguments: String

    public init(name: String, table: UInt32, arguments: String = "") {
        self.name = name
        self.table = table
        self.arguments = arguments
    }
}
