/// What the rows of a source are known by.
public enum KeyKind: Sendable, Equatable {
    /// By nothing but their position.
    case none
    /// By 64-bit numbers. Negative numbers of a signed type stand as their two's complement.
    case integers
    /// By byte strings of at most `SourceLimits.keyBytes` bytes, kept exactly as they are in the file.
    case strings
}
