/// The type of a column's elements, by its number in a segment entry.
public enum ElementType: UInt8, Sendable, CaseIterable {
    case u8 = 1
    case u32 = 3
    case u64 = 4
    case f16 = 9
    case bf16 = 10
    case f32 = 11

    public var name: String { "\(self)" }

    public var byteCount: Int {
        switch self {
        case .u8: 1
        case .f16, .bf16: 2
        case .u32, .f32: 4
        case .u64: 8
        }
    }
}

/// How a segment's bytes are stored.
public enum SegmentEncoding: UInt8, Sendable, CaseIterable {
    case raw = 0
    case lz4 = 1
    case zstd = 2

    public var name: String { "\(self)" }

    /// The required feature bit that a file with such a segment sets.
    public var requiredFeature: UInt64 {
        switch self {
        case .raw: 0
        case .lz4: 1
        case .zstd: 2
        }
    }
}
