public import EmbCodecs
public import EmbFormat

/// Why a lookup was refused. All but `missingID` and `corrupt` are found before the output is touched.
public enum LookupError: Error, Sendable, Equatable {
    /// An id without a row, under the policy `error`: its position among the ids of the call.
    case missingID(table: String, position: Int, id: String)
    case wrongIDKind(table: String, found: IDKind)
    /// Policy `default` on a table without a default row.
    case noDefaultRow(table: String)
    case badDims(table: String, found: Int, limit: Int)
    /// A buffer of the wrong length.
    case wrongCount(table: String, of: String, found: Int, expected: Int)
    /// Offsets or lengths that do not divide the ids: what is wrong with entry `position`.
    case badOffsets(table: String, position: Int, found: Int, expected: String)
    /// `nearest` on a table that does not hold its ids, or whose ids share rows.
    case notSearchable(table: String)
    /// The file is damaged where this lookup reads it.
    case corrupt(table: String, FormatError)
}

extension LookupError: CustomStringConvertible {
    /// The stable token of the case.
    public var code: String {
        switch self {
        case .missingID: "MISSING_ID"
        case .wrongIDKind: "WRONG_ID_KIND"
        case .noDefaultRow: "NO_DEFAULT_ROW"
        case .badDims: "BAD_DIMS"
        case .wrongCount: "WRONG_COUNT"
        case .badOffsets: "BAD_OFFSETS"
        case .notSearchable: "NOT_SEARCHABLE"
        case .corrupt(_, let error): error.code.token
        }
    }

    public var description: String {
        switch self {
        case .missingID(let table, let position, let id):
            "table \"\(table)\" has no row for id \(id), at position \(position)"
        case .wrongIDKind(let table, let found):
            "table \"\(table)\" does not take \(found.rawValue) ids"
        case .noDefaultRow(let table):
            "table \"\(table)\" has no default row for missing ids"
        case .badDims(let table, let found, let limit):
            "table \"\(table)\": dims is \(found), expected 1 to \(limit)"
        case .wrongCount(let table, let what, let found, let expected):
            "table \"\(table)\": \(found) \(what), expected \(expected)"
        case .badOffsets(let table, let position, let found, let expected):
            "table \"\(table)\": offset or length \(position) is \(found), expected \(expected)"
        case .notSearchable(let table):
            "table \"\(table)\" cannot be searched: its ids share rows, and the file does not name them"
        case .corrupt(let table, let error):
            "table \"\(table)\": \(error)"
        }
    }
}
