internal import EmbFormat
internal import EmbKernels

/// Rows of codes that number codewords: the reader of `pq` and `rq`.
struct CodedReader: RowReader {
    let codebooks: Column
    let rows: Column
    /// Of the rows from `format.hotRows` on; `rows` once more if there are none.
    let cold: Column
    let format: CodedFormat
    let rowCount: Int
    let kernels = Kernels.best

    var dim: Int { format.dim }
    var byteCount: UInt64 { rows.entry.rawBytes + (cold === rows ? 0 : cold.entry.rawBytes) }

    func rowBytes(dims: Int) -> (touched: Int, stride: Int) {
        let stride = format.fastscan ? 16 * format.books : format.rowBytes(bits: format.bits)
        return (format.additive ? stride : Swift.max(1, stride * dims / dim), stride)
    }

    func listPages(_ list: Span<UInt32>, _ pages: inout PageList) {
        var (hot, cold): ([UInt32], [UInt32]) = ([], [])
        for i in list.indices where list[i] != RowList.zeroRow {
            if format.fastscan {
                hot.append(list[i] / 32)
            } else if Int(list[i]) < format.hotRows {
                hot.append(list[i])
            } else {
                cold.append(list[i] - UInt32(format.hotRows))
            }
        }
        let bytes = format.fastscan ? 16 * format.books : format.rowBytes(bits: format.bits)
        rows.list(hot.span, stride: bytes, count: bytes, &pages)
        let coldBytes = format.rowBytes(bits: format.coldBits)
        self.cold.list(cold.span, stride: coldBytes, count: coldBytes, &pages)
    }

    func gather(
        _ list: RowList, into out: inout MutableSpan<Float>, outStride: Int, dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = rows.inPlace, let coldBytes = cold.inPlace, let words = codebooks.inPlace {
            kernels.gather(view(words, bytes, coldBytes), list, into: &out, outStride: outStride, dims: dims)
        } else if let words = codebooks.inPlace {  // which are always raw
            let (bytes, indices) = try stage(list, workspace)
            kernels.gather(
                staged(words, bytes.span), staged(indices.span, list), into: &out, outStride: outStride, dims: dims)
        }
    }

    func sum(
        _ list: RowList, _ bags: Bags, carry: inout Float, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = rows.inPlace, let coldBytes = cold.inPlace, let words = codebooks.inPlace {
            kernels.sum(view(words, bytes, coldBytes), list, bags, into: &out, outStride: outStride, dims: dims)
        } else if let words = codebooks.inPlace {  // which are always raw
            let (bytes, indices) = try stage(list, workspace)
            kernels.sum(
                staged(words, bytes.span), staged(indices.span, list), bags, into: &out, outStride: outStride,
                dims: dims)
        }
    }

    func max(
        _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int, dims: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        if let bytes = rows.inPlace, let coldBytes = cold.inPlace, let words = codebooks.inPlace {
            kernels.max(view(words, bytes, coldBytes), list, bags, into: &out, outStride: outStride, dims: dims)
        } else if let words = codebooks.inPlace {  // which are always raw
            let (bytes, indices) = try stage(list, workspace)
            kernels.max(
                staged(words, bytes.span), staged(indices.span, list), bags, into: &out, outStride: outStride,
                dims: dims)
        }
    }

    func makeScorer(_ queries: ScoreQueries) throws(FormatError) -> (any RowScorer)? {
        guard !format.additive else { return nil }
        let tables = CodewordTables(try codewords(), format, queries)
        return format.fastscan && format.books <= FastScanScorer.mostBooks
            ? FastScanScorer(self, tables, queries: queries.count) : TableScorer(self, tables)
    }

    @_lifetime(copy words, copy bytes, copy cold)
    func view(_ words: RawSpan, _ bytes: RawSpan, _ cold: RawSpan) -> CodedRows {
        CodedRows(codewords: words, rows: bytes, cold: cold, rowCount: rowCount, format: format)
    }
}

/// Columns in blocks: the rows of a list are copied together as rows of whole codes, then the kernels run on the copies.
extension CodedReader {
    private var stagedBytes: Int { format.rowBytes(bits: format.bits) }

    /// The rows of `list` in order; a zero row stays one.
    func stage(
        _ list: RowList, _ workspace: Workspace
    ) throws(FormatError) -> (bytes: [UInt8], rows: [UInt32]) {
        let paged = rows.isPaged ? rows : cold
        return try workspace.stage(
            list, rowBytes: stagedBytes, step: paged.rowsAhead(rowBytes: stagedBytes),
            bring: { rows in paged.bring { listPages(rows, &$0) } }
        ) { (row, staging, place) throws(FormatError) in
            try copy(Int(row), into: &staging, at: place)
        }
    }

    /// Writes a row's codes at `place`, `format.bits` bits each.
    func copy(_ row: Int, into bytes: inout [UInt8], at place: Int) throws(FormatError) {
        for i in place..<place + stagedBytes { bytes[i] = 0 }
        if format.fastscan {
            let block = UInt64(row / 32 * 16 * format.books)
            try rows.withBytes(at: block, count: 16 * format.books) { source in
                for m in 0..<format.books {
                    let pair = source.byte(16 * m + row % 16)
                    bytes[place + m / 2] |= (row % 32 < 16 ? pair & 15 : pair >> 4) << (m % 2 * 4)
                }
            }
            return
        }
        let (column, first, bits) =
            row < format.hotRows ? (rows, 0, format.bits) : (cold, format.hotRows, format.coldBits)
        let count = format.rowBytes(bits: bits)
        try column.withBytes(at: UInt64((row - first) * count), count: count) { source in
            for m in 0..<format.books {
                let code = CodeBits.code(m, bits: bits) { source.byte($0) }
                CodeBits.put(code, m, bits: format.bits, into: &bytes, at: place)
            }
        }
    }

    @_lifetime(copy words, copy bytes)
    func staged(_ words: RawSpan, _ bytes: Span<UInt8>) -> CodedRows {
        var whole = format
        whole.fastscan = false
        whole.hotRows = Int(UInt32.max)
        let rows = (bytes.count - StoredRows.slack) / stagedBytes
        return unsafe CodedRows(
            codewords: words, rows: bytes.bytes, cold: bytes.bytes, rowCount: rows, format: whole)
    }

    @_lifetime(copy rows, copy list)
    private func staged(_ rows: Span<UInt32>, _ list: RowList) -> RowList {
        RowList(rows.extracting(first: list.count), count: list.count, weights: list.weights)
    }
}

extension RawSpan {
    func byte(_ i: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: i, as: UInt8.self) }
}
