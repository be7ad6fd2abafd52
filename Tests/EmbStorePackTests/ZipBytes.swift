@testable import EmbStorePack

/// Zip archives written by hand, with stored members.
enum ZipBytes {
    struct Member {
        var name: String
        var bytes: [UInt8]
        var flags: UInt16 = 0
        var method: UInt16 = 0
        var checksum: UInt32?
    }

    /// An archive with an end record that claims `claimed` members instead of the real number.
    static func archive(_ members: [Member], claimed: UInt16? = nil, zip64: UInt64? = nil) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let common = fields(member)
            let name = Array(member.name.utf8)
            // Ten zero bytes: comment length, disk, attributes.
            directory += [0x50, 0x4b, 1, 2] + little(UInt16(20)) + common + [UInt8](repeating: 0, count: 10)
            directory += little(UInt32(file.count)) + name
            file += [0x50, 0x4b, 3, 4] + common + name + member.bytes
        }
        let start = file.count
        file += directory
        if let zip64 { file += end64(count: zip64, size: directory.count, start: start, at: file.count) }
        let count = claimed ?? UInt16(members.count)
        file += [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + little(count) + little(count)
        return file + little(UInt32(directory.count)) + little(UInt32(start)) + [0, 0]
    }

    /// Version needed to name length and extra length: the fields that local and central headers share.
    private static func fields(_ member: Member) -> [UInt8] {
        let size = UInt32(member.bytes.count)
        return little(UInt16(20)) + little(member.flags) + little(member.method) + [0, 0, 0x21, 0]
            + little(member.checksum ?? crc(member.bytes)) + little(size) + little(size)
            + little(UInt16(member.name.utf8.count)) + [0, 0]
    }

    private static func end64(count: UInt64, size: Int, start: Int, at offset: Int) -> [UInt8] {
        let record =
            [0x50, 0x4b, 6, 6] + little(UInt64(44)) + little(UInt16(45)) + little(UInt16(45))
            + [UInt8](repeating: 0, count: 8) + little(count) + little(count) + little(UInt64(size))
            + little(UInt64(start))
        return record + [0x50, 0x4b, 6, 7, 0, 0, 0, 0] + little(UInt64(offset)) + little(UInt32(1))
    }

    private static func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] { NpyBytes.little(value) }

    static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        return ~crc
    }
}
