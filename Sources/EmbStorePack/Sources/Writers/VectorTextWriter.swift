/// Writes a table as text: a key and its floats per line, as GloVe does, or after word2vec's header line.
///
/// Floats are written with the fewest digits that read back as the same float. Calls are those of `NpyWriter`.
public struct VectorTextWriter {
    /// Which of the two forms is written.
    public enum Style: Sendable {
        case glove
        case word2vec
    }

    private static let pieceBytes = 1 << 16

    private let style: Style
    private let rowCount: UInt64
    private let dim: Int
    private var written: UInt64 = 0

    /// Prepares a table of `rowCount` rows of `dim` floats.
    public init(style: Style, rowCount: UInt64, dim: Int) {
        precondition(dim > 0 && dim <= SourceLimits.dim)
        self.style = style
        self.rowCount = rowCount
        self.dim = dim
    }

    /// The header line, if the style has one.
    public func start<Failure: Error>(
        to sink: (RawSpan) throws(Failure) -> Void
    ) throws(TableWriterError<Failure>) {
        guard style == .word2vec else { return }
        try TableWriterError.call(sink, Array("\(rowCount) \(dim)\n".utf8))
    }

    /// Writes rows, layout (n, dim), under their keys: concatenated, and where each ends.
    public mutating func append<Failure: Error>(
        _ rows: Span<Float>, keyBytes: Span<UInt8>, keyEnds: Span<UInt32>,
        to sink: (RawSpan) throws(Failure) -> Void
    ) throws(TableWriterError<Failure>) {
        precondition(rows.count == keyEnds.count * dim)
        var piece: [UInt8] = []
        for row in keyEnds.indices {
            let key = keyBytes.extracting((row == 0 ? 0 : Int(keyEnds[row - 1]))..<Int(keyEnds[row]))
            try begin(key, in: &piece, Failure.self)
            add(rows.extracting(row * dim..<(row + 1) * dim), to: &piece)
            if piece.count >= Self.pieceBytes || row == keyEnds.count - 1 {
                try TableWriterError.call(sink, piece)
                piece.removeAll(keepingCapacity: true)
            }
        }
    }

    /// Checks that all rows were written.
    public func finish() throws(TableWriterError<Never>) {
        guard written == rowCount else { throw .rowCountMismatch(found: written, expected: rowCount) }
    }

    private mutating func begin<Failure: Error>(
        _ key: Span<UInt8>, in piece: inout [UInt8], _: Failure.Type
    ) throws(TableWriterError<Failure>) {
        guard written < rowCount else { throw .rowCountMismatch(found: written + 1, expected: rowCount) }
        for index in key.indices {
            guard key[index] != UInt8(ascii: "\n") else {
                throw .keyWithLineFeed(row: written, key: Shown.bytes(key), offset: index)
            }
            piece.append(key[index])
        }
        written += 1
    }

    private func add(_ values: Span<Float>, to piece: inout [UInt8]) {
        for index in values.indices {
            piece.append(UInt8(ascii: " "))
            // Swift prints floats with the fewest digits that round-trip, and short strings without allocation.
            piece.append(contentsOf: values[index].description.utf8)
        }
        piece.append(UInt8(ascii: "\n"))
    }
}
