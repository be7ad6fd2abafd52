/// Splits a file into records and fields by RFC 4180.
///
/// Fields may be quoted, and quoted fields may hold delimiters, line ends and doubled quotation marks. Records end with
/// LF or CRLF; the last may end with the file.
final class CsvReader {
    /// A field's bytes within its record, without its quotation marks.
    struct Field {
        var range: Range<Int>
        /// Whether quotation marks in it are doubled.
        var hasDoubledQuotes = false
    }

    let text: TextReader
    private let delimiter: UInt8
    /// The fields of the last record.
    private(set) var fields: [Field] = []
    /// Where the last record began.
    private(set) var line: UInt64 = 0
    private(set) var offset: UInt64 = 0
    /// Bytes of the last record with its end, still unread so that its fields can be looked at.
    private var recordLength = 0
    private var lineFeeds: UInt64 = 0

    init(_ file: any ByteSource, delimiter: UInt8) throws(SourceError) {
        self.delimiter = delimiter
        text = TextReader(file, at: try TextBody.start(file))
    }

    /// Reads the next record into `fields`; false at the end of the file.
    func next() throws(SourceError) -> Bool {
        text.consume(recordLength, lines: lineFeeds)
        fields.removeAll(keepingCapacity: true)
        (recordLength, lineFeeds) = (0, 0)
        (line, offset) = (text.linesRead + 1, text.offset)
        guard try byte(0) != nil else { return false }
        var position = 0
        repeat {
            position = try field(at: position)
            // One column of keys beside the widest row; more is not a table and must not fill the memory.
            guard fields.count <= SourceLimits.dim + 1 else {
                let (found, limit) = (UInt64(fields.count), UInt64(SourceLimits.dim) + 1)
                throw .tooLarge(file: text.file.name, what: "fields in line \(line)", found: found, limit: limit)
            }
        } while recordLength == 0
        return true
    }

    /// The bytes of a field, as they are in the file.
    @_lifetime(borrow self)
    func bytes(_ field: Field) -> Span<UInt8> {
        let start = text.unread.lowerBound
        return text.bytes(start + field.range.lowerBound..<start + field.range.upperBound, heldBy: self)
    }

    /// The bytes of a field with doubled quotation marks made single.
    func unquoted(_ field: Field) -> [UInt8] {
        let bytes = bytes(field)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            plain.append(bytes[index])
            index += field.hasDoubledQuotes && bytes[index] == UInt8(ascii: "\"") ? 2 : 1
        }
        return plain
    }

    /// Reads the field at a position and returns where the next begins. Sets `recordLength` after the last field.
    private func field(at start: Int) throws(SourceError) -> Int {
        if try byte(start) == UInt8(ascii: "\"") { return try quotedField(at: start) }
        var position = start
        while let byte = try byte(position), byte != delimiter, byte != UInt8(ascii: "\n") {
            if byte == UInt8(ascii: "\"") {
                throw badQuote(position, found: "a quotation mark inside a field", expected: "the whole field quoted")
            }
            position += 1
        }
        var end = position
        if end > start, text.byte(end - 1) == 13, try byte(position) == UInt8(ascii: "\n") { end -= 1 }
        fields.append(Field(range: start..<end))
        return try finish(at: position)
    }

    private func quotedField(at start: Int) throws(SourceError) -> Int {
        var field = Field(range: start + 1..<start + 1)
        let linesBefore = lineFeeds
        var position = start + 1
        while true {
            guard let byte = try byte(position) else {
                lineFeeds = linesBefore
                throw badQuote(start, found: "a quoted field that does not end", expected: "a closing quotation mark")
            }
            if byte == UInt8(ascii: "\"") {
                guard try self.byte(position + 1) == UInt8(ascii: "\"") else { break }
                field.hasDoubledQuotes = true
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                lineFeeds += 1
            }
            position += 1
        }
        field.range = start + 1..<position
        fields.append(field)
        position += 1
        if try byte(position) == 13, try byte(position + 1) == UInt8(ascii: "\n") { position += 1 }
        if let after = try byte(position), after != delimiter, after != UInt8(ascii: "\n") {
            throw badQuote(position, found: "text after a closing quotation mark", expected: "a delimiter or line end")
        }
        return try finish(at: position)
    }

    /// Ends a field at a delimiter, a line feed or the end of the file.
    private func finish(at position: Int) throws(SourceError) -> Int {
        let end = try byte(position)
        if end == delimiter { return position + 1 }
        recordLength = position + (end == nil ? 0 : 1)
        lineFeeds += 1
        return recordLength
    }

    /// A byte of the record, nil at the end of the file.
    @inline(__always)
    private func byte(_ position: Int) throws(SourceError) -> UInt8? {
        while position >= text.unread.count { if try !text.extend() { return nil } }
        return text.byte(position)
    }

    private func badQuote(_ position: Int, found: String, expected: String) -> SourceError {
        .badQuote(
            file: text.file.name, line: text.linesRead + 1 + lineFeeds, offset: offset + UInt64(position),
            found: found, expected: expected)
    }
}
