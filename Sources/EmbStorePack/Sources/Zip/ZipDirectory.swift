/// A look at the end of a zip archive before libzip sees it: libzip allocates a record for every member that the
/// archive claims to have, before it compares the claim with the directory's size.
enum ZipDirectory {
    /// The least bytes of a member in the central directory.
    private static let entryBytes: UInt64 = 46

    static func check(_ file: any ByteSource) throws(SourceError) {
        let length = Int(min(file.byteCount, 22 + 65_535))
        let start = file.byteCount - UInt64(length)
        let tail = try file.prefix(at: start, limit: length)
        let ends = tail.indices.dropLast(21).filter { tail[$0...].starts(with: [0x50, 0x4b, 5, 6]) }
        guard !ends.isEmpty else {
            throw .truncated(
                file: file.name, what: "end of central directory", offset: file.byteCount, needed: 22, found: 0)
        }
        // An archive may have several end records, in its comment for one; libzip may settle for any.
        for end in ends { try check(tail, end, start: start, file: file) }
    }

    private static func check(
        _ tail: [UInt8], _ end: Int, start: UInt64, file: any ByteSource
    ) throws(SourceError) {
        let small = little(tail, end + 10, 2)
        let large = try members64(file, beforeEnd: start + UInt64(end)) ?? 0
        let members = max(large, small == 0xffff && large > 0 ? 0 : small)
        guard members <= file.byteCount / entryBytes else {
            throw .tooLarge(
                file: file.name, what: "number of members", found: members, limit: file.byteCount / entryBytes)
        }
    }

    /// The number of members in the zip64 end record, which a locator of 20 bytes before the end record leads to.
    private static func members64(_ file: any ByteSource, beforeEnd end: UInt64) throws(SourceError) -> UInt64? {
        guard end >= 20 else { return nil }
        let locator = try file.prefix(at: end - 20, limit: 20)
        guard locator.starts(with: [0x50, 0x4b, 6, 7]) else { return nil }
        let record = try file.prefix(at: little(locator, 8, 8), limit: 40)
        return record.count == 40 ? little(record, 32, 8) : nil
    }

    private static func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
