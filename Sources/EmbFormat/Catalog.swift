/// What a file holds: segments, tables, features (Formats/container.md, "Catalog"). Checked as far as the container
/// goes; that a table's columns suit its stages is checked where the stages are known.
public struct Catalog: Sendable, Equatable {
    public var segments: [SegmentEntry] = []
    public var tables: [TableEntry] = []
    public var features: [FeatureEntry] = []

    public init() {}

    /// Parses and checks the bytes at `superblock.catalogOffset`.
    public init(parsing bytes: RawSpan, superblock: Superblock) throws(FormatError) {
        let computed = Checksum.xxh3(bytes)
        guard computed == superblock.catalogChecksum else {
            throw FormatError(
                .catalogChecksum, "catalog checksum", found: hex(computed), expected: hex(superblock.catalogChecksum))
        }
        var reader = ByteReader(bytes, of: "catalog")
        let (segmentCount, tableCount, featureCount) = try Catalog.counts(&reader)
        var layout = SegmentLayout(catalogOffset: superblock.catalogOffset)
        for number in 0..<segmentCount {
            let entry = try SegmentEntry(parsing: &reader, number: number, features: superblock.requiredFeatures)
            try layout.add(entry, number: number)
            segments.append(entry)
        }
        try layout.finish()
        for number in 0..<tableCount { tables.append(try TableEntry(parsing: &reader, number: number)) }
        for number in 0..<featureCount { features.append(try FeatureEntry(parsing: &reader, number: number)) }
        guard reader.remaining == 0 else {
            throw FormatError(.badCatalog, "catalog", found: "\(reader.remaining) bytes left over", expected: "none")
        }
        try checkReferences()
        try checkNames()
    }

    /// Of segments, tables and features.
    private static func counts(_ reader: inout ByteReader) throws(FormatError) -> (Int, Int, Int) {
        let segments: UInt32 = try reader.integer("segmentCount")
        let tables: UInt32 = try reader.integer("tableCount")
        let features: UInt32 = try reader.integer("featureCount")
        try reader.reserved(4, "reserved")
        return (
            try count(segments, "segmentCount", limit: FormatLimits.segments),
            try count(tables, "tableCount", limit: FormatLimits.tables),
            try count(features, "featureCount", limit: FormatLimits.features)
        )
    }

    private static func count(_ count: UInt32, _ field: String, limit: UInt64) throws(FormatError) -> Int {
        guard count <= limit else {
            throw FormatError(.limitExceeded, "catalog." + field, found: UInt64(count), expected: limit)
        }
        return Int(count)
    }

    /// Every reference points at something, and every segment is somebody's.
    private func checkReferences() throws(FormatError) {
        var named = [Bool](repeating: false, count: segments.count)
        for table in tables {
            for column in table.columns {
                guard Int(column.segment) < segments.count else {
                    throw FormatError(
                        .badReference, "table \"\(table.name)\", column \(column.name)",
                        found: "segment \(column.segment)",
                        expected: "one of \(segments.count)")
                }
                named[Int(column.segment)] = true
            }
        }
        for feature in features where Int(feature.table) >= tables.count {
            throw FormatError(
                .badReference, "feature \"\(feature.name)\"", found: "table \(feature.table)",
                expected: "one of \(tables.count)")
        }
        if let orphan = named.firstIndex(of: false) {
            throw FormatError(.badReference, "segment \(orphan)", found: "named by no column", expected: "a column")
        }
    }

    private func checkNames() throws(FormatError) {
        try Catalog.unique(tables.map(\.name), "table name")
        try Catalog.unique(features.map(\.name), "feature name")
        for table in tables {
            try Catalog.unique(table.columns.map(\.name), "column of table \"\(table.name)\"")
            try Catalog.unique(table.attributes.map(\.key), "attribute of table \"\(table.name)\"")
        }
    }

    private static func unique(_ names: [String], _ field: String) throws(FormatError) {
        var seen: Set<[UInt8]> = []  // bytes: two spellings of one text are two names
        for name in names where !seen.insert(Array(name.utf8)).inserted {
            throw FormatError(.duplicateName, field, found: "\"\(name)\" twice", expected: "distinct names")
        }
    }

    public func serialized() -> [UInt8] {
        var out = ByteWriter()
        out.integer(UInt32(segments.count))
        out.integer(UInt32(tables.count))
        out.integer(UInt32(features.count))
        out.zeros(4)
        for segment in segments { segment.serialize(into: &out) }
        for table in tables { table.serialize(into: &out) }
        for feature in features { feature.serialize(into: &out) }
        return out.bytes
    }
}
