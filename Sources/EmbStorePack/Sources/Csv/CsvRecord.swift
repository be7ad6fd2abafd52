/// A copy of one record, for telling headers from data.
struct CsvRecord {
    let names: [String]
    let isNumber: [Bool]

    init(_ reader: CsvReader) {
        names = reader.fields.map { String(decoding: reader.unquoted($0), as: UTF8.self) }
        isNumber = reader.fields.map { DecimalFloat.parse(CsvRecord.trimmed(reader.bytes($0))) != .notANumber }
    }

    /// A field without the spaces around it, which numbers may have.
    @_lifetime(copy field)
    static func trimmed(_ field: Span<UInt8>) -> Span<UInt8> {
        var (start, end) = (0, field.count)
        while start < end, VectorLine.isSeparator(field[start]) { start += 1 }
        while end > start, VectorLine.isSeparator(field[end - 1]) { end -= 1 }
        return field.extracting(start..<end)
    }
}
