/// Rows of an array in C order: one row after the other.
final class MatrixSource: RowSource {
    let shape: SourceShape
    private let bytes: any ByteSource
    private let layout: MatrixLayout
    /// The next row to deliver.
    var position: UInt64 = 0
    /// Stored bytes on their way to the decoder; allocated by the first read, given back at the end.
    private var staging: FixedBuffer<UInt8>?

    init(_ bytes: any ByteSource, layout: MatrixLayout, tableName: String?) {
        self.bytes = bytes
        self.layout = layout
        shape = SourceShape(
            name: bytes.name, tableName: tableName, rowCount: layout.rowCount, dim: layout.dim,
            element: layout.decoder.element, keys: .none)
    }

    func rewind() { position = 0 }

    func next(into tile: RowTile) throws(SourceError) -> Int {
        tile.reset(for: shape)
        let rows = Int(min(UInt64(tile.capacity), layout.rowCount - position))
        if rows == 0 { staging = nil }
        while tile.count < rows {
            let done = tile.count
            let part = layout.decoder.isIdentity ? rows : min(rows, done + stagedRows)
            try read(done..<part, into: tile)
            tile.commit(rows: part - done)
            position += UInt64(part - done)
        }
        return rows
    }

    private var stagedRows: Int { max(1, SourceLimits.stagingBytes / layout.rowBytes) }

    private func read(_ rows: Range<Int>, into tile: RowTile) throws(SourceError) {
        let offset = layout.start + position * UInt64(layout.rowBytes)
        if layout.decoder.isIdentity {
            var room = tile.mutableBytes(rows)
            return try bytes.readFully(at: offset, into: &room, what: "row \(position)")
        }
        let staged = staging ?? FixedBuffer(count: Int(min(UInt64(stagedRows), layout.rowCount)) * layout.rowBytes)
        staging = staged
        let filled = 0..<rows.count * layout.rowBytes
        var room = staged.mutableBytes(filled, heldBy: staged)
        try bytes.readFully(at: offset, into: &room, what: "row \(position)")
        try decode(staged.span(filled, heldBy: staged), rows, into: tile)
    }

    private func decode(_ stored: Span<UInt8>, _ rows: Range<Int>, into tile: RowTile) throws(SourceError) {
        var values = tile.mutableValues(rows)
        guard let index = layout.decoder.decode(stored, into: &values) else { return }
        let (row, column) = index.quotientAndRemainder(dividingBy: layout.dim)
        throw .numberOverflow(
            file: shape.name, place: .row(position + UInt64(row)), column: column,
            found: "\(layout.decoder.double(stored, at: index))")
    }
}
