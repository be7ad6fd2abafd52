internal import CEmbKernels

extension Kernels {
    /// Decodes row `list.rows[i]` into `out[i * outStride ..< i * outStride + dims]`, for each i below `list.count`.
    public func gather(
        _ rows: borrowing CodedRows, _ list: RowList, into out: inout MutableSpan<Float>, outStride: Int, dims: Int
    ) {
        check(rows, list, outRows: list.count, out.count, outStride, dims)
        unsafe withC(rows, list) { coded, list in
            unsafe out.withUnsafeMutableBufferPointer { out in
                guard let base = out.baseAddress else { return }
                unsafe table.pointee.coded.gather(coded, list, base, outStride, dims)
            }
        }
    }

    /// Sums rows per bag (Formats/lookup.md, "sum and mean").
    public func sum(
        _ rows: borrowing CodedRows, _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int
    ) {
        unsafe pool(rows, list, bags, &out, outStride, dims, table.pointee.coded.sum)
    }

    /// The largest weighted number per column and bag (Formats/lookup.md, "max").
    public func max(
        _ rows: borrowing CodedRows, _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int
    ) {
        unsafe pool(rows, list, bags, &out, outStride, dims, table.pointee.coded.max)
    }

    private typealias PoolFunction =
        @convention(c) (
            UnsafePointer<emb_coded_rows>?, UnsafePointer<emb_row_list>?, UnsafePointer<emb_bags>?,
            UnsafeMutablePointer<Float>?, Int, Int
        ) -> Void

    private func pool(
        _ rows: borrowing CodedRows, _ list: RowList, _ bags: Bags, _ out: inout MutableSpan<Float>, _ outStride: Int,
        _ dims: Int, _ function: PoolFunction
    ) {
        check(rows, list, outRows: bags.ends.count, out.count, outStride, dims)
        check(bags, list)
        unsafe withC(rows, list) { coded, list in
            unsafe bags.ends.withUnsafeBufferPointer { ends in
                unsafe withOptional(bags.divisors) { divisors in
                    var raw = unsafe emb_bags(
                        ends: ends.baseAddress, count: ends.count, divisors: divisors, carry: 0,
                        resume: bags.resumes ? 1 : 0, suspend: bags.suspends ? 1 : 0)
                    unsafe out.withUnsafeMutableBufferPointer { out in
                        guard let base = out.baseAddress else { return }
                        unsafe function(coded, list, &raw, base, outStride, dims)
                    }
                }
            }
        }
    }

    private func check(
        _ rows: borrowing CodedRows, _ list: RowList, outRows: Int, _ outCount: Int, _ outStride: Int, _ dims: Int
    ) {
        precondition(dims >= 1 && dims <= rows.format.dim && (dims <= outStride || outRows <= 1))
        precondition(outRows == 0 || (outRows - 1) * outStride + dims <= outCount)
        precondition(isInside(list, rows.rowCount))
    }

    func withC(
        _ rows: borrowing CodedRows, _ list: RowList,
        _ body: (UnsafePointer<emb_coded_rows>, UnsafePointer<emb_row_list>) -> Void
    ) {
        let format = rows.format
        unsafe rows.codewords.withUnsafeBytes { codewords in
            unsafe rows.rows.withUnsafeBytes { codes in
                unsafe rows.cold.withUnsafeBytes { cold in
                    unsafe list.rows.withUnsafeBufferPointer { indices in
                        unsafe withOptional(list.weights) { weights in
                            var raw = unsafe emb_coded_rows()
                            unsafe raw.rows = codes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                            unsafe raw.cold = cold.baseAddress?.assumingMemoryBound(to: UInt8.self)
                            unsafe raw.codewords = codewords.baseAddress?.assumingMemoryBound(to: UInt8.self)
                            unsafe raw.stride = format.rowBytes(bits: format.bits)
                            unsafe raw.cold_stride = format.rowBytes(bits: format.coldBits)
                            unsafe raw.hot_rows = UInt32(clamping: format.hotRows)
                            unsafe raw.bits = UInt8(format.bits)
                            unsafe raw.cold_bits = UInt8(format.coldBits)
                            unsafe raw.book_bits = UInt8(format.bits)
                            unsafe raw.fastscan = format.fastscan ? 1 : 0
                            unsafe raw.additive = format.additive ? 1 : 0
                            unsafe raw.half = format.half ? 1 : 0
                            unsafe raw.books = format.books
                            unsafe raw.dim = format.dim
                            var rawList = unsafe emb_row_list(
                                rows: indices.baseAddress, count: list.count, readable: indices.count,
                                distance: list.distance, weights: weights)
                            unsafe body(&raw, &rawList)
                        }
                    }
                }
            }
        }
    }
}
