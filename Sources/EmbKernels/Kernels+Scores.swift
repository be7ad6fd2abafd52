internal import CEmbKernels

extension Kernels {
    /// What a score is (Formats/search.md, "Metrics").
    public enum Score: Sendable {
        case dot, cosine, l2

        var raw: emb_metric {
            switch self {
            case .dot: EMB_DOT
            case .cosine: EMB_COSINE
            case .l2: EMB_L2
            }
        }
    }

    /// Scores rows `range` against queries `queries`: row r and query q into
    /// `out[(q - queries.lowerBound) * outStride + r - range.lowerBound]`. Rows are f32, or int8 if the queries are coded.
    public func score(
        _ rows: borrowing StoredRows, _ range: Range<Int>, _ all: KernelQueries, _ queries: Range<Int>, _ score: Score,
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
        _ rows: borrowing StoredRows, _ list: Span<UInt32>, _ all: KernelQueries, _ queries: Range<Int>, _ score: Score,
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
        _ rows: borrowing StoredRows, _ scored: emb_scored_rows, _ all: KernelQueries, _ queries: Range<Int>,
        _ score: Score, _ out: inout MutableSpan<Float>, _ outStride: Int
    ) {
        let count = unsafe scored.count
        guard count > 0, !queries.isEmpty else { return }
        let coded = rows.format.element == .int8
        precondition(coded ? all.isCoded : rows.format.element == .f32)
        precondition(rows.format.rowBytes(dim: all.dim) <= rows.rowBytes)
        precondition(queries.lowerBound >= 0 && queries.upperBound <= all.count)
        precondition(outStride >= count && (queries.count - 1) * outStride + count <= out.count)
        let function = unsafe coded ? table.pointee.scores.int8! : table.pointee.scores.f32!
        unsafe rows.bytes.withUnsafeBytes { bytes in
            var scored = unsafe scored
            unsafe scored.base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe withC(all, queries) { raw in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe function(&scored, raw, score.raw, out.baseAddress, outStride)
                }
            }
        }
    }

    private func withC(_ all: KernelQueries, _ queries: Range<Int>, _ body: (UnsafePointer<emb_queries>) -> Void) {
        let (q, first, padded) = (queries.lowerBound, queries.lowerBound * all.stride, all.count * all.stride)
        unsafe all.floats.withUnsafeBufferPointer { floats in
            unsafe all.codes.withUnsafeBufferPointer { codes in
                unsafe all.bytes.withUnsafeBufferPointer { bytes in
                    unsafe all.codeSums.withUnsafeBufferPointer { sums in
                        var raw = unsafe emb_queries()
                        unsafe raw.count = queries.count
                        unsafe raw.stride = all.stride
                        unsafe raw.values = floats.baseAddress! + first
                        unsafe raw.scales = floats.baseAddress! + padded + q
                        unsafe raw.offsets = floats.baseAddress! + padded + all.count + q
                        unsafe raw.squares = floats.baseAddress! + padded + 2 * all.count + q
                        if all.isCoded {
                            unsafe raw.codes = codes.baseAddress! + first
                            unsafe raw.high = bytes.baseAddress! + first
                            unsafe raw.low = bytes.baseAddress! + padded + first
                            unsafe raw.code_sums = sums.baseAddress! + q
                        }
                        unsafe body(&raw)
                    }
                }
            }
        }
    }

    /// The places, ascending, of scores above `worst`, or below it if `small`; a NaN is neither.
    ///
    /// - Parameter places: One longer than there are scores.
    /// - Returns: How many there are.
    public func pick(_ scores: Span<Float>, beating worst: Float, small: Bool, into places: inout MutableSpan<UInt32>)
        -> Int
    {
        precondition(places.count > scores.count)
        return unsafe scores.withUnsafeBufferPointer { scores in
            unsafe places.withUnsafeMutableBufferPointer { places in
                unsafe table.pointee.scores.pick(
                    scores.baseAddress, scores.count, worst, small ? 1 : 0, places.baseAddress)
            }
        }
    }
}

extension KernelQueries: PreparedQueries {
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
