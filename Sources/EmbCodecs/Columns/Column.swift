public import EmbFormat
public import EmbIO
internal import EmbKernels

/// One column of an open file: in place in the mapping, in compressed blocks, or read page by page from a file that is not mapped.
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
        guard count > 0 else { return body(RawSpan()) }
        if isPaged { return try withCopy(at: offset, count: count, body) }
        let (block, start) = place(offset)
        if start + count <= Int(entry.blockBytes) {
            let decoded = try self.block(block).bytes
            return unsafe body(decoded.span.bytes.extracting(start..<start + count))
        }
        return try withGathered(at: offset, count: count, body)
    }

    /// Bytes of a file that is not mapped, copied.
    private func withCopy<Result>(
        at offset: UInt64, count: Int, _ body: (RawSpan) -> Result
    ) throws(FormatError) -> Result {
        let start = Int(entry.offset + offset)
        var refusal: IOError?
        let result = unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 64) { memory -> Result? in
            var bytes = unsafe MutableRawSpan(_unsafeBytes: memory)
            do throws(IOError) { try file.readKeeping(start, into: &bytes) } catch {
                refusal = error
                return nil
            }
            return body(bytes.bytes)
        }
        guard let result else { throw Self.unreadable(UInt64(start)..<UInt64(start + count), refusal!) }
        return result
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

    /// The block that holds a byte of the column, and where.
    private func place(_ offset: UInt64) -> (block: Int, start: Int) {
        let blockBytes = UInt64(entry.blockBytes)
        return (Int(offset / blockBytes), Int(offset % blockBytes))
    }

    private func block(_ block: Int) throws(FormatError) -> BlockCache.Block {
        guard let blocks else { preconditionFailure("a raw column has no blocks") }
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

    private func read(_ offset: Int, into bytes: inout MutableRawSpan) throws(FormatError) {
        let range = UInt64(offset)..<UInt64(offset + bytes.byteCount)
        do throws(IOError) { try file.read(offset, into: &bytes) } catch { throw Self.unreadable(range, error) }
    }

    /// Whether rows are read page by page.
    var isPaged: Bool { blocks == nil && mapping == nil }

    /// How many rows of so many bytes are worth reading ahead together: more would drive each other out again.
    func rowsAhead(rowBytes: Int) -> Int {
        guard isPaged else { return Int.max }
        return min(max(file.pageRoom / 2 / (rowBytes / PageList.pageBytes + 2), 1), 64)
    }

    /// Reads the pages of a lookup's next rows, if it is from a file that is not mapped.
    ///
    /// - Parameter list: Adds the pages to a list.
    func bring(_ list: (inout PageList) -> Void) {
        guard isPaged else { return }
        var pages = PageList()
        list(&pages)
        _ = pages.request(from: file)
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

/// What will be read, in pages of the file.
extension Column {
    /// Adds the pages of rows, `count` bytes each from their first on and `stride` apart; of a column in compressed blocks those
    /// of the blocks that hold them and are not decoded yet, as its index says. Nothing of columns held in memory.
    func list(_ rows: Span<UInt32>, stride: Int, count: Int, _ pages: inout PageList) {
        var ranges: [Range<UInt64>] = []
        for i in rows.indices where rows[i] != UInt32.max {
            let start = UInt64(rows[i]) * UInt64(stride)
            ranges.append(start..<start + UInt64(count))
        }
        list(ranges, &pages)
    }

    /// The same of bytes of the column.
    func list(_ ranges: [Range<UInt64>], _ pages: inout PageList) {
        if blocks != nil { return listBlocks(ranges, &pages) }
        guard isPaged || mapping === file else { return }
        for range in ranges { pages.add(entry.offset + range.lowerBound..<entry.offset + range.upperBound) }
    }

    private func listBlocks(_ ranges: [Range<UInt64>], _ pages: inout PageList) {
        guard let blocks, mapping === file else { return }
        var wanted: Set<Int> = []
        for range in ranges where !range.isEmpty {
            wanted.formUnion(place(range.lowerBound).block...place(range.upperBound - 1).block)
        }
        var index = PageList()
        for block in wanted where !cache.holds(block, of: number) {
            let entries = blocks.indexRange(of: block)
            index.add(entry.offset + UInt64(entries.lowerBound)..<entry.offset + UInt64(entries.upperBound))
        }
        pages.askAtOnce(index, from: file)
        for block in wanted where !cache.holds(block, of: number) {
            // The index is not checked: what no block takes is not asked for.
            guard let range = blocks.storedRange(of: block, in: stored), range.count <= 2 * Int(entry.blockBytes) + 64
            else { continue }
            pages.add(entry.offset + UInt64(range.lowerBound)..<entry.offset + UInt64(range.upperBound))
        }
    }
}
