// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
internal import EmbCInterface
internal import EmbKernels
internal import EmbStore

/// The texts that live for ever.
private enum Fixed {
    static let version = CText(EmbStoreVersion.string)
    static let kernelLevel = CText("\(Kernels.best.level)")
    static let unknown = CText("UNKNOWN")
    /// Names of statuses: refusals of files are called as their codes.
    static let names: [Int: CText] = {
        let own: [(Int, String)] = [
            (EMBSTORE_OK, "OK"),
            (EMBSTORE_IO, "IO"), (EMBSTORE_NO_SUCH_FILE, "NO_SUCH_FILE"),
            (EMBSTORE_NO_SUCH_TABLE, "NO_SUCH_TABLE"), (EMBSTORE_NO_SUCH_FEATURE, "NO_SUCH_FEATURE"),
            (EMBSTORE_MISSING_ID, "MISSING_ID"), (EMBSTORE_WRONG_ID_KIND, "WRONG_ID_KIND"),
            (EMBSTORE_NO_DEFAULT_ROW, "NO_DEFAULT_ROW"), (EMBSTORE_BAD_DIMS, "BAD_DIMS"),
            (EMBSTORE_WRONG_COUNT, "WRONG_COUNT"), (EMBSTORE_BAD_OFFSETS, "BAD_OFFSETS"),
            (EMBSTORE_NOT_SEARCHABLE, "NOT_SEARCHABLE"), (EMBSTORE_NULL_ARGUMENT, "NULL_ARGUMENT"),
            (EMBSTORE_BAD_ARGUMENT, "BAD_ARGUMENT"), (EMBSTORE_BAD_STRUCT, "BAD_STRUCT"),
            (EMBSTORE_TOO_SMALL, "TOO_SMALL"),
        ]
        let refusals = FormatError.Code.allCases.map { (Int($0.rawValue), $0.token) }
        return Dictionary(uniqueKeysWithValues: (own + refusals).map { ($0.0, CText($0.1)) })
    }()
}

@c @implementation
public func embstore_status_name(_ status: embstore_status) -> UnsafePointer<CChar>? {
    unsafe (Fixed.names[Int(status)] ?? Fixed.unknown).pointer
}

@c @implementation
public func embstore_last_error() -> UnsafePointer<CChar>? { unsafe emb_c_error() }

@c @implementation
public func embstore_last_error_position() -> Int64 { emb_c_error_position() }

@c @implementation
public func embstore_version() -> UnsafePointer<CChar>? { unsafe Fixed.version.pointer }

@c @implementation
public func embstore_abi_version() -> Int32 { EMBSTORE_ABI_VERSION }

@c @implementation
public func embstore_kernel_level() -> UnsafePointer<CChar>? { unsafe Fixed.kernelLevel.pointer }
