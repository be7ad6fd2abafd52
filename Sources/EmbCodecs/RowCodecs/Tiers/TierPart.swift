internal import EmbFormat
internal import EmbKernels

/// What decodes the rows of one tier.
struct TierPart: Sendable {
    let rows: any RowReader
    /// Outermost first.
    let transforms: [any TransformReader]
    /// Whether a bag's rows are pooled first and transformed once.
    let poolsStoredRows: Bool

    init(rows: any RowReader, transforms: [any TransformReader]) {
        self.rows = rows
        self.transforms = transforms
        poolsStoredRows = transforms.allSatisfy { $0.isLinear && !$0.hasConstant }
    }

    /// Numbers that sums of this tier have until they are finished, of which `dims` are wanted.
    func sumWidth(dims: Int) -> Int { transforms.isEmpty || !poolsStoredRows ? dims : rows.dim }

    /// The first `dims` numbers of each row of the list, side by side; zero rows are zeros.
    func gather(
        _ list: RowList, into out: inout MutableSpan<Float>, dims: Int, _ workspace: Workspace, _ kernels: Kernels
    ) throws(FormatError) {
        guard !transforms.isEmpty else {
            return try rows.gather(list, into: &out, outStride: dims, dims: dims, workspace)
        }
        var stored = workspace.takeNumbers(list.count * rows.dim)
        var span = stored.mutableSpan
        try rows.gather(list, into: &span, outStride: rows.dim, dims: rows.dim, workspace)
        transform(&stored, count: list.count, into: &out, dims: dims, workspace, kernels)
        workspace.give(back: stored)
        for i in 0..<list.count where list.rows[i] == RowList.zeroRow {
            for j in 0..<dims { out[i * dims + j] = 0 }
        }
    }

    /// Adds up the bags' rows into rows of `sumWidth` numbers, as the row codec does.
    func sum(
        _ list: RowList, _ bags: Bags, carry: inout Float, into sums: inout MutableSpan<Float>, dims: Int,
        _ workspace: Workspace, _ kernels: Kernels
    ) throws(FormatError) {
        let width = sumWidth(dims: dims)
        guard !poolsStoredRows else {
            return try rows.sum(list, bags, carry: &carry, into: &sums, outStride: width, dims: width, workspace)
        }
        var decoded = workspace.takeNumbers(list.count * dims + StoredRows.slack / MemoryLayout<Float>.size)
        var order = workspace.takeRows(list.count)
        var span = decoded.mutableSpan
        try gather(list, into: &span, dims: dims, workspace, kernels)
        for i in 0..<list.count { order[i] = list.rows[i] == RowList.zeroRow ? RowList.zeroRow : UInt32(i) }
        let rows = unsafe StoredRows(
            decoded.span.bytes, rowCount: list.count, stride: dims * MemoryLayout<Float>.size, dim: dims,
            format: RowFormat(.f32))
        kernels.sum(
            rows, RowList(order.span.extracting(first: list.count), count: list.count, weights: list.weights), bags,
            carry: &carry, into: &sums,
            outStride: dims, dims: dims)
        workspace.give(back: decoded)
        workspace.give(back: order)
    }

    /// From finished sums to rows of `dims` numbers.
    func finish(
        _ sums: inout [Float], count: Int, into out: inout MutableSpan<Float>, dims: Int, _ workspace: Workspace,
        _ kernels: Kernels
    ) {
        if !transforms.isEmpty && poolsStoredRows {
            transform(&sums, count: count, into: &out, dims: dims, workspace, kernels)
        } else {
            out.update(from: sums.span.extracting(first: count * dims))
        }
    }

    /// Takes `count` rows of the innermost transform's input through all of them.
    private func transform(
        _ rows: inout [Float], count: Int, into out: inout MutableSpan<Float>, dims: Int, _ workspace: Workspace,
        _ kernels: Kernels
    ) {
        var step = transforms.count - 1
        while step >= 0 {
            let width = transforms[step].outputDim
            var output = workspace.takeNumbers(count * width)
            var span = output.mutableSpan
            var whole = span._mutatingExtracting(first: count * width)
            transforms[step].apply(
                rows.span.extracting(first: count * transforms[step].inputDim), into: &whole, kernels)
            workspace.give(back: rows)
            rows = output
            step -= 1
        }
        let dim = transforms[0].outputDim
        for i in 0..<count {
            var row = out._mutatingExtracting(i * dims..<(i + 1) * dims)
            row.update(from: rows.span.extracting(i * dim..<i * dim + dims))
        }
    }
}
