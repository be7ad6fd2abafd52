/// Where the elements of a two-dimensional array lie in a file: (rowCount, dim), without padding.
struct MatrixLayout: Equatable {
    let rowCount: UInt64
    let dim: Int
    /// The first element's byte offset.
    let start: UInt64
    let decoder: ElementDecoder

    /// Bytes of all elements. Cannot overflow: both initializers' callers have compared it with the file's length.
    var byteCount: UInt64 { rowCount * UInt64(dim) * UInt64(decoder.element.byteCount) }
    var rowBytes: Int { dim * decoder.element.byteCount }

    /// Checks that `sizes` is the shape of a table of acceptable width.
    static func checkTable(_ sizes: [UInt64], name: String) throws(SourceError) {
        let shown = "shape (\(sizes.map(String.init).joined(separator: ", ")))"
        guard sizes.count == 2, sizes[1] > 0 else {
            throw .notATable(file: name, found: shown, expected: "two dimensions: rows and at least one column")
        }
        guard sizes[1] <= UInt64(SourceLimits.dim) else {
            throw .tooLarge(file: name, what: "dim", found: sizes[1], limit: UInt64(SourceLimits.dim))
        }
    }

    /// The bytes that an array of this shape takes, nil when the number overflows.
    static func byteCount(_ sizes: [UInt64], elementBits: UInt64) -> UInt64? {
        var bits = elementBits
        for size in sizes {
            let (product, overflow) = bits.multipliedReportingOverflow(by: size)
            if overflow { return sizes.contains(0) ? 0 : nil }
            bits = product
        }
        return bits.isMultiple(of: 8) ? bits / 8 : nil
    }
}
