internal import CEmbKernels

/// Scores of product codes, by looking up what each codeword scores (Formats/codecs/pq.md, "Scoring").
extension Kernels {
    /// Of row `list[i]` the sum of its codes' numbers to `out[i]`.
    ///
    /// - Parameter tables: A number for each codeword, codebook after codebook.
    public func sumTables(
        _ rows: borrowing CodedRows, _ tables: Span<Float>, _ list: Span<UInt32>, into out: inout MutableSpan<Float>
    ) {
        let format = rows.format
        precondition(!format.additive && tables.count == format.books << format.bits && out.count >= list.count)
        for i in list.indices { precondition(Int(list[i]) < rows.rowCount) }
        unsafe withC(rows, RowList(list, count: list.count)) { coded, list in
            unsafe tables.withUnsafeBufferPointer { tables in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    guard let base = out.baseAddress else { return }
                    unsafe table.pointee.coded.sum_tables(
                        coded, tables.baseAddress, list.pointee.rows, list.pointee.count, base)
                }
            }
        }
    }

    /// Of `count` blocks of 32 rows of 4-bit codes: base + scale * (the sum of the codes' bytes), for `floored` at least 0.
    ///
    /// - Parameters:
    ///   - blocks: With `StoredRows.slack` bytes more.
    ///   - bytes: 16 for each of `books` codebooks, 256 at most, and zeros up to a multiple of 64.
    public func scanBlocks(
        _ blocks: RawSpan, count: Int, books: Int, bytes: Span<UInt8>, scale: Float, base: Float, floored: Bool,
        into out: inout MutableSpan<Float>
    ) {
        precondition(books > 0 && books <= 256 && bytes.count == (books + 3) / 4 * 64)
        precondition(count >= 0 && blocks.byteCount >= count * 16 * books + StoredRows.slack)
        precondition(out.count >= 32 * count)
        guard count > 0 else { return }
        unsafe blocks.withUnsafeBytes { blocks in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe table.pointee.coded.scan_blocks(
                        blocks.baseAddress?.assumingMemoryBound(to: UInt8.self), count, books, bytes.baseAddress, scale,
                        base, floored ? 1 : 0, out.baseAddress)
                }
            }
        }
    }
}
