public import EmbCodecs
public import EmbIO
public import EmbKernels

/// Why packing failed. Nothing is left under the final name.
public enum PackError: Error, Sendable, Equatable {
    case source(SourceError)
    case io(IOError)
    case expression(ExpressionError)
    /// A row that the codec cannot store.
    case row(source: String, row: UInt64, codec: String, EncodeRefusal)
    case index(source: String, IndexBuildError)
    /// A size beyond what the format allows.
    case limit(source: String, what: String, found: UInt64, limit: UInt64)
    /// What is asked for does not fit the source: the default row, a name, a number of rows.
    case plan(source: String, field: String, found: String, expected: String)
}

extension PackError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .source(let error): "\(error)"
        case .io(let error): "\(error)"
        case .expression(let error): "\(error)"
        case .row(let source, let row, let codec, let refusal):
            "\(source): row \(row) cannot be stored as \(codec): \(Self.reason(refusal))"
        case .index(let source, let error): "\(source): \(Self.reason(error))"
        case .limit(let source, let what, let found, let limit):
            "\(source): \(found) \(what), at most \(limit) are allowed"
        case .plan(let source, let field, let found, let expected):
            "\(source): \(field) is \(found), expected \(expected)"
        }
    }

    /// The stable token of the case.
    public var code: String {
        switch self {
        case .source(let error): error.code
        case .io: "IO"
        case .expression: "BAD_EXPRESSION"
        case .row(_, _, _, .notFinite): "NOT_FINITE"
        case .row(_, _, _, .scaleOverflow): "SCALE_OVERFLOW"
        case .row(_, _, _, .scaleUnderflow): "SCALE_UNDERFLOW"
        case .index(_, .duplicateKey): "DUPLICATE_KEY"
        case .index: "BAD_KEYS"
        case .limit: "LIMIT_EXCEEDED"
        case .plan: "BAD_PLAN"
        }
    }

    private static func reason(_ refusal: EncodeRefusal) -> String {
        switch refusal {
        case .notFinite: "it has a NaN or an infinity; float codecs keep them, non-finite clamp replaces them"
        case .scaleOverflow: "a number is too large for the type; integer codecs take scale=f32, f16 has bf16 beside it"
        case .scaleUnderflow: "its numbers are too small for an f16 scale; use scale=f32"
        }
    }

    private static func reason(_ error: IndexBuildError) -> String {
        switch error {
        case .duplicateKey(let key, let first, let row):
            "key \(key) of row \(row) is that of row \(first) too; the first or the last can be kept"
        case .wrongKind(.integer, .string): "found integer ids, expected string keys; give the rows' keys"
        case .wrongKind(let found, let expected): "found \(found.rawValue) keys, expected \(expected.rawValue) keys"
        case .keyTooLong(let row, let bytes, let limit):
            "the key of row \(row) has \(bytes) bytes, at most \(limit) are allowed"
        case .tooCrowded(let buckets): "keys crowd even \(buckets) buckets; try keyed(seed=1)"
        }
    }
}
