internal import EmbFormat
internal import EmbKernels

/// Keeps the numbers whose magnitude reaches the threshold.
struct SparseEncoder: RowEncoder {
    let columns: [EncodedColumn]
    private let layout: SparseLayout
    /// The bits of the least magnitude that is kept.
    private let threshold: UInt32

    private enum Place { static let rows = 0, bases = 1, values = 2 }

    init(_ layout: SparseLayout, _ shape: StoredShape, _ threshold: ColumnData) {
        self.layout = layout
        self.threshold = threshold.bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        columns = [
            EncodedColumn("rows", layout.rows(shape)), EncodedColumn("bases", layout.bases(shape)),
            EncodedColumn("values", countedElements: layout.valueType),
            EncodedColumn("threshold", threshold.shape, bytes: threshold.bytes),
        ]
    }

    var blockRows: Int { Sparse.groupRows }

    /// Bases are left as the number of values in each group, until `finish`.
    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {
        let size = layout.valueType.byteCount
        var inGroup = 0
        for row in 0..<values.count / layout.dim {
            if row % Sparse.groupRows == 0 { inGroup = 0 }
            let start = bytes[Place.values].count
            do throws(EncodeRefused) {
                let numbers = values.extracting(row * layout.dim..<(row + 1) * layout.dim)
                try append(numbers, first: inGroup, &bytes, kernels)
            } catch {
                throw EncodeError(row: row, error.refusal)
            }
            inGroup += (bytes[Place.values].count - start) / size
            if row % Sparse.groupRows == Sparse.groupRows - 1 || (row + 1) * layout.dim == values.count {
                bytes[Place.bases] += Self.littleEndian(UInt64(inGroup), 8)
            }
        }
    }

    private struct EncodeRefused: Error { let refusal: EncodeRefusal }

    private func append(
        _ numbers: Span<Float>, first: Int, _ bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeRefused) {
        var bitmap = [UInt8](repeating: 0, count: layout.bitmapBytes)
        var kept: [Float] = []
        for j in 0..<numbers.count {
            guard numbers[j].isFinite else { throw EncodeRefused(refusal: .notFinite) }
            guard numbers[j].magnitude.bitPattern >= threshold else { continue }
            bitmap[j / 8] |= 1 << UInt8(j % 8)
            kept.append(numbers[j])
        }
        let (head, codes) = try encoded(kept, kernels)
        bytes[Place.rows] += Self.littleEndian(UInt64(first), layout.firstBytes)
        bytes[Place.rows] += head
        bytes[Place.rows] += bitmap
        bytes[Place.values] += codes
    }

    /// The values of a row, as one of `f16` or of `int8(symmetric)`.
    private func encoded(_ kept: [Float], _ kernels: Kernels) throws(EncodeRefused) -> (head: [UInt8], codes: [UInt8]) {
        let format: RowFormat = layout.quantized ? RowFormat(.int8, header: .symmetricF16) : RowFormat(.f16)
        guard !kept.isEmpty else { return ([UInt8](repeating: 0, count: format.header.byteCount), []) }
        var row = [UInt8](repeating: 0, count: format.rowBytes(dim: kept.count))
        var span = row.mutableSpan
        var raw = unsafe span.mutableBytes
        let refusal = kernels.encode(kept.span, dim: kept.count, format: format, stride: raw.byteCount, into: &raw)
            .refusal
        if let refusal { throw EncodeRefused(refusal: refusal) }
        return (Array(row.prefix(format.header.byteCount)), Array(row.dropFirst(format.header.byteCount)))
    }

    private static func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        let (rows, codes) = (bytes[Place.rows], bytes[Place.values])
        let size = layout.valueType.byteCount
        var next = 0
        for row in 0..<rows.count / layout.stride {
            let start = row * layout.stride
            let bitmap = unsafe rows.span.bytes.extracting(start + layout.bitmapOffset..<start + layout.stride)
            let place = start + layout.firstBytes
            let scale =
                layout.quantized
                ? Float(Float16(bitPattern: UInt16(rows[place]) | UInt16(rows[place + 1]) << 8)) : nil
            let end = next + kernels.setBits(bitmap, first: layout.dim) * size
            var out = values._mutatingExtracting(row * layout.dim..<(row + 1) * layout.dim)
            unsafe kernels.expand(bitmap, values: codes.span.bytes.extracting(next..<end), scale: scale, into: &out)
            next = end
        }
    }

    /// Turns the numbers of values in groups into those before them.
    func finish(_ bytes: inout [[UInt8]]) {
        let counts = bytes[Place.bases]
        var bases: [UInt8] = []
        bases.reserveCapacity(counts.count)
        var total: UInt64 = 0
        for group in 0..<counts.count / 8 {
            bases += Self.littleEndian(total, 8)
            total += counts[group * 8..<group * 8 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        bytes[Place.bases] = bases
    }
}
