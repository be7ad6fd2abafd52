public import EmbStore

/// Why a table is not what was packed from a source, or could not be compared with it.
public enum VerificationError: Error, Sendable, Equatable {
    /// The source cannot be read.
    case pack(PackError)
    case lookup(LookupError)
    /// dim, number of ids or type of keys: the table's, and the source's.
    case shape(table: String, field: String, found: String, expected: String)
    /// A row of the source that the table does not know.
    case missingID(table: String, row: UInt64, id: String)
    /// A codec that keeps every number has other ones.
    case notLossless(table: String, row: UInt64, numbers: UInt64)
    /// The NMSE is not the one that packing noted.
    case otherQuality(table: String, found: Double, recorded: Double)

    init(_ error: PackError) { self = .pack(error) }
}

extension VerificationError: CustomStringConvertible {
    /// The stable token of the case.
    public var code: String {
        switch self {
        case .pack(let error): error.code
        case .lookup(let error): error.code
        case .shape: "WRONG_SHAPE"
        case .missingID: "MISSING_ID"
        case .notLossless: "NOT_LOSSLESS"
        case .otherQuality: "NMSE_DIFFERS"
        }
    }

    public var description: String {
        switch self {
        case .pack(let error): "\(error)"
        case .lookup(let error): "\(error)"
        case .shape(let table, let field, let found, let expected):
            "table \"\(table)\": \(field) is \(found), the source's is \(expected)"
        case .missingID(let table, let row, let id):
            "table \"\(table)\" has no row for id \(id), row \(row) of the source"
        case .notLossless(let table, let row, let numbers):
            "table \"\(table)\": \(numbers) numbers differ from the source, first in row \(row), under a codec that keeps all"
        case .otherQuality(let table, let found, let recorded):
            "table \"\(table)\": NMSE is \(found), packing noted \(recorded)"
        }
    }
}
