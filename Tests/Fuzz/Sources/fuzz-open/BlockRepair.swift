internal import EmbFormat

/// Writes the checksums of blocks anew, so that changed blocks are decompressed. Reads the catalog's segment entries as
/// they are: they may be nonsense, and what does not fit is left alone.
struct BlockRepair {
    private let catalog: [UInt8]

    init(_ catalog: [UInt8]) { self.catalog = catalog }

    func repair(_ file: inout [UInt8]) {
        for place in stride(from: 16, through: catalog.count - SegmentEntry.byteCount, by: SegmentEntry.byteCount)
        where (1...2).contains(catalog[place + 37]) {
            let (offset, stored) = (number(catalog, place), number(catalog, place + 8))
            let blocks = number(catalog, place + 44) & 0xffff_ffff
            let index = blocks * UInt64(BlockIndex.entryBytes)
            guard offset < file.count, stored <= UInt64(file.count) - offset, index <= stored else { continue }
            repair(&file, start: Int(offset), index: Int(offset + stored - index), blocks: Int(blocks))
        }
    }

    private func repair(_ file: inout [UInt8], start: Int, index: Int, blocks: Int) {
        var begin: UInt64 = 0
        for block in 0..<blocks {
            let entry = index + block * BlockIndex.entryBytes
            let end = number(file, entry)
            guard begin <= end, end <= UInt64(index - start) else { return }
            let checksum = Checksum.xxh3(Array(file[start + Int(begin)..<start + Int(end)]))
            for i in 0..<8 { file[entry + 8 + i] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * i)) }
            begin = end
        }
    }

    private func number(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }
}
