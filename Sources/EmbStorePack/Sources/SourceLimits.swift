/// Sizes beyond which a source is refused before anything is allocated for it.
public enum SourceLimits {
    /// Floats per row.
    public static let dim = 65_536
    /// Bytes of one string key.
    public static let keyBytes = 65_535
    /// Bytes of one line of text or one CSV record, and of the buffer that holds it.
    public static let lineBytes = 4 << 20
    /// Bytes of the header of an .npy array.
    public static let npyHeaderBytes = 1 << 20
    /// Bytes of the JSON header of a .safetensors file and of a shard index.
    public static let jsonBytes = 100_000_000
    /// Bytes of key text that one tile holds at most.
    static let tileKeyBytes = 8 << 20
    /// Bytes of the staging buffer of a binary source.
    static let stagingBytes = 4 << 20
}
