/// The limits of Formats/container.md. Sizes are compared with them before anything is allocated.
public enum FormatLimits {
    /// Stored rows of a table. Row index 2^32 - 1 means "no row".
    public static let rows: UInt64 = (1 << 32) - 2
    /// dim, and numbers in a stored row.
    public static let dim: UInt64 = 65_536
    public static let catalogBytes: UInt64 = 64 << 20
    public static let segments: UInt64 = 65_536
    public static let tables: UInt64 = 65_536
    public static let features: UInt64 = 65_536
    /// Bytes of a table, feature, stage or column name.
    public static let nameBytes = 255
    public static let expressionBytes = 4_096
    /// Bytes of a block before compression.
    public static let blockBytes: UInt64 = 16 << 20
}

/// The version of the container that this module reads and writes.
public enum FormatVersion {
    public static let write: UInt16 = 1
    public static let read: UInt16 = 1
}
