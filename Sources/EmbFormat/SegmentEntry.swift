/// One contiguous run of bytes of a file, holding one column (Formats/container.md, "Segment entry").
public struct SegmentEntry: Sendable, Equatable {
    public static let byteCount = 64

    /// From the start of the file.
    public var offset: UInt64 = 0
    /// Length in the file.
    public var storedBytes: UInt64 = 0
    /// Of the stored bytes.
    public var checksum: UInt64 = 0
    public var shape: ColumnShape
    public var encoding: SegmentEncoding = .raw
    public var alignment: UInt8 = SegmentLayout.smallAlignment
    /// Bytes of a block before compression, and how many blocks; 0 for raw segments.
    public var blockBytes: UInt32 = 0
    public var blockCount: UInt32 = 0

    public init(shape: ColumnShape) { self.shape = shape }

    /// The bytes of the column before compression.
    public var rawBytes: UInt64 { shape.byteCount }
    /// Where the segment's bytes end in the file. Checked not to wrap.
    public var end: UInt64 { offset + storedBytes }
}

/// Rows x width elements of one type.
public struct ColumnShape: Sendable, Hashable, CustomStringConvertible {
    public let element: ElementType
    public let rowCount: UInt64
    public let width: UInt32

    public init(_ element: ElementType, rows: UInt64, width: UInt32 = 1) {
        self.element = element
        self.rowCount = rows
        self.width = width
    }

    /// Bytes of one row.
    public var rowBytes: UInt64 { UInt64(width) * UInt64(element.byteCount) }
    /// Bytes of all rows. Whoever makes a shape from untrusted numbers checks `isRepresentable` first.
    public var byteCount: UInt64 { rowCount * rowBytes }

    /// Whether the bytes stay below 2^63.
    var isRepresentable: Bool {
        let (bytes, overflow) = rowCount.multipliedReportingOverflow(by: rowBytes)
        return !overflow && bytes <= UInt64(Int64.max)
    }

    public var description: String { "\(element.name) \(rowCount) x \(width)" }
}

extension SegmentEntry {
    init(parsing reader: inout ByteReader, number: Int, features: UInt64) throws(FormatError) {
        let field = "segment \(number)"
        try reader.require(SegmentEntry.byteCount, field)
        let offset: UInt64 = try reader.integer(field + " offset")
        let storedBytes: UInt64 = try reader.integer(field + " storedBytes")
        let checksum: UInt64 = try reader.integer(field + " checksum")
        let rowCount: UInt64 = try reader.integer(field + " rowCount")
        let width: UInt32 = try reader.integer(field + " width")
        let elementType: UInt8 = try reader.integer(field + " elementType")
        let encodingNumber: UInt8 = try reader.integer(field + " encoding")
        let alignment: UInt8 = try reader.integer(field + " alignment")
        try reader.reserved(1, field)
        let blockBytes: UInt32 = try reader.integer(field + " blockBytes")
        let blockCount: UInt32 = try reader.integer(field + " blockCount")
        try reader.reserved(16, field)
        guard blockBytes <= FormatLimits.blockBytes else {
            throw FormatError(
                .limitExceeded, field + " blockBytes", found: blockBytes, expected: FormatLimits.blockBytes)
        }
        guard let element = ElementType(rawValue: elementType) else {
            throw FormatError(
                .unknownElementType, field + " elementType", found: "\(elementType)", expected: "one this reader knows")
        }
        guard let encoding = SegmentEncoding(rawValue: encodingNumber),
            encoding.requiredFeature & ~features == 0
        else {
            throw FormatError(
                .unknownEncoding, field + " encoding", found: "\(encodingNumber)",
                expected: "one that the required features \(hex(features)) announce")
        }
        self.init(shape: ColumnShape(element, rows: rowCount, width: width))
        self.offset = offset
        self.storedBytes = storedBytes
        self.checksum = checksum
        self.encoding = encoding
        self.alignment = alignment
        self.blockBytes = blockBytes
        self.blockCount = blockCount
        try checkShape(field)
    }

    /// The lengths agree with the shape.
    private func checkShape(_ field: String) throws(FormatError) {
        guard shape.width >= 1, shape.isRepresentable else {
            throw FormatError(
                .segmentShape, field, found: "\(shape)", expected: "a width of at least 1 and fewer than 2^63 bytes")
        }
        if encoding == .raw {
            guard storedBytes == rawBytes, blockBytes == 0, blockCount == 0 else {
                throw FormatError(
                    .segmentShape, field, found: "\(storedBytes) bytes, \(blockCount) blocks of \(blockBytes)",
                    expected: "\(rawBytes) bytes of \(shape), no blocks")
            }
            return
        }
        guard blockBytes > 0, UInt64(blockBytes) % shape.rowBytes == 0 else {
            throw FormatError(
                .segmentShape, field + " blockBytes", found: "\(blockBytes)",
                expected: "a multiple of \(shape.rowBytes)")
        }
        let blocks = (rawBytes + UInt64(blockBytes) - 1) / UInt64(blockBytes)
        let index = UInt64(blockCount) * UInt64(BlockIndex.entryBytes)
        guard UInt64(blockCount) == blocks, blocks == 0 ? storedBytes == 0 : storedBytes > index else {
            throw FormatError(
                .segmentShape, field, found: "\(blockCount) blocks in \(storedBytes) bytes",
                expected: "\(blocks) blocks and their index of \(index) bytes")
        }
    }

    func serialize(into out: inout ByteWriter) {
        out.integer(offset)
        out.integer(storedBytes)
        out.integer(checksum)
        out.integer(shape.rowCount)
        out.integer(shape.width)
        out.integer(shape.element.rawValue)
        out.integer(encoding.rawValue)
        out.integer(alignment)
        out.zeros(1)
        out.integer(blockBytes)
        out.integer(blockCount)
        out.zeros(16)
    }
}
