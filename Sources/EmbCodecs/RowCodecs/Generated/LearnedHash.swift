internal import EmbFormat
internal import EmbKernels

/// Rows from universal hashes of their index, whose coefficients the file holds.
struct LearnedHashRows: DecodedRows {
    let dim: Int
    /// Raw, any bits.
    let coefficients: Column
    let buckets: UInt32
    let kernels = Kernels.best

    func rowBytes(dims: Int) -> (touched: Int, stride: Int) { (0, 0) }
    var byteCount: UInt64 { 0 }

    func decode(_ row: UInt32, into out: inout MutableSpan<Float>, _ workspace: Workspace) throws(FormatError) {
        guard let bytes = coefficients.inPlace else { preconditionFailure("a raw column is in place") }
        kernels.generateLearned(row: row, coefficients: bytes, buckets: buckets, into: &out)
    }
}

/// Stores the coefficients, and nothing of the rows.
struct LearnedHashEncoder: RowEncoder {
    let dim: Int
    let coefficients: ColumnData
    let buckets: UInt32

    var columns: [EncodedColumn] {
        [EncodedColumn(coefficients.name, coefficients.shape, bytes: coefficients.bytes)]
    }

    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {}

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        for i in 0..<values.count / dim {
            var row = values._mutatingExtracting(i * dim..<(i + 1) * dim)
            unsafe kernels.generateLearned(
                row: UInt32(firstRow) + UInt32(i), coefficients: coefficients.bytes.span.bytes, buckets: buckets,
                into: &row)
        }
    }
}
