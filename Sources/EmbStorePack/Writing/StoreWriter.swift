public import EmbCodecs
public import EmbFormat
public import EmbIO
internal import EmbStore

/// Writes a file segment by segment: the layout of Formats/container.md, streamed.
///
/// Memory: the write buffer, the block being compressed, and the catalog. Nothing appears under the final name before
/// `commit`; without it nothing ever does. Belongs to one thread at a time.
public final class StoreWriter {
    /// How a column's segment is stored.
    public struct Storage: Sendable, Equatable {
        public let encoding: SegmentEncoding
        /// Bytes of a block before compression, at most, but one row at least; beyond the format's limit of 16 MiB as if
        /// they were that.
        public let blockBytes: Int

        public static let raw = Storage(.raw)

        public init(_ encoding: SegmentEncoding, blockBytes: Int = 64 << 10) {
            self.encoding = encoding
            self.blockBytes = blockBytes
        }
    }

    /// What superblocks say of this program.
    public static let program = EmbStoreVersion.writer

    private var file: AtomicFile?
    private var catalog = Catalog()
    private let generation: UInt64
    private let writer: String
    private var open: OpenSegment?
    /// Segments that a later column may share, by what makes columns equal.
    private var shared: [SharedKey: UInt32] = [:]

    private struct SharedKey: Hashable {
        let shape: ColumnShape
        let encoding: SegmentEncoding
        let low: UInt64
        let high: UInt64

        init(_ column: ColumnData, _ encoding: SegmentEncoding) {
            shape = column.shape
            self.encoding = encoding
            (low, high) = unsafe Checksum.xxh3Wide(column.bytes.span.bytes)
        }
    }

    /// Begins a file.
    ///
    /// - Parameter writer: What the superblock says of the writing program: at most 32 bytes of printable ASCII.
    public init(
        path: String, replacing: Bool, generation: UInt64 = 1, writer: String = program,
        fileSystem: any FileSystem = PosixFileSystem()
    ) throws(IOError) {
        self.generation = generation
        self.writer = writer
        file = try AtomicFile(at: path, replacing: replacing, fileSystem: fileSystem)
        try append(zeros: UInt64(Superblock.byteCount))
    }

    /// Bytes written so far.
    public var byteCount: UInt64 { file?.byteCount ?? 0 }

    /// Begins a segment of this shape. Its bytes follow in `append`.
    public func begin(_ shape: ColumnShape, _ storage: Storage = .raw) throws(IOError) {
        precondition(open == nil, "a segment is open already")
        var entry = SegmentEntry(shape: shape)
        entry.encoding = storage.encoding
        if storage.encoding == .raw, shape.byteCount >= SegmentLayout.largeBytes {
            entry.alignment = SegmentLayout.largeAlignment
        }
        if storage.encoding != .raw {
            let limit = min(storage.blockBytes, Int(FormatLimits.blockBytes))
            let rows = max(1, limit / Int(shape.rowBytes))
            entry.blockBytes = UInt32(rows) * UInt32(shape.rowBytes)
        }
        try align(to: entry.alignment)
        entry.offset = byteCount
        open = OpenSegment(entry)
    }

