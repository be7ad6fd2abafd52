public import EmbFormat
internal import EmbKernels

/// What another program needs of product-quantized rows.
public protocol ProductCodes: RowReader {
    /// Sub-vectors, all of `dim / books` numbers, and bits of a code.
    var productShape: (books: Int, bits: Int)? { get }
    /// The codewords, codebook after codebook, 2^bits each.
    func codewords() throws(FormatError) -> [Float]
    /// The codes of rows `range`, side by side from the least significant bit on, each row in whole bytes.
    func codes(_ range: Range<Int>) throws(FormatError) -> [UInt8]
}

extension CodedReader: ProductCodes {
    /// Nil for codes that are added up, and for sub-vectors of different widths.
    var productShape: (books: Int, bits: Int)? {
        format.additive || dim % format.books != 0 ? nil : (format.books, format.bits)
    }

    func codewords() throws(FormatError) -> [Float] {
        let half = codebooks.shape.element == .f16
        return try codebooks.withBytes(at: 0, count: Int(codebooks.entry.rawBytes)) { bytes in
            stride(from: 0, to: bytes.byteCount, by: half ? 2 : 4).map { place in
                half
                    ? Float(
                        Float16(bitPattern: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt16.self)))
                    : Float(bitPattern: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
            }
        }
    }

    func codes(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
        let rowBytes = format.rowBytes(bits: format.bits)
        var bytes = [UInt8](repeating: 0, count: range.count * rowBytes)
        for row in range { try copy(row, into: &bytes, at: (row - range.lowerBound) * rowBytes) }
        return bytes
    }
}
