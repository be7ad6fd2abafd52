public import EmbFormat
public import EmbKernels

/// Rows that the kernels understand as they stand in column `rows`: the reader of every codec whose decoding is a kernel.
public struct KernelRows: RowReader {
    public let dim: Int
    let column: Column
    let format: RowFormat
    let rowCount: Int
    let stride: Int
    let kernels: Kernels

    /// - Parameter stride: Bytes between the starts of rows.
    public init(_ column: Column, shape: StoredShape, format: RowFormat, stride: Int, kernels: Kernels = .best) {
        self.column = column
        self.dim = shape.dim
        self.format = format
        self.rowCount = Int(shape.rowCount)
        self.stride = stride
        self.kernels = kernels
    }

    public var byteCount: UInt64 { column.entry.rawBytes }

    public func rowBytes(dims: Int) -> (touched: Int, stride: Int) { (format.prefixBytes(dims: dims, of: dim), stride) }

    public func prefetch(_ list: Span<UInt32>, dims: Int) {
        guard let bytes = column.inPlace else { return }
        kernels.prefetch(rows(bytes, rowCount, stride), list, dims: dims, of: dim)
    }

    public func listPages(_ rows: Span<UInt32>, _ pages: inout PageList) {
        column.list(rows, stride: stride, count: rowBytes, &pages)
    }

    public func gather(
        _ list: RowList, into out: inout MutableSpan<Float>, outStride: Int, dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = column.inPlace {
            kernels.gather(rows(bytes, rowCount, stride), list, into: &out, outStride: outStride, dims: dims)
        } else {
            let (bytes, indices) = try stage(list, workspace)
            kernels.gather(staged(bytes.span), staged(indices.span, list), into: &out, outStride: outStride, dims: dims)
        }
    }

    public func sum(
        _ list: RowList, _ bags: Bags, carry: inout Float, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = column.inPlace {
            kernels.sum(
                rows(bytes, rowCount, stride), list, bags, carry: &carry, into: &out, outStride: outStride, dims: dims)
        } else {
            let (bytes, indices) = try stage(list, workspace)
            kernels.sum(
                staged(bytes.span), staged(indices.span, list), bags, carry: &carry, into: &out, outStride: outStride,
                dims: dims)
        }
    }

    public func max(
        _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int, dims: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = column.inPlace {
            kernels.max(rows(bytes, rowCount, stride), list, bags, into: &out, outStride: outStride, dims: dims)
        } else {
            let (bytes, indices) = try stage(list, workspace)
            kernels.max(
                staged(bytes.span), staged(indices.span, list), bags, into: &out, outStride: outStride, dims: dims)
        }
    }

    public func makeScorer(_ queries: ScoreQueries) throws(FormatError) -> (any RowScorer)? {
        let (values, dim) = (queries.values.span, queries.dim)
        switch format.element {
        case .f32: return KernelScorer(self, KernelQueries(values, dim: dim), queries.metric)
        case .int8 where format.block == nil:
            return KernelScorer(self, KernelQueries(values, dim: dim, coded: true), queries.metric)
        case let element where element.isRBE:
            let signs = format == RowFormat(.rbe1)
            return KernelScorer(self, GridQueries(values, dim: dim, signs: signs), queries.metric)
        default: return nil
        }
    }

    @_lifetime(copy bytes)
    func rows(_ bytes: RawSpan, _ rowCount: Int, _ stride: Int) -> StoredRows {
        StoredRows(bytes, rowCount: rowCount, stride: stride, dim: dim, format: format)
    }
}

/// A column in blocks: the rows of a list are copied together, then the kernels run on the copies.
extension KernelRows {
    private var rowBytes: Int { format.rowBytes(dim: dim) }

    /// Copies the rows of `list` into the workspace, in order; a zero row stays one. The result shares its memory.
    func stage(
        _ list: RowList, _ workspace: Workspace
    ) throws(FormatError) -> (bytes: [UInt8], rows: [UInt32]) {
        try workspace.stage(
            list, rowBytes: rowBytes, step: column.rowsAhead(rowBytes: rowBytes),
            bring: { rows in column.bring { listPages(rows, &$0) } }
        ) { (row, staging, place) throws(FormatError) in
            try column.withBytes(at: UInt64(row) * UInt64(stride), count: rowBytes) { bytes in
                unsafe staging.withUnsafeMutableBytes { staging in
                    unsafe bytes.withUnsafeBytes { source in
                        unsafe staging.baseAddress!.advanced(by: place).copyMemory(
                            from: source.baseAddress!, byteCount: source.count)
                    }
                }
            }
        }
    }

    @_lifetime(copy bytes)
    func staged(_ bytes: Span<UInt8>) -> StoredRows {
        unsafe rows(bytes.bytes, (bytes.count - StoredRows.slack) / rowBytes, rowBytes)
    }

    @_lifetime(copy rows, copy list)
    private func staged(_ rows: Span<UInt32>, _ list: RowList) -> RowList {
        RowList(rows.extracting(first: list.count), count: list.count, weights: list.weights)
    }
}
