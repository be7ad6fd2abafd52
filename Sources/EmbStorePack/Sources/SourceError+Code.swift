extension SourceError {
    /// A stable token for scripts; the prose around it may change.
    public var code: String {
        switch self {
        case .cannotOpen: "CANNOT_OPEN"
        case .readFailed: "READ_FAILED"
        case .notAFile: "NOT_A_FILE"
        case .truncated: "TRUNCATED"
        case .trailingBytes: "TRAILING_BYTES"
        case .corrupt: "CORRUPT"
        case .badHeader: "BAD_HEADER"
        case .unsupportedType: "UNSUPPORTED_TYPE"
        case .unsupportedLayout: "UNSUPPORTED_LAYOUT"
        case .foreignFormat: "FOREIGN_FORMAT"
        case .unknownFormat: "UNKNOWN_FORMAT"
        case .notATable: "NOT_A_TABLE"
        case .noSuchTensor: "NO_SUCH_TENSOR"
        case .noSuchColumn: "NO_SUCH_COLUMN"
        case .duplicateName: "DUPLICATE_NAME"
        case .badRange: "BAD_RANGE"
        case .missingShard: "MISSING_SHARD"
        case .wrongFieldCount: "WRONG_FIELD_COUNT"
        case .badNumber: "BAD_NUMBER"
        case .numberOverflow: "NUMBER_OVERFLOW"
        case .badQuote: "BAD_QUOTE"
        case .badKey: "BAD_KEY"
        case .keyTooLong: "KEY_TOO_LONG"
        case .tooLarge: "TOO_LARGE"
        case .rowCountMismatch: "ROW_COUNT_MISMATCH"
        case .badOption: "BAD_OPTION"
        }
    }
}
