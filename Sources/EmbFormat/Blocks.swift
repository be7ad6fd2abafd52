internal import CLZ4
internal import CZstd

/// The index of a segment stored in blocks (Formats/container.md, "Blocks").
public enum BlockIndex {
    /// Bytes of one entry: the end of the block and its checksum.
    public static let entryBytes = 16
    /// A stored block is never longer: enough for any block that does not compress.
    static let maxStoredBytes = 32 << 20
}

/// A segment stored in blocks, read from the bytes of its file.
///
/// The index is payload and not trusted: each entry is checked when its block is decoded.
public struct BlockSegment: Sendable {
    public let entry: SegmentEntry
    private let number: Int

    /// - Parameter entry: A checked entry of encoding `lz4` or `zstd`.
    public init(_ entry: SegmentEntry, number: Int) {
        self.entry = entry
        self.number = number
    }

    private var indexOffset: Int { Int(entry.storedBytes) - Int(entry.blockCount) * BlockIndex.entryBytes }

    /// Bytes of block `block` before compression.
    public func rawByteCount(of block: Int) -> Int {
        Int(min(UInt64(entry.blockBytes), entry.rawBytes - UInt64(block) * UInt64(entry.blockBytes)))
    }

    /// Decodes block `block` of `stored`, the segment's bytes, into the front of `out`.
    ///
    /// - Throws: `BAD_BLOCK` if the index entry, the checksum or the contents are wrong.
    public func decode(
        _ block: Int, of stored: RawSpan, into out: inout MutableRawSpan
    ) throws(FormatError) {
        try decode(block, bytes: try self.bytes(of: block, in: stored), into: &out)
    }

    /// The same of a segment that is not in memory.
    ///
    /// - Parameter read: Reads so many bytes of the segment from an offset on.
    public func decode(
        _ block: Int, into out: inout MutableRawSpan,
        reading read: (_ offset: Int, _ count: Int) throws(FormatError) -> [UInt8]
    ) throws(FormatError) {
        let before = block == 0 ? 0 : BlockIndex.entryBytes
        let index = try read(indexOffset + block * BlockIndex.entryBytes - before, before + BlockIndex.entryBytes)
        let entry = unsafe index.span.bytes
        let start = block == 0 ? 0 : littleEndianU64(entry, at: 0)
        let range = try range(of: block, from: start, to: littleEndianU64(entry, at: before))
        let bytes = try read(range.lowerBound, range.count)
        try check(block, unsafe bytes.span.bytes, littleEndianU64(entry, at: before + 8))
        try decode(block, bytes: unsafe bytes.span.bytes, into: &out)
    }

    private func decode(_ block: Int, bytes: RawSpan, into out: inout MutableRawSpan) throws(FormatError) {
        let expected = rawByteCount(of: block)
        let decoded = BlockCompression.decompress(bytes, entry.encoding, into: &out, byteCount: expected)
        guard decoded == expected else {
            throw FormatError(
                .badBlock, name(block), found: decoded.map { "\($0) bytes" } ?? "undecodable bytes",
                expected: "\(expected) bytes of \(entry.encoding.name)")
        }
    }

    /// Checks that the last block ends where the index begins; the rest of the index is checked block by block.
    public func checkEnd(in stored: RawSpan) throws(FormatError) {
        guard entry.blockCount > 0 || indexOffset == 0 else {
            throw FormatError(.badBlock, "segment \(number)", found: "\(indexOffset) bytes", expected: "no blocks")
        }
        guard entry.blockCount > 0 else { return }
        let end = littleEndianU64(stored, at: indexOffset + (Int(entry.blockCount) - 1) * BlockIndex.entryBytes)
        guard end == UInt64(indexOffset) else {
            throw FormatError(.badBlock, name(Int(entry.blockCount) - 1) + " end", found: end, expected: indexOffset)
        }
    }

    @_lifetime(copy stored)
    private func bytes(of block: Int, in stored: RawSpan) throws(FormatError) -> RawSpan {
        let place = indexOffset + block * BlockIndex.entryBytes
        let start = block == 0 ? 0 : littleEndianU64(stored, at: place - BlockIndex.entryBytes)
        let end = littleEndianU64(stored, at: place)
        let bytes = stored.extracting(try range(of: block, from: start, to: end))
        try check(block, bytes, littleEndianU64(stored, at: place + 8))
        return bytes
    }

    /// Where in the segment the index entries that tell of a block are.
    public func indexRange(of block: Int) -> Range<Int> {
        let place = indexOffset + block * BlockIndex.entryBytes
        return (block == 0 ? place : place - BlockIndex.entryBytes)..<place + BlockIndex.entryBytes
    }

    /// Where a block of `stored`, the segment's bytes, is; nil if its index entry cannot be right.
    public func storedRange(of block: Int, in stored: RawSpan) -> Range<Int>? {
        let place = indexOffset + block * BlockIndex.entryBytes
        let start = block == 0 ? 0 : littleEndianU64(stored, at: place - BlockIndex.entryBytes)
        return try? range(of: block, from: start, to: littleEndianU64(stored, at: place))
    }

    /// Where a block is stored, as its index entry and the one before say.
    private func range(of block: Int, from start: UInt64, to end: UInt64) throws(FormatError) -> Range<Int> {
        guard start <= end, end <= UInt64(indexOffset), end - start <= UInt64(BlockIndex.maxStoredBytes) else {
            throw FormatError(
                .badBlock, name(block), found: "\(start) ..< \(end)",
                expected: "at most \(BlockIndex.maxStoredBytes) bytes within \(indexOffset)")
        }
        return Int(start)..<Int(end)
    }

    private func check(_ block: Int, _ bytes: RawSpan, _ checksum: UInt64) throws(FormatError) {
        let computed = Checksum.xxh3(bytes)
        guard computed == checksum else {
            throw FormatError(.badBlock, name(block) + " checksum", found: hex(computed), expected: hex(checksum))
        }
    }

    private func name(_ block: Int) -> String { "segment \(number) block \(block)" }
}

/// LZ4 blocks and Zstandard frames, through their own libraries. Compressing is the packer's.
enum BlockCompression {
    /// Decompresses into the first `byteCount` bytes of `out`. Returns how many bytes came out, nil if none could.
    static func decompress(
        _ bytes: RawSpan, _ encoding: SegmentEncoding, into out: inout MutableRawSpan, byteCount: Int
    ) -> Int? {
        precondition(byteCount <= out.byteCount && bytes.byteCount <= BlockIndex.maxStoredBytes)
        return unsafe bytes.withUnsafeBytes { source in
            unsafe out.withUnsafeMutableBytes { target in
                if encoding == .lz4 {
                    let size = unsafe LZ4_decompress_safe(
                        source.baseAddress, target.baseAddress, Int32(source.count), Int32(byteCount))
                    return size < 0 ? nil : Int(size)
                }
                // One frame and nothing else: ZSTD_decompress alone would take several, and skippable ones.
                guard unsafe ZSTD_findFrameCompressedSize(source.baseAddress, source.count) == source.count else {
                    return nil
                }
                let size = unsafe ZSTD_decompress(target.baseAddress, byteCount, source.baseAddress, source.count)
                return ZSTD_isError(size) != 0 ? nil : size
            }
        }
    }
}
