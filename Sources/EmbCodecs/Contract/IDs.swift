internal import EmbKernels

/// What an id is made of.
public enum IDKind: String, Sendable, CaseIterable {
    case integer, string
}

/// A run of ids, borrowed from the caller (Formats/lookup.md, "Ids").
public enum IDs: ~Escapable {
    case int32(Span<Int32>)
    case int64(Span<Int64>)
    case uint64(Span<UInt64>)
    case strings(Span<String>)
    case byteStrings(ByteStrings)
}

/// Strings as runs of bytes, one after the other: string i is `bytes[offsets[i] ..< offsets[i + 1]]`.
public struct ByteStrings: ~Escapable {
    let bytes: RawSpan
    let offsets: Span<UInt64>

    /// - Parameter offsets: One more than there are strings, not descending, within `bytes`.
    @_lifetime(copy bytes, copy offsets)
    public init(_ bytes: RawSpan, offsets: Span<UInt64>) {
        precondition(!offsets.isEmpty && offsets[offsets.count - 1] <= UInt64(bytes.byteCount))
        for i in 1..<max(offsets.count, 1) { precondition(offsets[i - 1] <= offsets[i]) }
        self.bytes = bytes
        self.offsets = offsets
    }

    @_lifetime(copy bytes, copy offsets)
    init(uncheckedBytes bytes: RawSpan, offsets: Span<UInt64>) {
        self.bytes = bytes
        self.offsets = offsets
    }

    @_lifetime(copy self)
    fileprivate func extracting(_ range: Range<Int>) -> ByteStrings {
        ByteStrings(uncheckedBytes: bytes, offsets: offsets.extracting(range.lowerBound..<range.upperBound + 1))
    }
}

extension IDs {
    /// How many ids.
    public var count: Int {
        switch self {
        case .int32(let ids): ids.count
        case .int64(let ids): ids.count
        case .uint64(let ids): ids.count
        case .strings(let ids): ids.count
        case .byteStrings(let ids): ids.offsets.count - 1
        }
    }

    /// What each id is made of.
    public var kind: IDKind {
        switch self {
        case .int32, .int64, .uint64: .integer
        case .strings, .byteStrings: .string
        }
    }

    /// The ids as 64-bit keys, if they are that already.
    public var words: Span<UInt64>? {
        @_lifetime(copy self) get {
            switch self {
            case .int64(let ids): ids.bits
            case .uint64(let ids): ids
            case .int32, .strings, .byteStrings: nil
            }
        }
    }

    /// Ids `range` of the run. O(1); borrows what the whole borrows.
    @_lifetime(copy self)
    public func extracting(_ range: Range<Int>) -> IDs {
        switch self {
        case .int32(let ids): .int32(ids.extracting(range))
        case .int64(let ids): .int64(ids.extracting(range))
        case .uint64(let ids): .uint64(ids.extracting(range))
        case .strings(let ids): .strings(ids.extracting(range))
        case .byteStrings(let ids): .byteStrings(ids.extracting(range))
        }
    }

    /// The 64-bit key of id `i`: an integer's bits, a string's XXH3 (Formats/hashing.md).
    public func key(_ i: Int) -> UInt64 {
        switch self {
        case .int32(let ids): UInt64(bitPattern: Int64(ids[i]))
        case .int64(let ids): UInt64(bitPattern: ids[i])
        case .uint64(let ids): ids[i]
        case .strings, .byteStrings: withBytes(i) { KeyHash.key($0) }
        }
    }

    /// The bytes of string `i`. For integers: none.
    public func withBytes<Result>(_ i: Int, _ body: (RawSpan) -> Result) -> Result {
        switch self {
        case .strings(let ids):
            let string = ids[i]
            return unsafe body(string.utf8Span.span.bytes)
        case .byteStrings(let ids):
            return body(ids.bytes.extracting(Int(ids.offsets[i])..<Int(ids.offsets[i + 1])))
        case .int32, .int64, .uint64: return body(RawSpan())
        }
    }

    /// Id `i` as people write it, for messages.
    public func description(_ i: Int) -> String {
        switch self {
        case .int32(let ids): "\(ids[i])"
        case .int64(let ids): "\(ids[i])"
        case .uint64(let ids): "\(ids[i])"
        case .strings(let ids): "\"\(ids[i])\""
        case .byteStrings: withBytes(i) { "\"\($0.text)\"" }
        }
    }
}

extension RawSpan {
    /// The bytes as text, repaired where they are not UTF-8.
    var text: String {
        String(decoding: byteOffsets.map { unsafe unsafeLoad(fromByteOffset: $0, as: UInt8.self) }, as: UTF8.self)
    }
}
