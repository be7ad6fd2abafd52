internal import CEmbStore
internal import EmbCInterface
internal import EmbStore

extension CallError {
    init(_ error: StoreError) {
        let status =
            switch error {
            case .io(let error): error.isMissingFile ? EMBSTORE_NO_SUCH_FILE : EMBSTORE_IO
            case .refused(_, let refusal): Int(refusal.code.rawValue)
            case .noSuchTable: EMBSTORE_NO_SUCH_TABLE
            case .noSuchFeature: EMBSTORE_NO_SUCH_FEATURE
            }
        self.init(status, "\(error)")
    }

    init(_ error: LookupError) {
        let (status, position) =
            switch error {
            case .missingID(_, let position, _): (EMBSTORE_MISSING_ID, position)
            case .wrongIDKind: (EMBSTORE_WRONG_ID_KIND, -1)
            case .noDefaultRow: (EMBSTORE_NO_DEFAULT_ROW, -1)
            case .badDims: (EMBSTORE_BAD_DIMS, -1)
            case .wrongCount: (EMBSTORE_WRONG_COUNT, -1)
            case .badOffsets(_, let position, _, _): (EMBSTORE_BAD_OFFSETS, position)
            case .notSearchable: (EMBSTORE_NOT_SEARCHABLE, -1)
            case .corrupt(_, let error): (Int(error.code.rawValue), -1)
            }
        self.init(status, "\(error)", position: position)
    }
}

/// Makes a call of a lookup.
@inline(__always)
func looking<Result>(_ body: () throws(LookupError) -> Result) throws(CallError) -> Result {
    do throws(LookupError) { return try body() } catch { throw CallError(error) }
}

/// Makes a call of a store.
@inline(__always)
func asking<Result>(_ body: () throws(StoreError) -> Result) throws(CallError) -> Result {
    do throws(StoreError) { return try body() } catch { throw CallError(error) }
}
