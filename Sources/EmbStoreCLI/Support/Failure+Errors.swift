import EmbCodecs
import EmbFormat
import EmbIO
import EmbKernels
import EmbStore
import EmbStorePack

extension Failure {
    /// Any error of the libraries, with the status it ends the process with.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError: self.init(error)
        case let error as LookupError: self.init(error)
        case let error as PackError: self.init(error)
        case let error as SourceError: self.init(error)
        case let error as IOError: self.init(error)
        case let error as VerificationError: self.init(error)
        case let error as TableWriterError<IOError>: self.init(error)
        case FaissExportError<IOError>.lookup(let error): self.init(error)
        case FaissExportError<IOError>.sink(let error): self.init(error)
        case let error as FormatError: self.init(Self.status(error), error.code.token, "\(error)")
        case let error as ExpressionError: self.init(.usage, "BAD_EXPRESSION", error.description)
        default: self.init(.other, "OTHER", "\(error)")
        }
    }

    private init(_ error: StoreError) {
        switch error {
        case .io(let error): self.init(error)
        case .refused(_, let refusal): self.init(Self.status(refusal), refusal.code.token, "\(error)")
        case .noSuchTable: self.init(.usage, "NO_SUCH_TABLE", "\(error)")
        case .noSuchFeature: self.init(.usage, "NO_SUCH_FEATURE", "\(error)")
        }
    }

    private init(_ error: LookupError) {
        let status: ExitStatus =
            switch error {
            case .missingID: .other
            case .corrupt: .badData
            default: .usage
            }
        self.init(status, error.code, "\(error)")
    }

    private init(_ error: PackError) {
        switch error {
        case .source(let error): self.init(error)
        case .io(let error): self.init(error)
        case .row, .index, .limit: self.init(.badData, error.code, "\(error)" + Self.advice(error))
        case .expression, .plan: self.init(.usage, error.code, "\(error)")
        }
    }

    private init(_ error: SourceError) {
        let status: ExitStatus =
            switch error {
            case .cannotOpen, .notAFile, .missingShard: .noInput
            case .readFailed: .inputOutput
            case .badOption, .noSuchTensor, .noSuchColumn: .usage
            default: .badData
            }
        self.init(status, error.code, "\(error)")
    }

    private init(_ error: IOError) {
        let status: ExitStatus =
            switch error.operation {
            case .open: .noInput
            case .create, .stat: .cannotCreate
            case .rename where error.isExistingFile: .cannotCreate
            default: .inputOutput
            }
        self.init(status, error.isExistingFile ? "EXISTS" : "IO", "\(error)" + Self.advice(error))
    }

    private init(_ error: VerificationError) {
        switch error {
        case .pack(let error): self.init(error)
        case .lookup, .shape, .missingID, .notLossless, .otherQuality: self.init(.badData, error.code, "\(error)")
        }
    }

    private init(_ error: TableWriterError<IOError>) {
        switch error {
        case .sink(let error): self.init(error)
        case .rowCountMismatch(let found, let expected):
            self.init(.badData, "WRONG_SHAPE", "\(found) rows where \(expected) were announced")
        case .keyWithLineFeed(let row, let key, _):
            self.init(
                .badData, "BAD_KEY", "key \"\(key)\" of row \(row) has a line feed, which text cannot hold; .npy can")
        }
    }

    private static func advice(_ error: IOError) -> String {
        error.operation == .create && error.isExistingFile && error.detail.isEmpty ? "; -f replaces it" : ""
    }

    /// The option that helps.
    private static func advice(_ error: PackError) -> String {
        switch error {
        case .row(_, _, _, .notFinite): "; --non-finite clamp"
        case .index(_, .duplicateKey): "; --on-duplicate first, or last"
        case .index(_, .wrongKind(.integer, .string)): "; --keys names a file of them"
        default: ""
        }
    }

    /// A file that a later build may read is not corrupt.
    private static func status(_ error: FormatError) -> ExitStatus {
        switch error.code {
        case .newerVersion, .unknownFeature, .unknownStage, .unknownRevision: .notBuiltIn
        default: .badData
        }
    }
}
