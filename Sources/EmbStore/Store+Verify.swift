internal import EmbCodecs
internal import EmbFormat
internal import EmbIO

/// How far `Store.verifyDeep` has come.
public struct VerifyProgress: Sendable {
    /// What is checked now.
    public enum Part: String, Sendable {
        /// Stored bytes of segments against their checksums.
        case checksums
        /// Raw bytes of blocks, decoded.
        case blocks
        /// Rows of key indexes, looked up, and numbers that must fit the table they stand in.
        case keys
    }

    public let part: Part
    public let done: UInt64
    public let total: UInt64
}

// What `open` leaves unchecked (Formats/container.md, "What is checked when").
extension Store {
    /// Checks that everything between the parts of the file is zero. The rest of what `verify` stands for, `open` has
    /// checked.
    ///
    /// - Throws: `StoreError.refused` with `PADDING_NOT_ZERO`.
    /// - Complexity: O(segments).
    public func verify() throws(StoreError) {
        let mapping = try mapped()
        try refusing { () throws(FormatError) in try checkPadding(mapping) }
    }

    /// Reads the whole file: every segment's checksum, padding, every block, the structure of key indexes.
    ///
    /// - Parameter progress: Called now and then, from the calling thread.
    /// - Throws: `StoreError.refused` with the first check that fails.
    /// - Complexity: O(bytes of the file). Memory: a block, beside the page cache.
    public func verifyDeep(progress: (VerifyProgress) -> Void = { _ in }) throws(StoreError) {
        let mapping = try mapped()
        try refusing { () throws(FormatError) in
            try checkSegments(mapping, progress)
            try checkPadding(mapping)
            try checkBlocks(mapping, progress)
            try checkKeys(progress)
        }
    }

    /// The file mapped for as long as it is checked, if it is not.
    private func mapped() throws(StoreError) -> Mapping {
        do throws(IOError) { return try mapping.mapped() } catch { throw .io(error) }
    }

    private func refusing(_ checks: () throws(FormatError) -> Void) throws(StoreError) {
        do throws(FormatError) { try checks() } catch { throw .refused(path: path, error) }
    }
}

extension Store {
    private func checkPadding(_ mapping: Mapping) throws(FormatError) {
        var end = UInt64(Superblock.byteCount)
        for segment in catalog.segments {
            try checkZero(mapping, end..<segment.offset)
            end = segment.end
        }
        try checkZero(mapping, end..<superblock.catalogOffset)
    }

    private func checkZero(_ mapping: Mapping, _ range: Range<UInt64>) throws(FormatError) {
        let file = mapping.bytes
        let bytes = file.extracting(Int(range.lowerBound)..<Int(range.upperBound))
        for place in bytes.byteOffsets {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
            guard byte == 0 else {
                throw FormatError(
                    .paddingNotZero, "byte \(Int(range.lowerBound) + place)", found: "\(byte)", expected: "zero")
            }
        }
    }

    /// Pieces in which segments are read.
    private static let pieceBytes = 8 << 20

    private func checkSegments(_ mapping: Mapping, _ progress: (VerifyProgress) -> Void) throws(FormatError) {
        let file = mapping.bytes
        let total = catalog.segments.reduce(0) { $0 + $1.storedBytes }
        var done: UInt64 = 0
        for (number, segment) in catalog.segments.enumerated() {
            let checksum = StreamingChecksum()
            for start in stride(from: Int(segment.offset), to: Int(segment.end), by: Self.pieceBytes) {
                let end = min(start + Self.pieceBytes, Int(segment.end))
                mapping.willNeed(end..<min(end + Self.pieceBytes, Int(segment.end)))
                checksum.update(file.extracting(start..<end))
                done += UInt64(end - start)
                progress(VerifyProgress(part: .checksums, done: done, total: total))
            }
            guard checksum.value == segment.checksum else {
                throw FormatError(
                    .segmentChecksum, "checksum of segment \(number)", found: Self.hex(checksum.value),
                    expected: Self.hex(segment.checksum))
            }
        }
    }

    private static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

    private func checkBlocks(_ mapping: Mapping, _ progress: (VerifyProgress) -> Void) throws(FormatError) {
        let file = mapping.bytes
        let total = catalog.segments.reduce(0) { $0 + ($1.encoding == .raw ? 0 : $1.rawBytes) }
        var done: UInt64 = 0
        for (number, segment) in catalog.segments.enumerated() where segment.encoding != .raw {
            let blocks = BlockSegment(segment, number: number)
            let stored = file.extracting(Int(segment.offset)..<Int(segment.end))
            var block = [UInt8](repeating: 0, count: Int(segment.blockBytes))
            for i in 0..<Int(segment.blockCount) {
                var span = block.mutableSpan
                var raw = unsafe span.mutableBytes
                try blocks.decode(i, of: stored, into: &raw)
                done += UInt64(blocks.rawByteCount(of: i))
                progress(VerifyProgress(part: .blocks, done: done, total: total))
            }
            try blocks.checkEnd(in: stored)
        }
    }

    private func checkKeys(_ progress: (VerifyProgress) -> Void) throws(FormatError) {
        let total = tables.reduce(0) { $0 + $1.rowCount }
        var done: UInt64 = 0
        var checked: Set<[String]> = []
        for table in tables {
            do throws(FormatError) {
                if checked.insert(index(of: table)).inserted { try table.index.verify() }
                for map in table.pipeline.rowMaps { try map.verify() }
                try table.rows.verify()
            } catch  where error.code == .badKeyIndex || error.code == .badPayload {
                let field = "table \"\(table.name)\", \(error.field)"
                throw FormatError(error.code, field, found: error.found, expected: error.expected)
            }
            done += table.rowCount
            progress(VerifyProgress(part: .keys, done: done, total: total))
        }
    }

    /// What a table's index is made of. Many tables may share one, which then is checked once.
    private func index(of table: EmbeddingTable) -> [String] {
        let indexer = table.composition.indexer.syntax
        let columns = table.entry.columns.filter { $0.name.hasPrefix(indexer.name + ".") }
        return ["\(indexer)", "\(table.rowCount)"] + columns.map { "\($0.name) \($0.segment)" }.sorted()
    }
}
