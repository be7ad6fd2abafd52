/// Lines of a token and dim numbers: GloVe, and word2vec's and fastText's text form after their header.
final class TextVectorSource: RowSource {
    let shape: SourceShape
    private let file: any ByteSource
    private let body: TextBody
    private let keyText: KeyText
    /// Allocated by the first read, given back at the end.
    private var reader: TextReader?
    private var row: UInt64 = 0
    private var hasEnded = false

    init(_ file: any ByteSource, body: TextBody, keyKind: KeyKind) {
        self.file = file
        self.body = body
        keyText = KeyText(file: file.name, kind: keyKind)
        shape = SourceShape(
            name: file.name, tableName: nil, rowCount: body.rowCount, dim: body.dim, element: .text, keys: keyKind)
    }

    func rewind() {
        reader = nil
        row = 0
        hasEnded = false
    }

    func next(into tile: RowTile) throws(SourceError) -> Int {
        tile.reset(for: shape)
        if hasEnded { return 0 }
        let reader = reader ?? TextReader(file, at: body.start, line: body.line)
        self.reader = reader
        while !tile.isFull, let line = try reader.nextLine() {
            if row == body.rowCount { try countRest(reader) }
            try add(line, reader.bytes(line.range), to: tile)
            tile.commit(rows: 1)
            row += 1
        }
        if tile.count == 0 { try finish() }
        return tile.count
    }

    private func add(_ line: TextLine, _ text: Span<UInt8>, to tile: RowTile) throws(SourceError) {
        var values = tile.mutableValues(tile.count..<tile.count + 1)
        var start = text.count
        for column in (0..<body.dim).reversed() {
            guard let field = VectorLine.lastField(text, before: start), field.lowerBound > 0 else {
                throw wrongFieldCount(line, text)
            }
            switch DecimalFloat.parse(text.extracting(field)) {
            case .value(let value): values[column] = value
            case .overflow:
                let found = Shown.bytes(text.extracting(field))
                throw .numberOverflow(file: file.name, place: .line(line.number), column: column, found: found)
            case .notANumber: throw notANumber(line, text, field, column)
            }
            start = field.lowerBound
        }
        // Exactly one separator stands between token and numbers; what precedes it is the token, spaces and all.
        try keyText.add(text.extracting(0..<start - 1), at: .line(line.number), to: tile)
    }

    private func notANumber(
        _ line: TextLine, _ text: Span<UInt8>, _ field: Range<Int>, _ column: Int
    ) -> SourceError {
        guard VectorLine.fieldCount(text) > body.dim else { return wrongFieldCount(line, text) }
        return .badNumber(
            file: file.name, place: .line(line.number), offset: line.offset + UInt64(field.lowerBound),
            field: column + 1, found: Shown.bytes(text.extracting(field)))
    }

    private func wrongFieldCount(_ line: TextLine, _ text: Span<UInt8>) -> SourceError {
        .wrongFieldCount(
            file: file.name, line: line.number, offset: line.offset, found: VectorLine.fieldCount(text),
            expected: body.dim + 1)
    }

    /// There is a line after the last declared row: counts the lines that are left and reports them.
    private func countRest(_ reader: TextReader) throws(SourceError) {
        var found = row + 1
        while try reader.nextLine() != nil { found += 1 }
        throw .rowCountMismatch(file: file.name, found: found, expected: row, declaredBy: "line 1")
    }

    private func finish() throws(SourceError) {
        reader = nil
        hasEnded = true
        if let declared = body.rowCount, declared != row {
            throw .rowCountMismatch(file: file.name, found: row, expected: declared, declaredBy: "line 1")
        }
    }
}
