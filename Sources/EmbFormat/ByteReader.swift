/// Reads untrusted little-endian bytes in order. It cannot read outside its span and its sums cannot wrap:
/// every byte of a superblock or catalog passes through here.
struct ByteReader: ~Escapable {
    private let bytes: RawSpan
    private(set) var offset = 0
    /// The part being read, for messages: `superblock`, `catalog`.
    private let part: String

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, of part: String) {
        self.bytes = bytes
        self.part = part
    }

    var remaining: Int { bytes.byteCount - offset }

    /// Fails with `BAD_CATALOG` unless `count` more bytes are there.
    func require(_ count: Int, _ field: String) throws(FormatError) {
        guard count <= remaining else {
            throw FormatError(
                .badCatalog, "\(part), byte \(offset), \(field)", found: "\(remaining) bytes",
                expected: "\(count) bytes")
        }
    }

    mutating func integer<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ field: String, as type: T.Type = T.self
    ) throws(FormatError) -> T {
        try require(MemoryLayout<T>.size, field)
        // In range by the line above; every bit pattern is a valid integer.
        let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
        offset += MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    /// `count` reserved bytes, which must be zero.
    mutating func reserved(_ count: Int, _ field: String) throws(FormatError) {
        try require(count, field)
        for _ in 0..<count {
            let byte: UInt8 = try integer(field)
            if byte != 0 {
                throw FormatError(
                    .reservedNotZero, "\(part), byte \(offset - 1), \(field)", found: byte, expected: 0)
            }
        }
    }

    /// A counted UTF-8 string without U+0000.
    mutating func string(_ field: String, limit: Int = .max) throws(FormatError) -> String {
        let count = Int(try integer(field, as: UInt16.self))
        guard count <= limit else {
            throw FormatError(
                .limitExceeded, "\(part), byte \(offset), \(field)", found: "\(count) bytes",
                expected: "at most \(limit)")
        }
        return try text(count, field)
    }

    /// `count` bytes of UTF-8 without U+0000.
    mutating func text(_ count: Int, _ field: String) throws(FormatError) -> String {
        try require(count, field)
        var buffer: [UInt8] = []
        buffer.reserveCapacity(count)
        for _ in 0..<count { buffer.append(try integer(field)) }
        guard !buffer.contains(0), let text = String(validating: buffer, as: UTF8.self) else {
            throw FormatError(
                .badCatalog, "\(part), byte \(offset - count), \(field)", found: "other bytes", expected: "UTF-8 text")
        }
        return text
    }
}
