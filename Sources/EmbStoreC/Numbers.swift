internal import CEmbStore
internal import EmbCInterface
internal import EmbStore

// What the header's numbers stand for.

func number(of policy: MissingPolicy) -> Int32 {
    switch policy {
    case .error: Int32(EMBSTORE_MISSING_ERROR)
    case .zero: Int32(EMBSTORE_MISSING_ZERO)
    case .default: Int32(EMBSTORE_MISSING_DEFAULT)
    case .hashed: Int32(EMBSTORE_MISSING_HASHED)
    }
}

/// The policy of a call; nil for the table's own.
func missing(_ number: Int32) throws(CallError) -> MissingPolicy? {
    switch Int(number) {
    case EMBSTORE_MISSING_AS_PACKED: nil
    case EMBSTORE_MISSING_ERROR: .error
    case EMBSTORE_MISSING_ZERO: .zero
    case EMBSTORE_MISSING_DEFAULT: .default
    case EMBSTORE_MISSING_HASHED: .hashed
    default: throw .bad("missing", number, expected: "EMBSTORE_MISSING_AS_PACKED to EMBSTORE_MISSING_HASHED")
    }
}

/// How many numbers of each embedding; nil for all.
func dims(_ number: Int32) -> Int? { number == 0 ? nil : Int(number) }

func mode(_ number: Int32) throws(CallError) -> PoolMode {
    switch Int(number) {
    case EMBSTORE_SUM: .sum
    case EMBSTORE_MEAN: .mean
    case EMBSTORE_MAX: .max
    default: throw .bad("mode", number, expected: "EMBSTORE_SUM, EMBSTORE_MEAN or EMBSTORE_MAX")
    }
}

func metric(_ number: Int32) throws(CallError) -> Metric {
    switch Int(number) {
    case EMBSTORE_DOT: .dot
    case EMBSTORE_COSINE: .cosine
    case EMBSTORE_L2: .l2
    default: throw .bad("metric", number, expected: "EMBSTORE_DOT, EMBSTORE_COSINE or EMBSTORE_L2")
    }
}

/// How many threads, the calling one included.
func threads(_ number: Int32) throws(CallError) -> Int {
    guard number >= 0 else { throw .bad("threads", number, expected: "0 or more") }
    return max(Int(number), 1)
}
