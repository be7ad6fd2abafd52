public import EmbCodecs
public import EmbFormat

/// What to do with NaN and infinite values that a codec cannot store.
public enum NonFinitePolicy: String, Sendable, CaseIterable {
    /// Packing fails and names the row.
    case refuse
    /// NaN becomes 0, infinities the row's largest and smallest finite number.
    case clamp
}

/// What to do with rows whose key came before.
public enum DuplicatePolicy: String, Sendable, CaseIterable {
    case error, first, last
}

/// The row that stands for missing ids under policy `default`.
public enum DefaultRow: Sendable, Equatable {
    /// Its row number in the source; where ids share rows, that of the stored row.
    case row(UInt64)
    /// Its string key.
    case key(String)
}

/// One table to pack.
public struct TablePlan {
    public var name: String
    public var source: any RowSource
    /// How to store it. An indexer that is not written follows the source: `keyed` if it has keys, else `direct`.
    public var expression: String
    public var missing = MissingPolicy.error
    public var defaultRow: DefaultRow?
    public var nonFinite = NonFinitePolicy.refuse
    public var duplicates = DuplicatePolicy.error
    /// How the rows are stored in the file.
    public var storage = StoreWriter.Storage.raw
    /// Names under which services ask for this table.
    public var features: [String] = []
    /// Further attributes of the table.
    public var attributes: [TableEntry.Attribute] = []
    /// Set if the source's rows are what the row codec stores, trained elsewhere, and not embeddings. Of `robe` they are the
    /// array, one number a row.
    public var rowsAreStored = false
    /// Of stored rows: the ids that they serve, where that is not the number of rows, and the numbers of an embedding, where
    /// transforms make others of the rows.
    public var idCount: UInt64?
    /// Keys of the ids, where rows are stored as given and a row map stands between the two.
    public var keys: ArraySource.Keys?
    public var dim: Int?
    /// What was trained or fitted elsewhere, by the names that the columns have in the file: `pq.codebooks`. Stages of which
    /// nothing is given are fitted.
    public var parameters: [String: ColumnData] = [:]
    /// How often each row of the source is asked for, in its order: what fits pay most attention to, and the error is also
    /// measured by. Nil if nobody knows.
    public var frequencies: [Float]?
    /// The order in which rows are stored. Any but `source` reads the whole source into memory.
    public var order = RowOrder.source
    /// Whether the table records what packing cost it, as attributes.
    public var recordsQuality = true

    public init(name: String, source: any RowSource, expression: String) {
        self.name = name
        self.source = source
        self.expression = expression
    }
}

extension TablePlan {
    /// The ids of `keys`, as rows that say nothing else.
    var keysAlone: ArraySource? {
        guard let keys else { return nil }
        return ArraySource(name: name, [Float](repeating: 0, count: keys.count), dim: 1, keys: keys)
    }

    /// How many ids there are, if the plan says so.
    var idsGiven: UInt64? { idCount ?? keys.map { UInt64($0.count) } }
}

/// How far packing has come.
public struct PackProgress: Sendable {
    /// What is done now.
    public enum Part: String, Sendable {
        /// Rows of the source are counted, and their keys compared.
        case counting
        /// Rows of the source are encoded, or read to be fitted.
        case reading
        /// Stored rows that ids share are solved for.
        case fitting
        /// Parameters of stages, such as codebooks, are fitted; in thousandths.
        case learning
    }

    public let table: String
    public let part: Part
    public let rowsDone: UInt64
    /// Nil while nobody knows.
    public let rowCount: UInt64?

    init(table: String, part: Part = .reading, rowsDone: UInt64, rowCount: UInt64?) {
        self.table = table
        self.part = part
        self.rowsDone = rowsDone
        self.rowCount = rowCount
    }
}

/// What packing a table came to.
public struct PackReport: Sendable {
    public let table: String
    public let expression: String
    public let idCount: UInt64
    public let rowCount: UInt64
    public let dim: Int
    /// Rows left out because of their keys.
    public let duplicatesDropped: UInt64
    /// Bytes of all the table's columns in the file, index included, before padding.
    public let columnBytes: UInt64
    /// Bytes that the source's values took, as they stand there.
    public let sourceBytes: UInt64
    /// How near the packed table comes to the source; nil if rows were stored as given.
    public let quality: Quality?
    /// How long it took.
    public let duration: Duration

    public var bytesPerID: Double { Double(columnBytes) / Double(max(idCount, 1)) }
    public var ratio: Double { Double(sourceBytes) / Double(max(columnBytes, 1)) }
}
