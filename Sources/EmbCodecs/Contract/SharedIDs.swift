/// Borrowed ids in a form that can be shown to other threads: without the compiler's watch over how long they live.
@safe public struct SharedIDs: @unchecked Sendable {
    @safe private enum Memory {
        case int32(UnsafeBufferPointer<Int32>)
        case int64(UnsafeBufferPointer<Int64>)
        case uint64(UnsafeBufferPointer<UInt64>)
        case strings(UnsafeBufferPointer<String>)
        case byteStrings(UnsafeRawBufferPointer, offsets: UnsafeBufferPointer<UInt64>)
    }

    private let memory: Memory

    /// The caller keeps what `ids` borrows for as long as this is used.
    @unsafe public init(_ ids: IDs) {
        memory =
            switch ids {
            case .int32(let ids): unsafe .int32(ids.withUnsafeBufferPointer { unsafe $0 })
            case .int64(let ids): unsafe .int64(ids.withUnsafeBufferPointer { unsafe $0 })
            case .uint64(let ids): unsafe .uint64(ids.withUnsafeBufferPointer { unsafe $0 })
            case .strings(let ids): unsafe .strings(ids.withUnsafeBufferPointer { unsafe $0 })
            case .byteStrings(let ids):
                unsafe .byteStrings(
                    ids.bytes.withUnsafeBytes { unsafe $0 }, offsets: ids.offsets.withUnsafeBufferPointer { unsafe $0 })
            }
    }

    public var ids: IDs {
        @_lifetime(borrow self) get {
            switch memory {
            case .int32(let ids): unsafe .int32(_overrideLifetime(Span(_unsafeElements: ids), borrowing: self))
            case .int64(let ids): unsafe .int64(_overrideLifetime(Span(_unsafeElements: ids), borrowing: self))
            case .uint64(let ids): unsafe .uint64(_overrideLifetime(Span(_unsafeElements: ids), borrowing: self))
            case .strings(let ids): unsafe .strings(_overrideLifetime(Span(_unsafeElements: ids), borrowing: self))
            case .byteStrings(let bytes, let offsets):
                unsafe .byteStrings(
                    ByteStrings(
                        uncheckedBytes: _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self),
                        offsets: _overrideLifetime(Span(_unsafeElements: offsets), borrowing: self)))
            }
        }
    }
}
