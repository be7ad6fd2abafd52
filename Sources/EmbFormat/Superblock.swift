/// The first 4096 bytes of a file, checked (Formats/container.md, "Superblock").
public struct Superblock: Sendable, Equatable {
    public static let byteCount = 4096
    public static let magic: [UInt8] = [0x89, 0x45, 0x4D, 0x42, 0x0D, 0x0A, 0x1A, 0x0A]

    public var writeVersion = FormatVersion.write
    public var readVersion = FormatVersion.read
    public var requiredFeatures: UInt64 = 0
    public var optionalFeatures: UInt64 = 0
    public var fileBytes: UInt64 = 0
    public var catalogOffset: UInt64 = 0
    public var catalogBytes: UInt64 = 0
    public var catalogChecksum: UInt64 = 0
    public var generation: UInt64 = 1
    public var writer = ""

    public init() {}

    /// Byte ranges of the fields, each beginning where the one before ends. A test compares them with the page.
    public enum Field: String, CaseIterable, Sendable {
        case magic, writeVersion, readVersion, superblockBytes, requiredFeatures, optionalFeatures, fileBytes
        case catalogOffset, catalogBytes, catalogChecksum, generation, writer, reserved, superblockChecksum

        public var byteCount: Int {
            switch self {
            case .writeVersion, .readVersion: 2
            case .superblockBytes: 4
            case .writer: 32
            case .reserved: 3984
            default: 8
            }
        }

        public var offset: Int { Field.allCases.prefix { $0 != self }.reduce(0) { $0 + $1.byteCount } }
    }
}

extension Superblock {
    /// Parses and checks a superblock.
    ///
    /// - Parameters:
    ///   - bytes: The file's first bytes: 4096, or all of them if the file is shorter.
    ///   - actualFileBytes: The length that the file really has.
    public init(parsing bytes: RawSpan, actualFileBytes: UInt64) throws(FormatError) {
        try Superblock.checkWhole(bytes, actualFileBytes)
        var reader = ByteReader(bytes.extracting(first: Superblock.byteCount), of: "superblock")
        _ = try reader.integer("magic", as: UInt64.self)
        writeVersion = try reader.integer("writeVersion")
        readVersion = try reader.integer("readVersion")
        guard readVersion <= FormatVersion.read else {
            throw FormatError(.newerVersion, "superblock.readVersion", found: readVersion, expected: FormatVersion.read)
        }
        let superblockBytes: UInt32 = try reader.integer("superblockBytes")
        requiredFeatures = try reader.integer("requiredFeatures")
        try Superblock.checkFeatures(requiredFeatures)
        optionalFeatures = try reader.integer("optionalFeatures")
        fileBytes = try reader.integer("fileBytes")
        catalogOffset = try reader.integer("catalogOffset")
        catalogBytes = try reader.integer("catalogBytes")
        catalogChecksum = try reader.integer("catalogChecksum")
        generation = try reader.integer("generation")
        let writerBytes = try Superblock.writerBytes(&reader)
        try reader.reserved(Field.reserved.byteCount, "reserved")
        guard superblockBytes == Superblock.byteCount else {
            throw FormatError(
                .badSuperblock, "superblock.superblockBytes", found: superblockBytes, expected: Superblock.byteCount)
        }
        writer = try Superblock.writerText(writerBytes)
        try checkVersionsAndPlaces()
        try checkLength(actualFileBytes)
    }

    /// Magic, length and checksum: what must hold before any other field means anything.
    private static func checkWhole(_ bytes: RawSpan, _ actualFileBytes: UInt64) throws(FormatError) {
        let head = (0..<min(magic.count, bytes.byteCount)).map {
            unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
        }
        guard head == magic else {
            throw FormatError(.notEmbStore, "magic", found: hex(head), expected: hex(magic))
        }
        guard bytes.byteCount >= byteCount else {
            throw FormatError(.truncated, "file length", found: actualFileBytes, expected: byteCount)
        }
        let stored = littleEndianU64(bytes, at: Field.superblockChecksum.offset)
        let computed = Checksum.xxh3(bytes.extracting(first: Field.superblockChecksum.offset))
        guard stored == computed else {
            throw FormatError(.superblockChecksum, "superblock checksum", found: hex(computed), expected: hex(stored))
        }
    }

