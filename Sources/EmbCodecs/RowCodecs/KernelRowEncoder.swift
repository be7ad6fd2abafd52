public import EmbFormat
public import EmbKernels

/// Encodes rows by kernel into one column, `rows`.
public struct KernelRowEncoder: RowEncoder {
    public let columns: [EncodedColumn]
    private let dim: Int
    private let format: RowFormat

    /// - Parameter dim: Numbers that the kernel encodes at a time: a row's, or 1 for windows.
    public init(_ shape: ColumnShape, dim: Int, format: RowFormat) {
        columns = [EncodedColumn("rows", shape)]
        self.dim = dim
        self.format = format
    }

    public func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {
        let stride = format.rowBytes(dim: dim)
        let start = bytes[0].count
        bytes[0] += [UInt8](repeating: 0, count: values.count / dim * stride)
        var span = bytes[0].mutableSpan
        var raw = unsafe span.mutableBytes
        var rows = raw._mutatingExtracting(droppingFirst: start)
        let (encoded, refusal) = kernels.encode(values, dim: dim, format: format, stride: stride, into: &rows)
        if let refusal { throw EncodeError(row: encoded, refusal) }
    }

    public func decode(
        _ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels
    ) {
        let stride = format.rowBytes(dim: dim)
        let count = bytes[0].count / stride
        let padded = bytes[0] + [UInt8](repeating: 0, count: StoredRows.slack)
        let indices = (0..<UInt32(count)).map { $0 }
        let rows = unsafe StoredRows(
            padded.span.bytes, rowCount: count, stride: stride, dim: dim, format: format)
        kernels.gather(rows, RowList(indices.span, count: count), into: &values, outStride: dim, dims: dim)
    }
}
