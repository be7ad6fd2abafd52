internal import EmbFormat
internal import EmbKernels

/// A row codec whose rows are one column of bytes that the kernels read as they stand.
protocol KernelCodec: RowCodec {
    var format: RowFormat { get }
}

extension KernelCodec {
    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        let column = try columns.take(Self.name, "rows", columnShape(shape))
        return KernelRows(column, shape: shape, format: format, stride: format.rowBytes(dim: shape.dim))
    }

    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        KernelRowEncoder(columnShape(shape), dim: shape.dim, format: format)
    }

    private func columnShape(_ shape: StoredShape) -> ColumnShape {
        ColumnShape(.u8, rows: shape.rowCount, width: UInt32(format.rowBytes(dim: shape.dim)))
    }
}
