internal import CLZ4
internal import CZstd
internal import EmbFormat

/// Makes LZ4 blocks and Zstandard frames, through their own libraries. Here, and not beside what reads them, so that a service
/// does not link it.
enum BlockCompressor {
    /// Levels are fixed: the same bytes from the same library, whoever packs.
    private static let lz4Level: Int32 = 9
    private static let zstdLevel: Int32 = 9

    /// The compressed form of `bytes`, at most 16 MiB of them.
    static func compress(_ bytes: RawSpan, _ encoding: SegmentEncoding) -> [UInt8] {
        precondition(UInt64(bytes.byteCount) <= FormatLimits.blockBytes)
        let bound =
            encoding == .lz4 ? Int(LZ4_compressBound(Int32(bytes.byteCount))) : ZSTD_compressBound(bytes.byteCount)
        return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            unsafe bytes.withUnsafeBytes { source in
                if encoding == .lz4 {
                    count = Int(
                        unsafe LZ4_compress_HC(
                            source.baseAddress, buffer.baseAddress, Int32(source.count), Int32(bound), lz4Level))
                } else {
                    count = unsafe ZSTD_compress(
                        buffer.baseAddress, bound, source.baseAddress, source.count, zstdLevel)
                }
            }
        }
    }
}
