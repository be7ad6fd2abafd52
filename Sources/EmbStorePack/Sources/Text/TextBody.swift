/// What is known of a text table after its header, if it has one.
struct TextBody: Equatable {
    let dim: Int
    /// As declared by the header.
    let rowCount: UInt64?
    /// Where the first row begins, and how many lines precede it.
    let start: UInt64
    let line: UInt64

    /// A byte order mark, which some editors put before UTF-8 and which belongs to no token.
    static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    static func start(_ file: any ByteSource) throws(SourceError) -> UInt64 {
        try file.prefix(limit: 3) == byteOrderMark ? 3 : 0
    }

    /// Reads the header line of word2vec's formats. `rowBytes` gives the least number of bytes that rows can take.
    static func header(
        _ file: any ByteSource, rowBytes: (_ dim: UInt64) -> UInt64
    ) throws(SourceError) -> TextBody {
        let reader = TextReader(file, at: try start(file))
        guard let line = try reader.nextLine() else {
            throw .truncated(file: file.name, what: "word2vec header", offset: 0, needed: 4, found: 0)
        }
        guard let header = VectorLine.header(reader.bytes(line.range)) else {
            let found = Shown.bytes(reader.bytes(line.range))
            throw .badHeader(
                file: file.name, field: "line 1", offset: 0, found: found, expected: "a row count and a dim")
        }
        let dim = try checked(header.dim, file: file.name)
        try checkLength(file, header, rowBytes: rowBytes(header.dim), start: reader.offset)
        return TextBody(dim: dim, rowCount: header.rowCount, start: reader.offset, line: 1)
    }

    /// The dim that most of the first lines of a headerless file agree on.
    ///
    /// A token that ends in a number makes one line look wider, a damaged line may look narrower; neither is believed
    /// against the others. Of equally frequent widths the smaller is taken.
    static func inferred(_ file: any ByteSource, dim: Int?) throws(SourceError) -> TextBody {
        let start = try start(file)
        if let dim {
            guard dim > 0 else {
                throw .badOption(file: file.name, option: "dim", found: "\(dim)", expected: "at least 1")
            }
            return TextBody(dim: try checked(UInt64(dim), file: file.name), rowCount: nil, start: start, line: 0)
        }
        let reader = TextReader(file, at: start)
        var votes: [Int: Int] = [:]
        while reader.linesRead < 1000, reader.offset < 1 << 20, let line = try reader.nextLine() {
            votes[VectorLine.trailingNumbers(reader.bytes(line.range)), default: 0] += 1
        }
        guard let winner = votes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else {
            throw .truncated(file: file.name, what: "first line", offset: start, needed: 1, found: 0)
        }
        guard winner > 0 else { throw try noNumbers(file, start: start) }
        return TextBody(dim: try checked(UInt64(winner), file: file.name), rowCount: nil, start: start, line: 0)
    }

    private static func checked(_ dim: UInt64, file: String) throws(SourceError) -> Int {
        guard dim > 0 else { throw .notATable(file: file, found: "dim 0", expected: "at least one number per row") }
        guard dim <= UInt64(SourceLimits.dim) else {
            throw .tooLarge(file: file, what: "dim", found: dim, limit: UInt64(SourceLimits.dim))
        }
        return Int(dim)
    }

    private static func checkLength(
        _ file: any ByteSource, _ header: (rowCount: UInt64, dim: UInt64), rowBytes: UInt64, start: UInt64
    ) throws(SourceError) {
        let (needed, overflow) = header.rowCount.multipliedReportingOverflow(by: rowBytes)
        let left = file.byteCount - start
        guard overflow || needed > left else { return }
        throw .truncated(
            file: file.name, what: "\(header.rowCount) rows of \(header.dim)", offset: start,
            needed: overflow ? .max : needed, found: left)
    }

    /// What to say of the first line that ends in no number.
    private static func noNumbers(_ file: any ByteSource, start: UInt64) throws(SourceError) -> SourceError {
        let reader = TextReader(file, at: start)
        while let line = try reader.nextLine() {
            let text = reader.bytes(line.range)
            guard VectorLine.trailingNumbers(text) == 0 else { continue }
            guard let field = VectorLine.lastField(text, before: text.count), field.lowerBound > 0 else {
                return .wrongFieldCount(
                    file: file.name, line: line.number, offset: line.offset, found: VectorLine.fieldCount(text),
                    expected: 2)
            }
            return .badNumber(
                file: file.name, place: .line(line.number), offset: line.offset + UInt64(field.lowerBound),
                field: VectorLine.fieldCount(text) - 1, found: Shown.bytes(text.extracting(field)))
        }
        return .notATable(file: file.name, found: "no numbers", expected: "lines of a word and numbers")
    }
}
