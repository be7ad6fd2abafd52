/// Rows of an array in Fortran order: one column after the other.
///
/// A strip of rows is read column by column into one buffer and turned block by block, so the memory stays bounded and
/// the file is read once, in pieces of stagingBytes / dim.
final class ColumnMatrixSource: RowSource {
    /// Rows turned at a time: their floats stay in the second-level cache for any usual dim.
    private static let blockRows = 64

    let shape: SourceShape
    private let bytes: any ByteSource
    private let layout: MatrixLayout
    /// The next row to deliver.
    var position: UInt64 = 0
    /// Layout (dim, stripRows) in stored form; allocated by the first read, given back at the end.
    private var strip: FixedBuffer<UInt8>?
    /// The rows now in the strip.
    private var held: Range<UInt64> = 0..<0

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
        guard position < layout.rowCount else {
            (strip, held) = (nil, 0..<0)
            return 0
        }
        while tile.count < tile.capacity, position < layout.rowCount {
            let strip = try filledStrip()
            let rows = min(tile.capacity - tile.count, Int(held.upperBound - position), Self.blockRows)
            try turn(strip, rows: rows, into: tile)
            tile.commit(rows: rows)
            position += UInt64(rows)
        }
        return tile.count
    }

    private var elementBytes: Int { layout.decoder.element.byteCount }

    private var stripRows: Int {
        Int(min(UInt64(max(1, 4 * SourceLimits.stagingBytes / layout.rowBytes)), layout.rowCount))
    }

    /// The strip with the row at `position` in it.
    private func filledStrip() throws(SourceError) -> FixedBuffer<UInt8> {
        let strip = strip ?? FixedBuffer(count: stripRows * layout.rowBytes)
        self.strip = strip
        if held.contains(position) { return strip }
        held = 0..<0
        let rows = Int(min(UInt64(stripRows), layout.rowCount - position))
        for column in 0..<layout.dim {
            let element = UInt64(column) * layout.rowCount + position
            let start = column * stripRows * elementBytes
            var room = strip.mutableBytes(start..<start + rows * elementBytes, heldBy: strip)
            let offset = layout.start + element * UInt64(elementBytes)
            try bytes.readFully(at: offset, into: &room, what: "column \(column)")
        }
        held = position..<position + UInt64(rows)
        return strip
    }

    /// Decodes the rows from `position` on, column by column, and scatters each column over the tile's rows.
    private func turn(_ strip: FixedBuffer<UInt8>, rows: Int, into tile: RowTile) throws(SourceError) {
        let scratch = FixedBuffer<Float>(count: rows)
        var column = scratch.mutable(0..<rows, heldBy: scratch)
        var values = tile.mutableValues(tile.count..<tile.count + rows)
        for index in 0..<layout.dim {
            let start = (index * stripRows + Int(position - held.lowerBound)) * elementBytes
            let stored = strip.span(start..<start + rows * elementBytes, heldBy: strip)
            if let row = layout.decoder.decode(stored, into: &column) {
                throw .numberOverflow(
                    file: shape.name, place: .row(position + UInt64(row)), column: index,
                    found: "\(layout.decoder.double(stored, at: row))")
            }
            for row in 0..<rows { values[row * layout.dim + index] = column[row] }
        }
    }
}