    /// Appends raw bytes to the open segment.
    public func append(_ bytes: RawSpan) throws(IOError) {
        guard let open else { preconditionFailure("no segment is open") }
        open.rawBytes += UInt64(bytes.byteCount)
        guard open.entry.encoding != .raw else { return try write(bytes, of: open) }
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.extracting(first: Int(open.entry.blockBytes) - open.block.count)
            open.block.append(
                contentsOf: piece.byteOffsets.map { unsafe piece.unsafeLoad(fromByteOffset: $0, as: UInt8.self) })
            rest = rest.extracting(droppingFirst: piece.byteCount)
            if open.block.count == Int(open.entry.blockBytes) { try finishBlock(open) }
        }
    }

    /// Ends the open segment, which must have got exactly the bytes of its shape. Returns its number.
    public func end() throws(IOError) -> UInt32 {
        guard let open else { preconditionFailure("no segment is open") }
        precondition(open.rawBytes == open.entry.rawBytes, "a segment got other bytes than its shape has")
        if !open.block.isEmpty { try finishBlock(open) }
        if open.entry.encoding != .raw { try unsafe write(open.index.span.bytes, of: open) }
        open.entry.checksum = open.checksum.value
        self.open = nil
        catalog.segments.append(open.entry)
        return UInt32(catalog.segments.count - 1)
    }

    /// Writes a column held in memory, or finds the one with the same shape and bytes.
    public func add(_ column: ColumnData, _ storage: Storage = .raw) throws(IOError) -> UInt32 {
        let key = SharedKey(column, storage.encoding)
        if let number = shared[key] { return number }
        try begin(column.shape, storage)
        try unsafe append(column.bytes.span.bytes)
        let number = try end()
        shared[key] = number
        return number
    }

    public func add(_ table: TableEntry) {
        var table = table
        table.attributes.sort { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        catalog.tables.append(table)
    }

    public func add(_ feature: FeatureEntry) { catalog.features.append(feature) }

    /// Bytes of all finished segments, as stored, without padding.
    public var columnBytes: UInt64 { catalog.segments.reduce(0) { $0 + $1.storedBytes } }

    /// Writes catalog and superblock and puts the file in place. Returns its length.
    @discardableResult
    public func commit() throws(IOError) -> UInt64 {
        precondition(open == nil, "a segment is open")
        try align(to: SegmentLayout.catalogAlignment)
        let bytes = catalog.serialized()
        var superblock = Superblock()
        superblock.requiredFeatures = catalog.segments.reduce(0) { $0 | $1.encoding.requiredFeature }
        superblock.catalogOffset = byteCount
        superblock.catalogBytes = UInt64(bytes.count)
        superblock.fileBytes = byteCount + UInt64(bytes.count)
        superblock.catalogChecksum = Checksum.xxh3(bytes)
        superblock.generation = generation
        superblock.writer = writer
        try unsafe file!.append(bytes.span.bytes)
        let head = superblock.serialized()
        try unsafe file!.patch(head.span.bytes, at: 0)
        try file.take()!.commit()
        return superblock.fileBytes
    }
}

extension StoreWriter {
    /// A segment under way.
    private final class OpenSegment {
        var entry: SegmentEntry
        let checksum = StreamingChecksum()
        var rawBytes: UInt64 = 0
        var block: [UInt8] = []
        var index: [UInt8] = []

        init(_ entry: SegmentEntry) { self.entry = entry }
    }

    private func write(_ bytes: RawSpan, of segment: OpenSegment) throws(IOError) {
        segment.checksum.update(bytes)
        segment.entry.storedBytes += UInt64(bytes.byteCount)
        try file!.append(bytes)
    }

    private func finishBlock(_ segment: OpenSegment) throws(IOError) {
        let packed = unsafe BlockCompressor.compress(segment.block.span.bytes, segment.entry.encoding)
        segment.block.removeAll(keepingCapacity: true)
        try unsafe write(packed.span.bytes, of: segment)
        segment.entry.blockCount += 1
        segment.index.append(littleEndian: segment.entry.storedBytes)
        segment.index.append(littleEndian: Checksum.xxh3(packed))
    }

    private func align(to alignment: UInt8) throws(IOError) {
        guard let aligned = SegmentLayout.aligned(byteCount, to: alignment) else {
            preconditionFailure("no file is that long")
        }
        try append(zeros: aligned - byteCount)
    }

    private func append(zeros count: UInt64) throws(IOError) {
        let page = [UInt8](repeating: 0, count: Int(min(count, 64 << 10)))
        var left = count
        while left > 0 {
            let piece = Int(min(left, UInt64(page.count)))
            try unsafe file!.append(page.span.bytes.extracting(first: piece))
            left -= UInt64(piece)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }
}
