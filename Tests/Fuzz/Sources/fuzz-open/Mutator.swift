internal import CFuzzer
internal import EmbFormat

/// Changes one part of a file and repairs what would stop it at the door: lengths and checksums. One time in eight the
/// file is left as broken as it came out.
@c(LLVMFuzzerCustomMutator)
public func mutate(
    _ data: UnsafeMutablePointer<UInt8>!, _ size: Int, _ maxSize: Int, _ seed: CUnsignedInt
) -> Int {
    let room = unsafe UnsafeMutableBufferPointer(start: data, count: maxSize)
    guard seed % 8 != 0, var draft = unsafe Draft(Array(UnsafeBufferPointer(start: data, count: size))) else {
        return unsafe LLVMFuzzerMutate(data, size, maxSize)
    }
    draft.mutate(seed / 8, limit: maxSize)
    let bytes = draft.file
    guard bytes.count <= maxSize else { return size }
    for i in bytes.indices { unsafe room[i] = bytes[i] }
    return bytes.count
}

/// A file in its parts: fields of the superblock, payload, catalog.
struct Draft {
    private static let fieldBytes = Superblock.Field.reserved.offset
    private var fields: [UInt8]
    private var payload: [UInt8]
    private var catalog: [UInt8]

    /// Nil if the superblock does not tell where the catalog is.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Superblock.byteCount else { return nil }
        fields = Array(bytes[..<Self.fieldBytes])
        let offset = Self.number(bytes, .catalogOffset)
        guard offset >= Superblock.byteCount, offset <= bytes.count else { return nil }
        payload = Array(bytes[Superblock.byteCount..<Int(offset)])
        catalog = Array(bytes[Int(offset)...])
    }

    /// Mostly the catalog, sometimes the payload, seldom the superblock.
    mutating func mutate(_ choice: UInt32, limit: Int) {
        let room = max(limit - Superblock.byteCount - payload.count - catalog.count, 0)
        switch choice % 16 {
        case 0: Self.mutate(&fields, limit: fields.count)
        case 1...5: Self.mutate(&payload, limit: payload.count)
        default: Self.mutate(&catalog, limit: catalog.count + room)
        }
    }

    /// Lets libFuzzer change `bytes`. A part of fixed length is filled up again.
    private static func mutate(_ bytes: inout [UInt8], limit: Int) {
        guard limit > 0 else { return }
        let (count, fixed) = (bytes.count, bytes.count == limit)
        bytes += [UInt8](repeating: 0, count: limit - count)
        let mutated = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe LLVMFuzzerMutate($0.baseAddress, count, limit)
        }
        if !fixed { bytes.removeLast(limit - mutated) }
    }

    /// The parts together, with lengths and checksums that are right.
    var file: [UInt8] {
        var bytes = fields + [UInt8](repeating: 0, count: Superblock.byteCount - Self.fieldBytes) + payload + catalog
        BlockRepair(catalog).repair(&bytes)
        Self.put(UInt64(bytes.count), .fileBytes, &bytes)
        Self.put(UInt64(Superblock.byteCount + payload.count), .catalogOffset, &bytes)
        Self.put(UInt64(catalog.count), .catalogBytes, &bytes)
        Self.put(Checksum.xxh3(catalog), .catalogChecksum, &bytes)
        let checksum = Checksum.xxh3(Array(bytes[..<Superblock.Field.superblockChecksum.offset]))
        Self.put(checksum, .superblockChecksum, &bytes)
        return bytes
    }

    private static func number(_ bytes: [UInt8], _ field: Superblock.Field) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[field.offset + $1]) << UInt64(8 * $1) }
    }

    private static func put(_ value: UInt64, _ field: Superblock.Field, _ bytes: inout [UInt8]) {
        for i in 0..<8 { bytes[field.offset + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i)) }
    }
}
