public import EmbFormat
public import EmbIO
internal import EmbKernels

/// One column of an open file: in place in the mapping, or behind a cache, in compressed blocks or as pages of a file that is
/// not mapped.
///
/// Keeps the mapping alive. Immutable; readable from any thread. This module's one type with a pointer.
@safe public final class Column: Sendable {
    public let name: String
    public let entry: SegmentEntry
    private let file: Mapping
    /// The file, or a copy of the column; nil if the column is read page by page.
    private let mapping: Mapping?
    /// Where byte `origin` of the file is in memory.
    private nonisolated(unsafe) let base: UnsafeRawPointer?
    private let origin: Int
    private let number: Int
    private let cache: BlockCache
    private let blocks: BlockSegment?

    /// Columns up to this are copied from a file that is not mapped.
    private static let copiedBytes: UInt64 = 64 << 10

    /// - Parameter entry: Checked: inside the file, followed by the catalog.
    public convenience init(
        name: String, entry: SegmentEntry, number: Int, mapping: Mapping, cache: BlockCache
    ) throws(FormatError) {
        let isCopied = !mapping.isMapped && entry.encoding == .raw && entry.rawBytes <= Self.copiedBytes
        try self.init(name, entry, number, mapping, cache, copied: isCopied)
    }

    private init(
        _ name: String, _ entry: SegmentEntry, _ number: Int, _ file: Mapping, _ cache: BlockCache, copied: Bool
    ) throws(FormatError) {
        precondition(entry.end <= UInt64(file.byteCount))
        self.name = name
        self.entry = entry
        self.number = number
        self.cache = cache
        self.file = file
        blocks = entry.encoding == .raw ? nil : BlockSegment(entry, number: number)
        origin = copied ? Int(entry.offset) : 0
        do throws(IOError) {
            mapping =
                copied
                ? try file.copy(Int(entry.offset)..<Int(entry.end), slack: StoredRows.slack)
                : file.isMapped ? file : nil
        } catch {
            throw Self.unreadable(entry.offset..<entry.end, error)
        }
        if let mapping { unsafe base = mapping.bytes.withUnsafeBytes { $0.baseAddress! } } else { unsafe base = nil }
    }

    private static func unreadable(_ range: Range<UInt64>, _ error: IOError) -> FormatError {
        FormatError(
            .badBlock, "bytes \(range.lowerBound) ..< \(range.upperBound)", found: "\(error)", expected: "to be read")
    }

    /// The same column in place.
    func inMemory() throws(FormatError) -> Column {
        guard mapping == nil else { return self }
        return try Column(name, entry, number, file, cache, copied: true)
    }

    public var shape: ColumnShape { entry.shape }

    /// The column's bytes in place, and everything after them in the file (at least 64 bytes: there is always a
    /// catalog), or nil if they are stored in blocks.
    public var inPlace: RawSpan? {
        @_lifetime(borrow self) get {
            guard blocks == nil, let mapping else { return nil }
            return bytes(Int(entry.offset)..<origin + mapping.byteCount)
        }
    }

    /// The numbers of a raw column of `f32`: of one that `ColumnSet.takeRaw` has checked.
    public var floats: Span<Float> {
        @_lifetime(borrow self) get {
            precondition(blocks == nil && shape.element == .f32 && mapping != nil)
            // Segments begin at multiples of 64, and mappings at pages.
            let numbers = unsafe (base! + (Int(entry.offset) - origin)).assumingMemoryBound(to: Float.self)
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
        guard let mapping else { preconditionFailure("a column that is read page by page is not in memory") }
        precondition(range.lowerBound >= origin && range.upperBound <= origin + mapping.byteCount)
        return unsafe _overrideLifetime(
            RawSpan(_unsafeStart: base! + (range.lowerBound - origin), byteCount: range.count), borrowing: self)
    }

    /// Shows `count` bytes from byte `offset` of the column on. The caller has checked that they are inside.
    public func withBytes<Result>(
        at offset: UInt64, count: Int, _ body: (RawSpan) -> Result
    ) throws(FormatError) -> Result {
        precondition(offset <= entry.rawBytes && UInt64(count) <= entry.rawBytes - offset)
        if let bytes = inPlace { return body(bytes.extracting(Int(offset)..<Int(offset) + count)) }
        let (block, start) = place(offset)
        if start + count <= blockBytes {
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
            let (number, start) = place(offset + UInt64(bytes.count))
            let decoded = try block(number)
            bytes.append(contentsOf: decoded.bytes[start...].prefix(count - bytes.count))
        }
        return unsafe body(bytes.span.bytes)
    }

    /// Bytes of a block, the last perhaps fewer.
    private var blockBytes: Int { blocks == nil ? PageList.pageBytes : Int(entry.blockBytes) }

    /// The block that holds a byte of the column, and where: of blocks of a raw column, pages of the file.
    private func place(_ offset: UInt64) -> (block: Int, start: Int) {
        let offset = blocks == nil ? entry.offset + offset : offset
        return (Int(offset / UInt64(blockBytes)), Int(offset % UInt64(blockBytes)))
    }

    private func block(_ block: Int) throws(FormatError) -> BlockCache.Block {
        guard let blocks else { return try page(block) }
        return try cache.block(block, of: number, byteCount: blocks.rawByteCount(of: block)) {
            (bytes) throws(FormatError) in
            guard mapping == nil else { return try blocks.decode(block, of: stored, into: &bytes) }
            try blocks.decode(block, into: &bytes) { (offset, count) throws(FormatError) in
                var read = [UInt8](repeating: 0, count: count)
                var span = read.mutableSpan
                var raw = unsafe span.mutableBytes
                try self.read(Int(entry.offset) + offset, into: &raw)
                return read
            }
        }
    }

    private func page(_ page: Int) throws(FormatError) -> BlockCache.Block {
        let start = page * PageList.pageBytes
        let count = min(PageList.pageBytes, file.byteCount - start)
        // Pages are the file's, whichever columns they belong to.
        return try cache.block(page, of: -1, byteCount: count) { (bytes) throws(FormatError) in
            try read(start, into: &bytes)
        }
    }

    private func read(_ offset: Int, into bytes: inout MutableRawSpan) throws(FormatError) {
        let range = UInt64(offset)..<UInt64(offset + bytes.byteCount)
        do throws(IOError) { try file.read(offset, into: &bytes) } catch { throw Self.unreadable(range, error) }
    }

    /// Whether rows are read page by page.
    var isPaged: Bool { blocks == nil && mapping == nil }

    /// Reads the pages of rows that a lookup is about to copy, several at a time: `count` bytes from each row's first on,
    /// `stride` apart. What cannot be read is found out when it is copied.
    func bring(_ rows: Span<UInt32>, stride: Int, count: Int) {
        guard isPaged, let readers = cache.readers else { return }
        var pages = PageList()
        list(rows, stride: stride, count: count, &pages)
        let missing = pages.take { !cache.holds($0, of: -1) }
        readers.run(missing.count) { _ = try? page(missing[$0]) }
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
