internal import CEmbKernels

/// The kernels of one level, with their lengths checked: this module's one unsafe type.
///
/// Row indices are checked once per list, against the rows that the caller shows; everything else is checked per call.
/// No allocation; callable from any thread.
@safe public struct Kernels: Sendable {
    nonisolated(unsafe) let table: UnsafePointer<emb_kernels>
    public let level: KernelLevel

    /// The kernels that lookups use, chosen once per process.
    public static let best = Kernels(KernelLevel.chosen())!

    /// The kernels of `level`, or nil if this processor or this build has none.
    public init?(_ level: KernelLevel) {
        guard let table = unsafe emb_kernels_at(level.raw) else { return nil }
        unsafe self.table = table
        self.level = level
    }

    func kernels(_ format: RowFormat) -> emb_row_kernels {
        unsafe withUnsafePointer(to: table.pointee.rows) { rows in
            unsafe UnsafeRawPointer(rows).load(
                fromByteOffset: Int(format.raw.rawValue) * MemoryLayout<emb_row_kernels>.stride,
                as: emb_row_kernels.self)
        }
    }
}

extension Kernels {
    /// Decodes row `list.rows[i]` into `out[i * outStride ..< i * outStride + dims]`, for each i below `list.count`.
    public func gather(
        _ rows: borrowing StoredRows, _ list: RowList, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) {
        check(rows, list, outRows: list.count, out.count, outStride, dims)
        let function = unsafe kernels(rows.format).gather!
        unsafe withC(rows, list) { table, list in
            unsafe out.withUnsafeMutableBufferPointer { out in
                guard let base = out.baseAddress else { return }
                unsafe function(table, list, base, outStride, dims)
            }
        }
    }

    /// Asks the processor for the first `dims` numbers of these rows: they will be read soon. Zero rows are passed over.
    public func prefetch(_ rows: borrowing StoredRows, _ list: Span<UInt32>, dims: Int, of dim: Int) {
        let bytes = rows.format.prefixBytes(dims: dims, of: dim)
        unsafe rows.bytes.withUnsafeBytes { memory in
            unsafe list.withUnsafeBufferPointer { list in
                unsafe emb_prefetch_rows(
                    memory.baseAddress?.assumingMemoryBound(to: UInt8.self), rows.stride, bytes, list.baseAddress,
                    list.count)
            }
        }
    }

    /// Sums rows per bag into `out[b * outStride ..< b * outStride + dims]` (Formats/lookup.md, "sum and mean").
    /// `carry` is the state of a bag that spans calls: in if `bags.resumes`, out if `bags.suspends`.
    public func sum(
        _ rows: borrowing StoredRows, _ list: RowList, _ bags: Bags, carry: inout Float,
        into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) {
        let function = unsafe kernels(rows.format).sum!
        unsafe pool(rows, list, bags, &carry, &out, outStride, dims, function)
    }

    /// The largest weighted number per column and bag (Formats/lookup.md, "max").
    public func max(
        _ rows: borrowing StoredRows, _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int
    ) {
        var carry: Float = 0
        let function = unsafe kernels(rows.format).max!
        unsafe pool(rows, list, bags, &carry, &out, outStride, dims, function)
    }

    private typealias PoolFunction =
        @convention(c) (
            UnsafePointer<emb_rows>?, UnsafePointer<emb_row_list>?, UnsafeMutablePointer<emb_bags>?,
            UnsafeMutablePointer<Float>?, Int, Int
        ) -> Void

    private func pool(
        _ rows: borrowing StoredRows, _ list: RowList, _ bags: Bags, _ carry: inout Float,
        _ out: inout MutableSpan<Float>, _ outStride: Int, _ dims: Int, _ function: PoolFunction
    ) {
        check(rows, list, outRows: bags.ends.count, out.count, outStride, dims)
        check(bags, list)
        unsafe withC(rows, list) { table, list in
            unsafe bags.ends.withUnsafeBufferPointer { ends in
                unsafe withOptional(bags.divisors) { divisors in
                    var raw = unsafe emb_bags(
                        ends: ends.baseAddress, count: ends.count, divisors: divisors, carry: carry,
                        resume: bags.resumes ? 1 : 0, suspend: bags.suspends ? 1 : 0)
                    unsafe out.withUnsafeMutableBufferPointer { out in
                        guard let base = out.baseAddress else { return }
                        unsafe function(table, list, &raw, base, outStride, dims)
                    }
                    carry = unsafe raw.carry
                }
            }
        }
    }

    private func check(
        _ rows: borrowing StoredRows, _ list: RowList, outRows: Int, _ outCount: Int, _ outStride: Int, _ dims: Int
    ) {
        precondition(dims >= 1 && dims <= outStride || outRows <= 1)
        precondition(outRows == 0 || (outRows - 1) * outStride + dims <= outCount)
        precondition(isInside(list, rows.rowCount))
    }

    /// Whether every index of a list is below `rowCount` or the zero row.
    func isInside(_ list: RowList, _ rowCount: Int) -> Bool {
        unsafe list.rows.withUnsafeBufferPointer { rows in
            unsafe Int(table.pointee.row_limit(rows.baseAddress, rows.count)) <= rowCount
        }
    }

    /// Bags must follow each other and end with the list.
    func check(_ bags: Bags, _ list: RowList) {
        let ascend = unsafe bags.ends.withUnsafeBufferPointer { unsafe table.pointee.ascend($0.baseAddress, $0.count) }
        precondition(ascend != 0)
        precondition((bags.ends.isEmpty ? 0 : Int(bags.ends[bags.ends.count - 1])) == list.count)
    }

    private func withC(
        _ rows: borrowing StoredRows, _ list: RowList,
        _ body: (UnsafePointer<emb_rows>, UnsafePointer<emb_row_list>) -> Void
    ) {
        unsafe rows.bytes.withUnsafeBytes { bytes in
            unsafe list.rows.withUnsafeBufferPointer { indices in
                unsafe withOptional(list.weights) { weights in
                    var table = unsafe emb_rows(
                        base: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), stride: rows.stride,
                        header: rows.format.header.raw, block: rows.format.block ?? 0, head_bytes: rows.headBytes)
                    var rawList = unsafe emb_row_list(
                        rows: indices.baseAddress, count: list.count, readable: indices.count, distance: list.distance,
                        weights: weights)
                    unsafe body(&table, &rawList)
                }
            }
        }
    }

    func withOptional(_ span: Span<Float>?, _ body: (UnsafePointer<Float>?) -> Void) {
        guard let span else { return body(nil) }
        unsafe span.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
}
