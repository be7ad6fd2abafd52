internal import EmbFormat
internal import EmbKernels

/// Codes that were made elsewhere: they are written as they are, and the source's numbers are only compared with them.
struct GivenCodes: RowEncoder {
    let codebooks: Codebooks
    /// `rows`, and `cold` if the codec has it.
    let codes: [ColumnData]
    let format: CodedFormat

    var columns: [EncodedColumn] {
        [EncodedColumn("codebooks", codebooks.column.shape, bytes: codebooks.column.bytes)]
            + codes.map { EncodedColumn($0.name, $0.shape) }
    }

    var blockRows: Int { format.fastscan ? 32 : 1 }

    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {
        let (first, count) = (Int(firstRow), values.count / format.dim)
        if format.fastscan {
            bytes[1] += codes[0].rows(first / 32..<(first + count + 31) / 32)
            return
        }
        let hot = min(max(format.hotRows, first), first + count)
        bytes[1] += codes[0].rows(first..<hot)
        if codes.count > 1 { bytes[2] += codes[1].rows(hot - format.hotRows..<first + count - format.hotRows) }
    }

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        codebooks.decode(bytes, firstRow: firstRow, format, into: &values, kernels)
    }
}

extension ColumnData {
    fileprivate func rows(_ range: Range<Int>) -> ArraySlice<UInt8> {
        let rowBytes = Int(shape.rowBytes)
        return range.isEmpty ? [] : bytes[range.lowerBound * rowBytes..<range.upperBound * rowBytes]
    }
}
