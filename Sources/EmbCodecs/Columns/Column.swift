public import EmbFormat
public import EmbIO

/// One column of an open file: in place in the mapping, or in compressed blocks behind a cache.
///
/// Keeps the mapping alive. Immutable; readable from any thread. This module's one type with a pointer.
@safe public final class Column: Sendable {
    public let name: String
    public let entry: SegmentEntry
    private let mapping: Mapping
    /// First byte of the mapping.
    private nonisolated(unsafe) let base: UnsafeRawPointer
    private let number: Int
    private let cache: BlockCache
    private let blocks: BlockSegment?

    /// - Parameter entry: Checked: inside the mapping, followed by the catalog.
    public init(name: String, entry: SegmentEntry, number: Int, mapping: Mapping, cache: BlockCache) {
        precondition(entry.end <= UInt64(mapping.byteCount))
        self.name = name
        self.entry = entry
        self.number = number
        self.mapping = mapping
        unsafe self.base = mapping.bytes.withUnsafeBytes { $0.baseAddress! }
        self.cache = cache
        self.blocks = entry.encoding == .raw ? nil : BlockSegment(entry, number: number)
    }

    public var shape: ColumnShape { entry.shape }

    /// The column's bytes in place, and everything after them in the file (at least 64 bytes: there is always a
    /// catalog), or nil if they are stored in blocks.
    public var inPlace: RawSpan? {
        @_lifetime(borrow self) get {
            guard blocks == nil else { return nil }
            return bytes(Int(entry.offset)..<mapping.byteCount)
        }
    }

    /// The numbers of a raw column of `f32`: of one that `ColumnSet.takeRaw` has checked.
    public var floats: Span<Float> {
        @_lifetime(borrow self) get {
            precondition(blocks == nil && shape.element == .f32)
            // Segments begin at multiples of 64, and mappings at pages.
            let numbers = unsafe (base + Int(entry.offset)).assumingMemoryBound(to: Float.self)
            return unsafe _overrideLifetime(
                Span(_unsafeStart: numbers, count: Int(entry.rawBytes) / MemoryLayout<Float>.size), borrowing: self)
        }
    }

    /// The stored bytes, compressed or not.
    public var stored: RawSpan {
        @_lifetime(borrow self) get { bytes(Int(entry.offset)..<Int(entry.end)) }
    }

    /// The mapping lives as long as the column, which the compiler cannot see through a class reference.
    @_lifetime(borrow self)
    private func bytes(_ range: Range<Int>) -> RawSpan {
        precondition(range.lowerBound >= 0 && range.upperBound <= mapping.byteCount)
        return unsafe _overrideLifetime(
            RawSpan(_unsafeStart: base + range.lowerBound, byteCount: range.count), borrowing: self)
    }

    /// Shows `count` bytes from byte `offset` of the column on. The caller has checked that they are inside.
    public func withBytes<Result>(
        at offset: UInt64, count: Int, _ body: (RawSpan) -> Result
    ) throws(FormatError) -> Result {
        precondition(offset <= entry.rawBytes && UInt64(count) <= entry.rawBytes - offset)
        if let bytes = inPlace { return body(bytes.extracting(Int(offset)..<Int(offset) + count)) }
        let block = Int(offset / UInt64(entry.blockBytes))
        let start = Int(offset % UInt64(entry.blockBytes))
        if start + count <= Int(entry.blockBytes) {
            guard count > 0 else { return body(RawSpan()) }
            let decoded = try self.block(block).bytes
            return unsafe body(decoded.span.bytes.extracting(start..<start + count))
        }
        return try withGathered(at: offset, count: count, body)
    }

    /// Bytes that span several blocks, put together.
    private func withGathered<Result>(
        at offset: UInt64, count: Int, _ body: (RawSpan) -> Result
    ) throws(FormatError) -> Result {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let place = offset + UInt64(bytes.count)
            let start = Int(place % UInt64(entry.blockBytes))
            let decoded = try block(Int(place / UInt64(entry.blockBytes)))
            bytes.append(contentsOf: decoded.bytes[start...].prefix(count - bytes.count))
        }
        return unsafe body(bytes.span.bytes)
    }

    private func block(_ block: Int) throws(FormatError) -> BlockCache.Block {
        guard let blocks else { preconditionFailure("a raw column has no blocks") }
        return try cache.block(block, of: blocks, number: number, stored: stored)
    }

    /// Element `i` of a column of `u32` or `u64`. The caller has checked that it is inside.
    func integer(_ i: UInt64) throws(FormatError) -> UInt64 {
        let size = shape.element.byteCount
        return try withBytes(at: i * UInt64(size), count: size) { bytes in
            size == 4
                ? UInt64(UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt32.self)))
                : UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
        }
    }
}
