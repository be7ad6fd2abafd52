internal import EmbFormat
internal import EmbKernels

/// Codes that were made elsewhere: they are written as they are, and the source's numbers are only compared with them.
struct GivenCodes: RowEncoder {
    let codebooks: Codebooks
    /// `rows`, and `cold` if the codec has it.
    let codes: [ColumnData]
    let format: CodedFormat
    let rowCount: Int

    var columns: [EncodedColumn] {
        ([codebooks.column] + codes).map { EncodedColumn($0.name, $0.shape, bytes: $0.bytes) }
    }

    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {}

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        let first = UInt32(firstRow)
        let range = first..<first + UInt32(values.count / format.dim)
        codebooks.decode(codes.map(\.bytes), range, format, into: &values, kernels)
    }
}
