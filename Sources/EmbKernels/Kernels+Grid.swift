internal import CEmbKernels

extension Kernels {
    /// Scores rows `range` of rbe codes against queries `queries`: row r and query q into
    /// `out[(q - queries.lowerBound) * outStride + r - range.lowerBound]`.
    public func score(
        _ rows: borrowing StoredRows, _ range: Range<Int>, _ all: GridQueries, _ queries: Range<Int>, _ score: Score,
        into out: inout MutableSpan<Float>, outStride: Int
    ) {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows.rowCount)
        let scored = unsafe emb_scored_rows(
            base: nil, stride: rows.stride, header: rows.format.header.raw, list: nil, first: range.lowerBound,
            count: range.count, dim: all.dim)
        unsafe self.score(rows, scored, all, queries, score, &out, outStride)
    }

    /// The same for rows `list[i]`, all of them inside.
    public func score(
        _ rows: borrowing StoredRows, _ list: Span<UInt32>, _ all: GridQueries, _ queries: Range<Int>, _ score: Score,
        into out: inout MutableSpan<Float>, outStride: Int
    ) {
        for i in list.indices { precondition(Int(list[i]) < rows.rowCount) }
        unsafe list.withUnsafeBufferPointer { list in
            let scored = unsafe emb_scored_rows(
                base: nil, stride: rows.stride, header: rows.format.header.raw, list: list.baseAddress, first: 0,
                count: list.count, dim: all.dim)
            unsafe self.score(rows, scored, all, queries, score, &out, outStride)
        }
    }

    private func score(
        _ rows: borrowing StoredRows, _ scored: emb_scored_rows, _ all: GridQueries, _ queries: Range<Int>,
        _ score: Score, _ out: inout MutableSpan<Float>, _ outStride: Int
    ) {
        let count = unsafe scored.count
        guard count > 0, !queries.isEmpty else { return }
        let element = rows.format.element
        precondition(element.isRBE && (!all.areSigns || element == .rbe1 && rows.format.header == .none))
        precondition(rows.format.rowBytes(dim: all.dim) <= rows.rowBytes)
        precondition(queries.lowerBound >= 0 && queries.upperBound <= all.count)
        precondition(outStride >= count && (queries.count - 1) * outStride + count <= out.count)
        let kernels = unsafe table.pointee.scores
        unsafe rows.bytes.withUnsafeBytes { bytes in
            var scored = unsafe scored
            unsafe scored.base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe withC(all, queries) { raw in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    if all.areSigns {
                        unsafe kernels.sign(&scored, raw, score.raw, out.baseAddress, outStride)
                    } else {
                        unsafe kernels.grid(
                            element.raw(blocked: false), &scored, raw, score.raw, out.baseAddress, outStride)
                    }
                }
            }
        }
    }

    private func withC(_ all: GridQueries, _ queries: Range<Int>, _ body: (UnsafePointer<emb_grid_queries>) -> Void) {
        let first = queries.lowerBound
        unsafe all.codes.withUnsafeBufferPointer { codes in
            unsafe all.sums.withUnsafeBufferPointer { sums in
                unsafe all.floats.withUnsafeBufferPointer { floats in
                    var raw = unsafe emb_grid_queries(
                        count: queries.count, stride: all.stride, codes: codes.baseAddress! + first * all.stride,
                        sums: sums.baseAddress! + first, units: floats.baseAddress! + first,
                        squares: floats.baseAddress! + all.count + first)
                    unsafe body(&raw)
                }
            }
        }
    }
}

extension RowElement {
    /// Whether rows are codes on the grid of Formats/codecs/rbe.md.
    public var isRBE: Bool {
        switch self {
        case .rbe1, .rbe2, .rbe3, .rbe4, .rbe5, .rbe6, .rbe7, .rbe8: true
        default: false
        }
    }
}

extension GridQueries: PreparedQueries {
    public func score(
        _ rows: borrowing StoredRows, _ range: Range<Int>, _ queries: Range<Int>, _ score: Kernels.Score,
        into out: inout MutableSpan<Float>, outStride: Int, _ kernels: Kernels
    ) {
        kernels.score(rows, range, self, queries, score, into: &out, outStride: outStride)
    }

    public func score(
        _ rows: borrowing StoredRows, _ list: Span<UInt32>, _ queries: Range<Int>, _ score: Kernels.Score,
        into out: inout MutableSpan<Float>, outStride: Int, _ kernels: Kernels
    ) {
        kernels.score(rows, list, self, queries, score, into: &out, outStride: outStride)
    }
}
