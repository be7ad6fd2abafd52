/// Codes of a few bits, side by side from the least significant bit on (Formats/codecs/pq.md, "Codes in rows").
enum CodeBits {
    /// Code `m` of bytes that `byte` shows; it looks at no byte that the code is not in.
    static func code(_ m: Int, bits: Int, _ byte: (Int) -> UInt8) -> UInt8 {
        let (first, last) = (m * bits, (m + 1) * bits - 1)
        var window = UInt16(byte(first / 8))
        if last / 8 > first / 8 { window |= UInt16(byte(last / 8)) << 8 }
        return UInt8(window >> UInt16(first % 8) & ((1 << UInt16(bits)) - 1))
    }

    /// Adds code `m`, below 2^bits, to the zeros at `place`.
    static func put(_ code: UInt8, _ m: Int, bits: Int, into bytes: inout [UInt8], at place: Int) {
        let first = m * bits
        let window = UInt16(code) << UInt16(first % 8)
        bytes[place + first / 8] |= UInt8(truncatingIfNeeded: window)
        if window > 255 { bytes[place + first / 8 + 1] |= UInt8(window >> 8) }
    }

    /// Appends rows of `books` codes.
    static func append(_ codes: ArraySlice<UInt8>, books: Int, bits: Int, to bytes: inout [UInt8]) {
        if bits == 8 {
            bytes += codes
            return
        }
        let rowBytes = (books * bits + 7) / 8
        var place = bytes.count
        bytes += [UInt8](repeating: 0, count: codes.count / books * rowBytes)
        for row in stride(from: codes.startIndex, to: codes.endIndex, by: books) {
            for m in 0..<books { put(codes[row + m], m, bits: bits, into: &bytes, at: place) }
            place += rowBytes
        }
    }

    /// Appends rows of 4-bit codes in blocks of 32 rows ("Codes for fast scans").
    static func appendBlocks(_ codes: ArraySlice<UInt8>, books: Int, to bytes: inout [UInt8]) {
        let rows = codes.count / books
        var place = bytes.count
        bytes += [UInt8](repeating: 0, count: (rows + 31) / 32 * 16 * books)
        for block in stride(from: 0, to: rows, by: 32) {
            for r in 0..<min(32, rows - block) {
                for m in 0..<books {
                    let code = codes[codes.startIndex + (block + r) * books + m]
                    bytes[place + 16 * m + r % 16] |= r < 16 ? code : code << 4
                }
            }
            place += 16 * books
        }
    }
}