    private static func checkFeatures(_ bits: UInt64) throws(FormatError) {
        let known = SegmentEncoding.allCases.reduce(0) { $0 | $1.requiredFeature }
        guard bits & ~known == 0 else {
            throw FormatError(
                .unknownFeature, "superblock.requiredFeatures", found: "bit \((bits & ~known).trailingZeroBitCount)",
                expected: "bits of \(hex(known))")
        }
    }

    private static func writerBytes(_ reader: inout ByteReader) throws(FormatError) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Field.writer.byteCount { bytes.append(try reader.integer("writer")) }
        return bytes
    }

    private static func writerText(_ bytes: [UInt8]) throws(FormatError) -> String {
        let text = bytes.prefix { $0 != 0 }
        guard bytes.dropFirst(text.count).allSatisfy({ $0 == 0 }), text.allSatisfy({ (0x20..<0x7F).contains($0) })
        else {
            throw FormatError(.badSuperblock, "superblock.writer", found: hex(bytes), expected: "ASCII, zero padded")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func checkVersionsAndPlaces() throws(FormatError) {
        guard readVersion >= 1, readVersion <= writeVersion else {
            throw FormatError(
                .badSuperblock, "superblock.readVersion", found: "\(readVersion)",
                expected: "1 to writeVersion, \(writeVersion)")
        }
        let end = catalogOffset.addingReportingOverflow(catalogBytes)
        guard !end.overflow, end.partialValue == fileBytes else {
            throw FormatError(
                .badSuperblock, "superblock.catalogOffset + catalogBytes",
                found: "\(catalogOffset) + \(catalogBytes)", expected: "fileBytes, \(fileBytes)")
        }
        guard catalogOffset >= UInt64(Superblock.byteCount), catalogOffset % 64 == 0 else {
            throw FormatError(
                .badSuperblock, "superblock.catalogOffset", found: "\(catalogOffset)",
                expected: "a multiple of 64 from 4096 on")
        }
    }

    private func checkLength(_ actualFileBytes: UInt64) throws(FormatError) {
        guard actualFileBytes == fileBytes else {
            throw FormatError(
                actualFileBytes < fileBytes ? .truncated : .extended, "file length", found: actualFileBytes,
                expected: fileBytes)
        }
        guard catalogBytes <= FormatLimits.catalogBytes else {
            throw FormatError(
                .limitExceeded, "superblock.catalogBytes", found: catalogBytes, expected: FormatLimits.catalogBytes)
        }
    }
}

extension Superblock {
    /// The 4096 bytes, checksum included. `writer` must be at most 32 ASCII bytes.
    public func serialized() -> [UInt8] {
        precondition(writer.utf8.count <= Field.writer.byteCount, "writer name too long")
        var out = ByteWriter()
        out.append(Superblock.magic)
        out.integer(writeVersion)
        out.integer(readVersion)
        out.integer(UInt32(Superblock.byteCount))
        for value in [
            requiredFeatures, optionalFeatures, fileBytes, catalogOffset, catalogBytes, catalogChecksum, generation,
        ] {
            out.integer(value)
        }
        out.append(Array(writer.utf8))
        out.zeros(Field.superblockChecksum.offset - out.bytes.count)
        out.integer(Checksum.xxh3(out.bytes))
        return out.bytes
    }
}

/// A `u64` at an offset that the caller has checked.
func littleEndianU64(_ bytes: RawSpan, at offset: Int) -> UInt64 {
    precondition(offset + 8 <= bytes.byteCount)
    return UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
