/// Records of numbers, with or without a column of keys.
final class CsvSource: RowSource {
    let shape: SourceShape
    private let file: any ByteSource
    private let layout: CsvLayout
    private let keyText: KeyText
    /// Allocated by the first read, given back at the end.
    private var reader: CsvReader?
    private var hasEnded = false

    init(_ file: any ByteSource, options: SourceOptions) throws(SourceError) {
        self.file = file
        layout = try CsvLayout(file, options: options)
        let kind = layout.keyColumn == nil ? KeyKind.none : options.keyKind
        keyText = KeyText(file: file.name, kind: kind)
        shape = SourceShape(
            name: file.name, tableName: nil, rowCount: nil, dim: layout.dim, element: .text, keys: kind)
    }

    func rewind() {
        reader = nil
        hasEnded = false
    }

    func next(into tile: RowTile) throws(SourceError) -> Int {
        tile.reset(for: shape)
        if hasEnded { return 0 }
        let reader = try current()
        while !tile.isFull, try reader.next() {
            try add(reader, to: tile)
            tile.commit(rows: 1)
        }
        if tile.count == 0 {
            self.reader = nil
            hasEnded = true
        }
        return tile.count
    }

    private func current() throws(SourceError) -> CsvReader {
        if let reader { return reader }
        let reader = try CsvReader(file, delimiter: layout.delimiter)
        self.reader = reader
        if layout.hasHeader { _ = try reader.next() }
        return reader
    }

    private func add(_ reader: CsvReader, to tile: RowTile) throws(SourceError) {
        guard reader.fields.count == layout.columns else {
            throw .wrongFieldCount(
                file: file.name, line: reader.line, offset: reader.offset, found: reader.fields.count,
                expected: layout.columns)
        }
        var values = tile.mutableValues(tile.count..<tile.count + 1)
        var column = 0
        for (index, field) in reader.fields.enumerated() where index != layout.keyColumn {
            values[column] = try number(field, index, reader)
            column += 1
        }
        if let key = layout.keyColumn { try addKey(reader.fields[key], reader, to: tile) }
    }

    private func number(_ field: CsvReader.Field, _ index: Int, _ reader: CsvReader) throws(SourceError) -> Float {
        let text = CsvRecord.trimmed(reader.bytes(field))
        switch DecimalFloat.parse(text) {
        case .value(let value): return value
        case .overflow:
            let found = Shown.bytes(text)
            throw .numberOverflow(file: file.name, place: .line(reader.line), column: index, found: found)
        case .notANumber:
            throw .badNumber(
                file: file.name, place: .line(reader.line), offset: reader.offset + UInt64(field.range.lowerBound),
                field: index, found: Shown.bytes(text))
        }
    }

    private func addKey(_ field: CsvReader.Field, _ reader: CsvReader, to tile: RowTile) throws(SourceError) {
        let place = SourcePlace.line(reader.line)
        guard field.hasDoubledQuotes else { return try keyText.add(reader.bytes(field), at: place, to: tile) }
        try keyText.add(reader.unquoted(field).span, at: place, to: tile)
    }
}
