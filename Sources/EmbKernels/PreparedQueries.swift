/// Queries in the form in which the kernels of some rows meet them.
public protocol PreparedQueries: Sendable {
    /// Row r of `range` and query q go to `out[(q - queries.lowerBound) * outStride + r - range.lowerBound]`.
    func score(
        _ rows: borrowing StoredRows, _ range: Range<Int>, _ queries: Range<Int>, _ score: Kernels.Score,
        into out: inout MutableSpan<Float>, outStride: Int, _ kernels: Kernels)

    /// The same for rows `list[i]`, all of them inside.
    func score(
        _ rows: borrowing StoredRows, _ list: Span<UInt32>, _ queries: Range<Int>, _ score: Kernels.Score,
        into out: inout MutableSpan<Float>, outStride: Int, _ kernels: Kernels)
}
