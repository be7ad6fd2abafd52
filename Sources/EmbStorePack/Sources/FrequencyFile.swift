/// How often each row of a source is asked for, from a file: a one-dimensional .npy array of numbers, or text with one number a
/// line.
public enum FrequencyFile {
    /// All numbers of the file. Memory: the file's bytes and four bytes a number.
    public static func read(_ path: String) throws(SourceError) -> [Float] { try read(SourceFile.open(path)) }

    static func read(_ file: any ByteSource) throws(SourceError) -> [Float] {
        let isArray = try file.prefix(limit: NpyHeader.magic.count) == NpyHeader.magic
        return isArray ? try array(file) : try lines(file)
    }

    private static func array(_ file: any ByteSource) throws(SourceError) -> [Float] {
        let layout = try NpyHeader(file).vector(file)
        let bytes = try file.bytes(at: layout.start, count: Int(layout.byteCount), what: "array")
        var numbers = [Float](repeating: 0, count: Int(layout.rowCount))
        var span = numbers.mutableSpan
        if let row = layout.decoder.decode(bytes.span, into: &span) {
            let found = "\(layout.decoder.double(bytes.span, at: row))"
            throw .numberOverflow(file: file.name, place: .row(UInt64(row)), column: 0, found: found)
        }
        return numbers
    }

    private static func lines(_ file: any ByteSource) throws(SourceError) -> [Float] {
        let reader = TextReader(file)
        var numbers: [Float] = []
        while let line = try reader.nextLine() {
            guard case .value(let number) = DecimalFloat.parse(reader.bytes(line.range)) else {
                throw .badNumber(
                    file: file.name, place: .line(line.number), offset: reader.offset, field: 0,
                    found: Shown.bytes(reader.bytes(line.range)))
            }
            numbers.append(number)
        }
        return numbers
    }
}
