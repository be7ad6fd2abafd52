/// word2vec's binary form: after the header, each row is a token, a space and dim little-endian floats.
///
/// Some writers end every row with a line feed and some do not; one line feed before a token is skipped.
final class Word2VecBinarySource: RowSource {
    let shape: SourceShape
    private let file: any ByteSource
    private let body: TextBody
    private let rowCount: UInt64
    private let keyText: KeyText
    private let decoder = ElementDecoder(element: .f32, bigEndian: false)
    /// Allocated by the first read, given back at the end.
    private var reader: TextReader?
    private var row: UInt64 = 0
    private var hasEnded = false

    init(_ file: any ByteSource, keyKind: KeyKind) throws(SourceError) {
        self.file = file
        body = try TextBody.header(file) { 1 + 4 * $0 }
        rowCount = body.rowCount ?? 0
        keyText = KeyText(file: file.name, kind: keyKind)
        shape = SourceShape(
            name: file.name, tableName: nil, rowCount: rowCount, dim: body.dim, element: .f32, keys: keyKind)
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
        while !tile.isFull, row < rowCount {
            try skipLineFeed(reader)
            try addToken(reader, to: tile)
            try addValues(reader, to: tile)
            tile.commit(rows: 1)
            row += 1
        }
        if tile.count == 0 { try finish(reader) }
        return tile.count
    }

    private func skipLineFeed(_ reader: TextReader) throws(SourceError) {
        guard row > 0, try available(1, reader) == 1 else { return }
        let start = reader.unread.lowerBound
        if reader.bytes(start..<start + 1)[0] == UInt8(ascii: "\n") { reader.consume(1, lines: 0) }
    }

    private func addToken(_ reader: TextReader, to tile: RowTile) throws(SourceError) {
        var length = 0
        while try available(length + 1, reader) > length {
            let start = reader.unread.lowerBound
            let text = reader.bytes(start..<start + length + 1)
            if text[length] == UInt8(ascii: " ") {
                try keyText.add(text.extracting(0..<length), at: .row(row), to: tile)
                return reader.consume(length + 1, lines: 0)
            }
            length += 1
            guard length <= SourceLimits.keyBytes else {
                let limit = UInt64(SourceLimits.keyBytes)
                throw .keyTooLong(file: file.name, place: .row(row), found: UInt64(length), limit: limit)
            }
        }
        throw missing("token of row \(row)", needed: length + 1, found: length, reader)
    }

    private func addValues(_ reader: TextReader, to tile: RowTile) throws(SourceError) {
        let needed = 4 * body.dim
        let found = try available(needed, reader)
        guard found == needed else { throw missing("values of row \(row)", needed: needed, found: found, reader) }
        var values = tile.mutableValues(tile.count..<tile.count + 1)
        let start = reader.unread.lowerBound
        _ = decoder.decode(reader.bytes(start..<start + needed), into: &values)
        reader.consume(needed, lines: 0)
    }

    /// How many of the `wanted` bytes can be read.
    private func available(_ wanted: Int, _ reader: TextReader) throws(SourceError) -> Int {
        while reader.unread.count < wanted { if try !reader.extend() { return reader.unread.count } }
        return wanted
    }

    private func missing(_ what: String, needed: Int, found: Int, _ reader: TextReader) -> SourceError {
        .truncated(
            file: file.name, what: what, offset: reader.offset, needed: UInt64(needed), found: UInt64(found))
    }

    private func finish(_ reader: TextReader) throws(SourceError) {
        try skipLineFeed(reader)
        let left = file.byteCount - reader.offset
        guard left == 0 else { throw .trailingBytes(file: file.name, offset: reader.offset, count: left) }
        self.reader = nil
        hasEnded = true
    }
}
