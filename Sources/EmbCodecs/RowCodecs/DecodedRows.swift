internal import EmbFormat
internal import EmbKernels

/// A reader that decodes a row at a time. Pooling works on decoded rows, as of float rows (Formats/lookup.md, "pool").
protocol DecodedRows: RowReader {
    var kernels: Kernels { get }

    /// The first `out.count` numbers of row `row`.
    func decode(_ row: UInt32, into out: inout MutableSpan<Float>, _ workspace: Workspace) throws(FormatError)

    /// How many rows to bring at a time, and what brings rows that are decoded next from a file that is not mapped.
    var rowsAhead: Int { get }
    func bring(_ rows: Span<UInt32>, _ workspace: Workspace)
}

extension DecodedRows {
    var rowsAhead: Int { Int.max }
    func bring(_ rows: Span<UInt32>, _ workspace: Workspace) {}

    public func gather(
        _ list: RowList, into out: inout MutableSpan<Float>, outStride: Int, dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        let step = rowsAhead
        for i in 0..<list.count {
            if i % step == 0 { bring(list.rows.extracting(i..<i + min(step, list.count - i)), workspace) }
            var numbers = out._mutatingExtracting(i * outStride..<i * outStride + dims)
            guard list.rows[i] != RowList.zeroRow else {
                for j in 0..<dims { numbers[j] = 0 }
                continue
            }
            try decode(list.rows[i], into: &numbers, workspace)
        }
    }

    public func sum(
        _ list: RowList, _ bags: Bags, carry: inout Float, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        let (tile, order) = try decodeAll(list, dims, workspace)
        kernels.sum(
            Self.rows(tile, list.count, dims),
            RowList(order.span.extracting(first: list.count), count: list.count, weights: list.weights), bags,
            carry: &carry, into: &out, outStride: outStride, dims: dims)
        workspace.give(back: tile)
        workspace.give(back: order)
    }

    public func max(
        _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int, dims: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        let (tile, order) = try decodeAll(list, dims, workspace)
        kernels.max(
            Self.rows(tile, list.count, dims),
            RowList(order.span.extracting(first: list.count), count: list.count, weights: list.weights), bags,
            into: &out, outStride: outStride, dims: dims)
        workspace.give(back: tile)
        workspace.give(back: order)
    }

    /// The rows of the list, side by side, and their places in it; zero rows stay what they are.
    private func decodeAll(
        _ list: RowList, _ dims: Int, _ workspace: Workspace
    ) throws(FormatError) -> (tile: [Float], order: [UInt32]) {
        var tile = workspace.takeNumbers(list.count * dims + StoredRows.slack / MemoryLayout<Float>.size)
        var order = workspace.takeRows(list.count)
        for i in 0..<list.count { order[i] = list.rows[i] == RowList.zeroRow ? RowList.zeroRow : UInt32(i) }
        var span = tile.mutableSpan
        try gather(list, into: &span, outStride: dims, dims: dims, workspace)
        return (tile, order)
    }

    @_lifetime(borrow tile)
    private static func rows(_ tile: borrowing [Float], _ count: Int, _ dims: Int) -> StoredRows {
        unsafe StoredRows(
            tile.span.bytes, rowCount: count, stride: dims * MemoryLayout<Float>.size, dim: dims,
            format: RowFormat(.f32))
    }
}
