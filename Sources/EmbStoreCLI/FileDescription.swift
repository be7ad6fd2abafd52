import EmbCodecs
import EmbFormat
import EmbKernels
import EmbStore

/// A file in the words of Formats/container.md: what `inspect` shows, and its JSON.
struct FileDescription: Encodable {
    let file: String
    let superblock: SuperblockFields
    let segmentCount: Int
    let tableCount: Int
    let featureCount: Int
    var segments: [SegmentFields]?
    let tables: [TableFields]
    let features: [FeatureFields]
    /// Bytes of the file that are in memory now.
    let residentBytes: Int
    /// Bytes of page tables at most, once every page has been touched.
    let mostPageTableBytes: Int
    /// The instruction set that this process looks rows up with.
    let kernelLevel: String

    init(_ store: Store, _ tables: [EmbeddingTable]) throws {
        file = store.path
        superblock = SuperblockFields(store.superblock)
        (segmentCount, tableCount) = (store.catalog.segments.count, store.catalog.tables.count)
        featureCount = store.catalog.features.count
        segments = store.catalog.segments.enumerated().map { SegmentFields($0, $1, of: store.superblock) }
        self.tables = try tables.map { try TableFields($0, store) }
        features = try FeatureFields.all(of: store)
        let memory = try store.memoryUse()
        (residentBytes, mostPageTableBytes) = (memory.residentBytes, memory.mostPageTableBytes)
        kernelLevel = "\(Kernels.best.level)"
    }

    func withSegments(_ shown: Bool) -> FileDescription {
        var description = self
        if !shown { description.segments = nil }
        return description
    }
}

/// The superblock's fields, by name.
struct SuperblockFields: Encodable {
    let magic: String
    let writeVersion: UInt16
    let readVersion: UInt16
    let superblockBytes: Int
    let requiredFeatures: [String]
    let optionalFeatures: UInt64
    let fileBytes: UInt64
    let catalogOffset: UInt64
    let catalogBytes: UInt64
    let catalogChecksum: String
    let generation: UInt64
    let writer: String
    let superblockChecksum: String

    init(_ superblock: Superblock) {
        let bytes = superblock.serialized()
        magic = Hex.spaced(Superblock.magic)
        writeVersion = superblock.writeVersion
        readVersion = superblock.readVersion
        superblockBytes = Superblock.byteCount
        requiredFeatures = SegmentEncoding.allCases.filter { superblock.requiredFeatures & $0.requiredFeature != 0 }
            .map(\.name)
        optionalFeatures = superblock.optionalFeatures
        fileBytes = superblock.fileBytes
        catalogOffset = superblock.catalogOffset
        catalogBytes = superblock.catalogBytes
        catalogChecksum = Units.hex(superblock.catalogChecksum)
        generation = superblock.generation
        writer = superblock.writer
        superblockChecksum = Units.hex(Checksum.xxh3(Array(bytes[..<Superblock.Field.superblockChecksum.offset])))
    }
}

/// A segment entry's fields, by name.
struct SegmentFields: Encodable {
    let number: Int
    let offset: UInt64
    let storedBytes: UInt64
    let checksum: String
    let rowCount: UInt64
    let width: UInt32
    let elementType: String
    let encoding: String
    /// The exponent, as in the entry.
    let alignment: UInt8
    let blockBytes: UInt32
    let blockCount: UInt32
    /// Before compression.
    let rawBytes: UInt64
    let shareOfFile: Double

    init(_ number: Int, _ entry: SegmentEntry, of superblock: Superblock) {
        self.number = number
        offset = entry.offset
        storedBytes = entry.storedBytes
        checksum = Units.hex(entry.checksum)
        rowCount = entry.shape.rowCount
        width = entry.shape.width
        elementType = entry.shape.element.name
        encoding = entry.encoding.name
        alignment = entry.alignment
        blockBytes = entry.blockBytes
        blockCount = entry.blockCount
        rawBytes = entry.rawBytes
        shareOfFile = Double(entry.storedBytes) / Double(superblock.fileBytes)
    }
}
