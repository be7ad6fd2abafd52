/// Writes a table as an .npy array of version 1.0 in C order, piece by piece.
///
/// The bytes go to a sink that each call is given, so that the caller decides where files come from and how they become
/// permanent. Call `start`, then `append` until all rows are written, then `finish`.
public struct NpyWriter {
    /// The element type of the array.
    public enum Element: String, Sendable {
        case f32 = "<f4"
        /// Rounded to the nearest half, ties to even.
        case f16 = "<f2"
    }

    /// Floats converted at a time.
    private static let pieceCount = 1 << 14

    private let element: Element
    private let rowCount: UInt64
    private let dim: Int
    private var written: UInt64 = 0

    /// Finite values that were too large for a half and were written as infinities.
    public private(set) var overflowCount: UInt64 = 0

    /// Prepares an array of `rowCount` rows of `dim` floats.
    public init(element: Element, rowCount: UInt64, dim: Int) {
        precondition(dim > 0 && dim <= SourceLimits.dim)
        self.element = element
        self.rowCount = rowCount
        self.dim = dim
    }

    /// The header: padded with spaces so that the elements begin at a multiple of 64 bytes.
    public func start<Failure: Error>(
        to sink: (RawSpan) throws(Failure) -> Void
    ) throws(TableWriterError<Failure>) {
        let fields = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(rowCount), \(dim)), }"
        let length = (10 + fields.utf8.count + 1 + 63) / 64 * 64 - 10
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: length - fields.utf8.count - 1)
        let version: [UInt8] = [1, 0, UInt8(length & 255), UInt8(length >> 8)]
        let header = NpyHeader.magic + version + Array(fields.utf8) + padding + [UInt8(ascii: "\n")]
        try TableWriterError.call(sink, header)
    }

    /// Writes rows, layout (n, dim).
    public mutating func append<Failure: Error>(
        _ rows: Span<Float>, to sink: (RawSpan) throws(Failure) -> Void
    ) throws(TableWriterError<Failure>) {
        precondition(rows.count.isMultiple(of: dim))
        written += UInt64(rows.count / dim)
        guard written <= rowCount else { throw .rowCountMismatch(found: written, expected: rowCount) }
        var piece: [UInt8] = []
        for start in stride(from: 0, to: rows.count, by: Self.pieceCount) {
            piece.removeAll(keepingCapacity: true)
            for index in start..<min(start + Self.pieceCount, rows.count) { encode(rows[index], into: &piece) }
            try TableWriterError.call(sink, piece)
        }
    }

    /// Checks that all rows were written.
    public func finish() throws(TableWriterError<Never>) {
        guard written == rowCount else { throw .rowCountMismatch(found: written, expected: rowCount) }
    }

    private mutating func encode(_ value: Float, into piece: inout [UInt8]) {
        var bits = value.bitPattern
        if element == .f16 {
            let half = Float16(value)
            if half.isInfinite, value.isFinite { overflowCount += 1 }
            bits = UInt32(half.bitPattern)
        }
        for shift in stride(from: 0, to: element == .f16 ? 16 : 32, by: 8) {
            piece.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift)))
        }
    }
}
