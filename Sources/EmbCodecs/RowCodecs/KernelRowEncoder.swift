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

    public func encode(_ values: Span<Float>, into bytes: inout [[UInt8]], _ kernels: Kernels) throws(EncodeError) {
        let stride = format.rowBytes(dim: dim)
        let start = bytes[0].count
        bytes[0].append(contentsOf: repeatElement(0, count: values.count / dim * stride))
        var span = bytes[0].mutableSpan
        var raw = unsafe span.mutableBytes
        var rows = raw._mutatingExtracting(droppingFirst: start)
        let (encoded, refusal) = kernels.encode(values, dim: dim, format: format, stride: stride, into: &rows)
        if let refusal { throw EncodeError(row: encoded, refusal) }
    }
}
