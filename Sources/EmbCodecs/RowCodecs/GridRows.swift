internal import EmbFormat
internal import EmbKernels

/// What `rbe`, `rabitq` and `sign` have in common: codes of a few bits on one grid, in rows that the kernels read as they stand.
protocol GridCodec: RowCodec {
    var format: RowFormat { get }
}

extension GridCodec {
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

extension StageArguments {
    /// `bits=1` to `bits=8`, which must be there.
    mutating func gridBits() throws(ExpressionError) -> Int {
        guard let bits = try integer("bits", in: 1...8) else { throw missing("bits") }
        return Int(bits)
    }
}
