// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
internal import CEmbStorePack
internal import EmbCInterface
internal import EmbIO
internal import EmbStore
internal import EmbStorePack

/// The statuses that packing adds to those of embstore.h, by the names of the errors' codes.
private let statuses: [String: Int] = [
    "EXISTS": EMBSTORE_PACK_EXISTS, "BAD_PLAN": EMBSTORE_PACK_BAD_PLAN,
    "LIMIT_EXCEEDED": EMBSTORE_PACK_LIMIT_EXCEEDED, "NOT_FINITE": EMBSTORE_PACK_NOT_FINITE,
    "SCALE_OVERFLOW": EMBSTORE_PACK_SCALE_OVERFLOW, "SCALE_UNDERFLOW": EMBSTORE_PACK_SCALE_UNDERFLOW,
    "DUPLICATE_KEY": EMBSTORE_PACK_DUPLICATE_KEY, "BAD_KEYS": EMBSTORE_PACK_BAD_KEYS,
    "CANNOT_OPEN": EMBSTORE_PACK_CANNOT_OPEN, "READ_FAILED": EMBSTORE_PACK_READ_FAILED,
    "NOT_A_FILE": EMBSTORE_PACK_NOT_A_FILE, "TRUNCATED": EMBSTORE_PACK_TRUNCATED,
    "TRAILING_BYTES": EMBSTORE_PACK_TRAILING_BYTES, "CORRUPT": EMBSTORE_PACK_CORRUPT,
    "BAD_HEADER": EMBSTORE_PACK_BAD_HEADER, "UNSUPPORTED_TYPE": EMBSTORE_PACK_UNSUPPORTED_TYPE,
    "UNSUPPORTED_LAYOUT": EMBSTORE_PACK_UNSUPPORTED_LAYOUT, "FOREIGN_FORMAT": EMBSTORE_PACK_FOREIGN_FORMAT,
    "UNKNOWN_FORMAT": EMBSTORE_PACK_UNKNOWN_FORMAT, "NOT_A_TABLE": EMBSTORE_PACK_NOT_A_TABLE,
    "NO_SUCH_TENSOR": EMBSTORE_PACK_NO_SUCH_TENSOR, "NO_SUCH_COLUMN": EMBSTORE_PACK_NO_SUCH_COLUMN,
    "DUPLICATE_NAME": EMBSTORE_PACK_DUPLICATE_NAME, "BAD_RANGE": EMBSTORE_PACK_BAD_RANGE,
    "MISSING_SHARD": EMBSTORE_PACK_MISSING_SHARD, "WRONG_FIELD_COUNT": EMBSTORE_PACK_WRONG_FIELD_COUNT,
    "BAD_NUMBER": EMBSTORE_PACK_BAD_NUMBER, "NUMBER_OVERFLOW": EMBSTORE_PACK_NUMBER_OVERFLOW,
    "BAD_QUOTE": EMBSTORE_PACK_BAD_QUOTE, "BAD_KEY": EMBSTORE_PACK_BAD_KEY,
    "KEY_TOO_LONG": EMBSTORE_PACK_KEY_TOO_LONG, "TOO_LARGE": EMBSTORE_PACK_TOO_LARGE,
    "ROW_COUNT_MISMATCH": EMBSTORE_PACK_ROW_COUNT_MISMATCH, "BAD_OPTION": EMBSTORE_PACK_BAD_OPTION,
]

/// Those of embstore.h that this library returns.
private let shared: [String: Int] = [
    "OK": EMBSTORE_OK, "IO": EMBSTORE_IO, "BAD_EXPRESSION": EMBSTORE_BAD_EXPRESSION,
    "BAD_OFFSETS": EMBSTORE_BAD_OFFSETS, "NULL_ARGUMENT": EMBSTORE_NULL_ARGUMENT,
    "BAD_ARGUMENT": EMBSTORE_BAD_ARGUMENT, "BAD_STRUCT": EMBSTORE_BAD_STRUCT, "TOO_SMALL": EMBSTORE_TOO_SMALL,
]

extension CallError {
    init(_ error: PackError) {
        switch error {
        case .io(let error): self.init(error.isExistingFile ? EMBSTORE_PACK_EXISTS : EMBSTORE_IO, "\(error)")
        case .expression: self.init(EMBSTORE_BAD_EXPRESSION, "\(error)")
        case .source(let error): self.init(error)
        case .row, .index, .limit, .plan: self.init(statuses[error.code] ?? EMBSTORE_PACK_BAD_PLAN, "\(error)")
        }
    }

    init(_ error: SourceError) { self.init(statuses[error.code] ?? EMBSTORE_PACK_BAD_PLAN, "\(error)") }
}

/// Makes a call of the packer.
func packing<Result>(_ body: () throws(PackError) -> Result) throws(CallError) -> Result {
    do throws(PackError) { return try body() } catch { throw CallError(error) }
}

/// Makes a call of a source.
func reading<Result>(_ body: () throws(SourceError) -> Result) throws(CallError) -> Result {
    do throws(SourceError) { return try body() } catch { throw CallError(error) }
}

/// The texts that live for ever.
private enum Fixed {
    static let version = CText(EmbStoreVersion.string)
    static let unknown = CText("UNKNOWN")
    static let names = Dictionary(
        uniqueKeysWithValues: (statuses.map { ($1, CText($0)) } + shared.map { ($1, CText($0)) }))
}

@c @implementation
public func embstore_pack_status_name(_ status: embstore_status) -> UnsafePointer<CChar>? {
    unsafe (Fixed.names[Int(status)] ?? Fixed.unknown).pointer
}

@c @implementation
public func embstore_pack_last_error() -> UnsafePointer<CChar>? { unsafe emb_c_error() }

@c @implementation
public func embstore_pack_version() -> UnsafePointer<CChar>? { unsafe Fixed.version.pointer }

@c @implementation
public func embstore_pack_abi_version() -> Int32 { EMBSTORE_ABI_VERSION }
