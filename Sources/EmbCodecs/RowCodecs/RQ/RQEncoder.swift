internal import EmbFormat
internal import EmbKernels

/// Finds codewords whose sum is near a row, keeping several candidates from codebook to codebook (Formats/codecs/rq.md,
/// "Packing").
struct RQEncoder: RowEncoder {
    let columns: [EncodedColumn]
    private let codebooks: Codebooks
    private let format: CodedFormat
    private let search: BeamSearch

    init(_ codebooks: Codebooks, _ format: CodedFormat, _ shape: ColumnShape, beam: Int) {
        self.codebooks = codebooks
        self.format = format
        search = BeamSearch(codebooks.numbers, format, beam: beam)
        columns = [
            EncodedColumn("codebooks", codebooks.column.shape, bytes: codebooks.column.bytes),
            EncodedColumn("rows", shape),
        ]
    }

    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {
        if let row = values.firstNonFiniteRow(dim: format.dim) { throw EncodeError(row: row, .notFinite) }
        let codes = search.codes(values, kernels)
        CodeBits.append(codes[...], books: format.books, bits: format.bits, to: &bytes[1])
    }

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        codebooks.decode(bytes, firstRow: firstRow, format, into: &values, kernels)
    }
}
