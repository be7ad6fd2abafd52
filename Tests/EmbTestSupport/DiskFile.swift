/// A file of a `FaultyDisk`: what is durable, and the writes since.
struct DiskFile {
    private(set) var bytes: [UInt8]
    private var durable: [UInt8]
    private var pending: [(offset: Int, bytes: [UInt8])] = []

    /// What a device writes as one; smaller than real ones, so that small tests have many.
    private static let sectorByteCount = 64

    init(durable: [UInt8] = []) {
        bytes = durable
        self.durable = durable
    }

    mutating func write(_ written: [UInt8], at offset: Int) {
        DiskFile.apply(written[...], at: offset, to: &bytes)
        pending.append((offset, written))
    }

    mutating func sync() {
        durable = bytes
        pending = []
    }

    func afterCrash(using generator: inout SplitMix64) -> [UInt8] {
        var bytes = durable
        for write in pending {
            switch UInt8.random(in: 0..<3, using: &generator) {
            case 0: continue
            case 1: DiskFile.apply(write.bytes[...], at: write.offset, to: &bytes)
            default: DiskFile.applySome(of: write, to: &bytes, using: &generator)
            }
        }
        return bytes
    }

    private static func applySome(
        of write: (offset: Int, bytes: [UInt8]), to bytes: inout [UInt8], using generator: inout SplitMix64
    ) {
        for start in stride(from: 0, to: write.bytes.count, by: sectorByteCount) where Bool.random(using: &generator) {
            let sector = write.bytes[start...].prefix(sectorByteCount)
            apply(sector, at: write.offset + start, to: &bytes)
        }
    }

    private static func apply(_ written: ArraySlice<UInt8>, at offset: Int, to bytes: inout [UInt8]) {
        let end = offset + written.count
        if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
        bytes.replaceSubrange(offset..<end, with: written)
    }
}
