internal import EmbFormat
internal import EmbKernels

/// Finds the nearest codeword of each sub-vector (Formats/codecs/pq.md, "Packing").
struct PQEncoder: RowEncoder {
    let columns: [EncodedColumn]
    private let codebooks: Codebooks
    private let format: CodedFormat
    /// Per sub-vector, for hot and for cold rows.
    private let hotBooks: [CodebookSearch]
    private let coldBooks: [CodebookSearch]

    /// - Parameter shapes: Of `rows`, and of `cold` if there may be cold rows.
    init(_ codebooks: Codebooks, _ format: CodedFormat, _ shapes: [ColumnShape]) {
        self.codebooks = codebooks
        self.format = format
        hotBooks = Self.books(codebooks, format, usable: format.codewords)
        coldBooks = shapes.count == 1 ? [] : Self.books(codebooks, format, usable: 1 << format.coldBits)
        let codes = zip(["rows", "cold"], shapes).map { EncodedColumn($0, $1) }
        columns = [EncodedColumn("codebooks", codebooks.column.shape, bytes: codebooks.column.bytes)] + codes
    }

    private static func books(_ codebooks: Codebooks, _ format: CodedFormat, usable: Int) -> [CodebookSearch] {
        (0..<format.books).map { m in
            let (first, end) = (format.firstColumn(m), format.firstColumn(m + 1))
            let numbers = codebooks.numbers.span.extracting(format.codewords * first..<format.codewords * end)
            return CodebookSearch(numbers, width: end - first, usable: usable)
        }
    }

    var blockRows: Int { format.fastscan ? 32 : 1 }

    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {
        if let row = values.firstNonFiniteRow(dim: format.dim) { throw EncodeError(row: row, .notFinite) }
        let count = values.count / format.dim
        let hot = min(count, max(0, format.hotRows - Int(firstRow)))
        var codes = [UInt8](repeating: 0, count: count * format.books)
        search(hotBooks, values, 0..<hot, &codes, kernels)
        search(coldBooks, values, hot..<count, &codes, kernels)
        let hotCodes = codes[..<(hot * format.books)]
        if format.fastscan {
            CodeBits.appendBlocks(hotCodes, books: format.books, to: &bytes[1])
        } else {
            CodeBits.append(hotCodes, books: format.books, bits: format.bits, to: &bytes[1])
        }
        guard !coldBooks.isEmpty else { return }
        CodeBits.append(
            codes[(hot * format.books)...], books: format.books, bits: format.coldBits, to: &bytes[2])
    }

    /// Codes of rows `range` of `values`.
    private func search(
        _ books: [CodebookSearch], _ values: Span<Float>, _ range: Range<Int>, _ codes: inout [UInt8],
        _ kernels: Kernels
    ) {
        guard !range.isEmpty else { return }
        var all = codes.mutableSpan
        var none = MutableSpan<Float>()
        for m in 0..<format.books {
            var own = all._mutatingExtracting(droppingFirst: range.lowerBound * format.books + m)
            kernels.nearest(
                books[m], values.extracting(droppingFirst: range.lowerBound * format.dim + format.firstColumn(m)),
                count: range.count, stride: format.dim, codes: &own, codeStride: format.books, least: &none)
        }
    }

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        codebooks.decode(bytes, firstRow: firstRow, format, into: &values, kernels)
    }
}

extension Codebooks {
    /// Decodes what one call of an encoder appended: codebooks, which are not looked at, rows, and perhaps cold rows.
    func decode(
        _ bytes: [[UInt8]], firstRow: UInt64, _ format: CodedFormat, into values: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) {
        var format = format
        format.hotRows = max(0, format.hotRows - Int(firstRow))
        let slack = [UInt8](repeating: 0, count: StoredRows.slack)
        let (words, rows, cold) = (padded, bytes[1] + slack, (bytes.count > 2 ? bytes[2] : []) + slack)
        let indices = Array(0..<UInt32(values.count / format.dim))
        let coded = unsafe CodedRows(
            codewords: words.span.bytes, rows: rows.span.bytes, cold: cold.span.bytes, rowCount: indices.count,
            format: format)
        kernels.gather(
            coded, RowList(indices.span, count: indices.count), into: &values, outStride: format.dim, dims: format.dim)
    }
}
