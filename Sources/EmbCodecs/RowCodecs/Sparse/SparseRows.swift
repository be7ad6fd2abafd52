internal import EmbFormat
internal import EmbKernels

/// Sparse rows of one table. Places of values come from the file: each is checked when it is used.
struct SparseRows: DecodedRows {
    let kernels: Kernels = .best
    private let layout: SparseLayout
    private let rowCount: UInt64
    private let rows: Column
    private let bases: Column
    private let values: Column

    init(_ layout: SparseLayout, rowCount: UInt64, rows: Column, bases: Column, values: Column) {
        self.layout = layout
        self.rowCount = rowCount
        self.rows = rows
        self.bases = bases
        self.values = values
    }

    var dim: Int { layout.dim }
    var byteCount: UInt64 { rows.entry.rawBytes + values.entry.rawBytes }

    /// Values are elsewhere: an average row's are counted.
    func rowBytes(dims: Int) -> (touched: Int, stride: Int) {
        let average = rowCount == 0 ? 0 : Int(values.entry.rawBytes / rowCount)
        return (layout.stride + average * dims / dim, layout.stride + average)
    }

    /// But for values: only reading a row's own bytes tells where they are.
    func listPages(_ list: Span<UInt32>, _ pages: inout PageList) {
        rows.list(list, stride: layout.stride, count: layout.stride, &pages)
        var groups: [UInt32] = []
        for i in list.indices where list[i] != RowList.zeroRow { groups.append(list[i] / UInt32(Sparse.groupRows)) }
        let size = bases.shape.element.byteCount
        bases.list(groups.span, stride: size, count: size, &pages)
    }

    var rowsAhead: Int { rows.rowsAhead(rowBytes: layout.stride + dim * layout.valueType.byteCount) }

    func bring(_ list: Span<UInt32>, _ workspace: Workspace) {
        rows.bring { listPages(list, &$0) }
        values.bring { pages in
            var ranges: [Range<UInt64>] = []
            for i in list.indices where list[i] != RowList.zeroRow {
                // What is damaged is refused when it is decoded.
                guard let record = try? record(list[i], dims: dim, workspace),
                    let place = try? checkedPlace(of: record, list[i])
                else { continue }
                let size = UInt64(layout.valueType.byteCount)
                ranges.append(place * size..<(place + UInt64(record.count)) * size)
            }
            values.list(ranges, &pages)
        }
    }

    func decode(_ row: UInt32, into out: inout MutableSpan<Float>, _ workspace: Workspace) throws(FormatError) {
        let record = try self.record(row, dims: out.count, workspace)
        let place = try checkedPlace(of: record, row)
        let size = layout.valueType.byteCount
        let bytes = workspace.staging
        let bitmap = unsafe bytes.span.bytes.extracting(layout.bitmapOffset..<layout.stride)
        let kernels = self.kernels
        try values.withBytes(at: place * UInt64(size), count: record.count * size) { values in
            kernels.expand(bitmap, values: values, scale: record.scale, into: &out)
        }
    }

    private struct Record {
        /// Where the row's values begin, in its group, and how many of them are needed.
        let first: UInt64
        let count: Int
        let scale: Float?
    }

    /// Reads a row's own bytes, which it leaves in the workspace.
    private func record(_ row: UInt32, dims: Int, _ workspace: Workspace) throws(FormatError) -> Record {
        let stride = layout.stride
        if workspace.staging.count < stride { workspace.staging = [UInt8](repeating: 0, count: stride) }
        try rows.withBytes(at: UInt64(row) * UInt64(stride), count: stride) { bytes in
            for i in 0..<stride { workspace.staging[i] = unsafe bytes.unsafeLoad(fromByteOffset: i, as: UInt8.self) }
        }
        let bytes = workspace.staging
        var first: UInt64 = 0
        for i in (0..<layout.firstBytes).reversed() { first = first << 8 | UInt64(bytes[i]) }
        let half = layout.quantized ? UInt16(bytes[layout.firstBytes]) | UInt16(bytes[layout.firstBytes + 1]) << 8 : 0
        let bitmap = unsafe bytes.span.bytes.extracting(layout.bitmapOffset..<stride)
        return Record(
            first: first, count: kernels.setBits(bitmap, first: dims),
            scale: layout.quantized ? Float(Float16(bitPattern: half)) : nil)
    }

    private func checkedPlace(of record: Record, _ row: UInt32) throws(FormatError) -> UInt64 {
        guard record.count > 0 else { return 0 }  // nothing is read
        let base = try bases.integer(UInt64(row) / UInt64(Sparse.groupRows))
        let (place, wraps) = base.addingReportingOverflow(record.first)
        let count = values.shape.rowCount
        guard !wraps, place <= count, UInt64(record.count) <= count - place else {
            throw FormatError(
                .badPayload, "row \(row) of column \(rows.name)",
                found: "\(record.count) values from \(base) + \(record.first) on", expected: "values below \(count)")
        }
        return place
    }

    func verify() throws(FormatError) {
        let workspace = Workspace()
        for row in 0..<UInt32(rowCount) {
            _ = try checkedPlace(of: record(row, dims: dim, workspace), row)
        }
    }
}
