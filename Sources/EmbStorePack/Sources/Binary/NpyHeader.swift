/// The header of an .npy array (NEP 1): magic, version, length, and a Python dictionary padded with spaces.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 6 | 93 4E 55 4D 50 59 |
/// | 6 | 2 | version: 1.0, 2.0 or 3.0 |
/// | 8 | 2 or 4 | length of the dictionary, 2 bytes in version 1 |
/// | 10 or 12 | length | dictionary with `descr`, `fortran_order` and `shape` |
struct NpyHeader {
    static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

    let fortranOrder: Bool
    let sizes: [UInt64]
    /// Where the elements begin.
    let start: UInt64
    private let fields: NpyFields

    /// Reads the header. Bytes are read strictly forward, so that a compressed member need not start over.
    init(_ bytes: any ByteSource) throws(SourceError) {
        let text = try Self.dictionary(bytes)
        start = text.start + UInt64(text.bytes.count)
        var fields = NpyFields(file: bytes.name, start: text.start)
        try fields.parse(text.bytes)
        (fortranOrder, sizes) = (try fields.fortranOrder(), try fields.sizes())
        self.fields = fields
    }

    /// Where the rows of the array are, once it is known to be a table of numbers that fills the rest of the file.
    func layout(_ bytes: any ByteSource) throws(SourceError) -> MatrixLayout {
        let decoder = try fields.decoder()
        try MatrixLayout.checkTable(sizes, name: bytes.name)
        try checkLength(bytes, elementBits: UInt64(decoder.element.byteCount) * 8)
        return MatrixLayout(rowCount: sizes[0], dim: Int(sizes[1]), start: start, decoder: decoder)
    }

    /// Where the integers of a one-dimensional array are, as a table of one column.
    func integerVector(_ bytes: any ByteSource) throws(SourceError) -> MatrixLayout {
        let layout = try vector(bytes)
        guard ![.f16, .f32, .f64].contains(layout.decoder.element) else {
            let expected = "integers of 1 to 8 bytes"
            throw .unsupportedType(file: bytes.name, found: layout.decoder.element.rawValue, expected: expected)
        }
        return layout
    }

    /// Where the numbers of a one-dimensional array are, as a table of one column.
    func vector(_ bytes: any ByteSource) throws(SourceError) -> MatrixLayout {
        let decoder = try fields.decoder()
        guard sizes.count == 1 else {
            let found = "\(sizes.count) dimensions"
            throw .badHeader(file: bytes.name, field: "shape", offset: 8, found: found, expected: "one dimension")
        }
        try checkLength(bytes, elementBits: UInt64(decoder.element.byteCount) * 8)
        return MatrixLayout(rowCount: sizes[0], dim: 1, start: start, decoder: decoder)
    }

    private static func dictionary(_ bytes: any ByteSource) throws(SourceError) -> (start: UInt64, bytes: [UInt8]) {
        let file = bytes.name
        let fixed = try bytes.bytes(at: 0, count: 8, what: "npy header")
        guard fixed.starts(with: magic) else {
            let found = Shown.bytes(fixed.span.extracting(first: 6))
            throw .badHeader(file: file, field: "magic", offset: 0, found: found, expected: "\\x93NUMPY")
        }
        guard (1...3).contains(fixed[6]), fixed[7] == 0 else {
            let found = "\(fixed[6]).\(fixed[7])"
            throw .badHeader(file: file, field: "version", offset: 6, found: found, expected: "1.0, 2.0 or 3.0")
        }
        let lengthBytes = fixed[6] == 1 ? 2 : 4
        let stored = try bytes.bytes(at: 8, count: lengthBytes, what: "npy header length")
        let length = stored.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= SourceLimits.npyHeaderBytes else {
            let limit = UInt64(SourceLimits.npyHeaderBytes)
            throw .tooLarge(file: file, what: "npy header length", found: UInt64(length), limit: limit)
        }
        let start = UInt64(8 + lengthBytes)
        return (start, try bytes.bytes(at: start, count: length, what: "npy header"))
    }

    private func checkLength(_ bytes: any ByteSource, elementBits: UInt64) throws(SourceError) {
        let left = bytes.byteCount - start
        guard let needed = MatrixLayout.byteCount(sizes, elementBits: elementBits) else {
            throw .tooLarge(file: bytes.name, what: "array size", found: .max, limit: left)
        }
        guard needed <= left else {
            throw .truncated(file: bytes.name, what: "array", offset: start, needed: needed, found: left)
        }
        guard needed == left else {
            throw .trailingBytes(file: bytes.name, offset: start + needed, count: left - needed)
        }
    }
}
