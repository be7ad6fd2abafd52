/// Why a file is refused: the code of Formats/container.md, the field, and both values.
public struct FormatError: Error, Sendable, Equatable {
    /// The refusals of Formats/container.md. Numbers and tokens never change.
    public enum Code: UInt16, Sendable, CaseIterable {
        case notEmbStore = 10
        case truncated = 11
        case extended = 12
        case superblockChecksum = 20
        case newerVersion = 21
        case unknownFeature = 22
        case reservedNotZero = 23
        case badSuperblock = 24
        case catalogChecksum = 30
        case badCatalog = 31
        case duplicateName = 32
        case badReference = 33
        case limitExceeded = 34
        case segmentLayout = 40
        case segmentShape = 41
        case unknownElementType = 42
        case unknownEncoding = 43
        case badExpression = 50
        case unknownStage = 51
        case unknownRevision = 52
        case missingColumn = 53
        case wrongColumn = 54
        case segmentChecksum = 60
        case paddingNotZero = 61
        case badBlock = 62
        case badKeyIndex = 63
        case badPayload = 64
    }

    public let code: Code
    /// What was looked at, such as `superblock.fileBytes` or `table "users", column int8.rows`.
    public let field: String
    public let found: String
    public let expected: String

    public init(_ code: Code, _ field: String, found: String, expected: String) {
        self.code = code
        self.field = field
        self.found = found
        self.expected = expected
    }

    init(_ code: Code, _ field: String, found: some BinaryInteger, expected: some BinaryInteger) {
        self.init(code, field, found: "\(found)", expected: "\(expected)")
    }
}

extension FormatError: CustomStringConvertible {
    public var description: String { "\(code.token): \(field) is \(found), expected \(expected)" }
}

extension FormatError.Code {
    /// The stable spelling, such as `CATALOG_CHECKSUM`.
    public var token: String {
        switch self {
        case .notEmbStore: "NOT_EMBSTORE"
        case .truncated: "TRUNCATED"
        case .extended: "EXTENDED"
        case .superblockChecksum: "SUPERBLOCK_CHECKSUM"
        case .newerVersion: "NEWER_VERSION"
        case .unknownFeature: "UNKNOWN_FEATURE"
        case .reservedNotZero: "RESERVED_NOT_ZERO"
        case .badSuperblock: "BAD_SUPERBLOCK"
        case .catalogChecksum: "CATALOG_CHECKSUM"
        case .badCatalog: "BAD_CATALOG"
        case .duplicateName: "DUPLICATE_NAME"
        case .badReference: "BAD_REFERENCE"
        case .limitExceeded: "LIMIT_EXCEEDED"
        case .segmentLayout: "SEGMENT_LAYOUT"
        case .segmentShape: "SEGMENT_SHAPE"
        case .unknownElementType: "UNKNOWN_ELEMENT_TYPE"
        case .unknownEncoding: "UNKNOWN_ENCODING"
        case .badExpression: "BAD_EXPRESSION"
        case .unknownStage: "UNKNOWN_STAGE"
        case .unknownRevision: "UNKNOWN_REVISION"
        case .missingColumn: "MISSING_COLUMN"
        case .wrongColumn: "WRONG_COLUMN"
        case .segmentChecksum: "SEGMENT_CHECKSUM"
        case .paddingNotZero: "PADDING_NOT_ZERO"
        case .badBlock: "BAD_BLOCK"
        case .badKeyIndex: "BAD_KEY_INDEX"
        case .badPayload: "BAD_PAYLOAD"
        }
    }
}
