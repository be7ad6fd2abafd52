/// Keys for a source that has none, from a file of their own, read in step with the rows.
///
/// Either a one-dimensional .npy array of integers, or a text file with one key per line. Lines are kept as raw bytes
/// without LF or CRLF; with `keyKind: .integers` they are read as decimal numbers.
public final class KeyFile: KeySupply {
    /// The name used in messages.
    public var name: String { file.name }
    /// `integers` or `strings`.
    public let kind: KeyKind
    /// The number of keys, nil when only the end of the file tells.
    public let count: UInt64?

    private let file: SourceFile
    private let numbers: KeyNumbers?
    private let keyText: KeyText
    private var lines: TextReader?
    private var position: UInt64 = 0

    /// Opens a file of keys.
    public static func open(_ path: String, keyKind: KeyKind = .strings) throws(SourceError) -> KeyFile {
        try KeyFile(SourceFile.open(path), keyKind: keyKind)
    }

    init(_ file: SourceFile, keyKind: KeyKind) throws(SourceError) {
        precondition(keyKind != .none)
        self.file = file
        let isArray = try file.prefix(limit: NpyHeader.magic.count) == NpyHeader.magic || file.name.hasSuffix(".npy")
        numbers = isArray ? try KeyNumbers(file) : nil
        kind = numbers == nil ? keyKind : .integers
        count = numbers?.count
        keyText = KeyText(file: file.name, kind: kind)
    }

    /// The rows of a key-less source under these keys.
    public func keyed(_ source: any RowSource) throws(SourceError) -> any RowSource { try keyed(rows: source) }

    func rewind() {
        position = 0
        lines = nil
    }

    func next(_ limit: Int, into tile: RowTile) throws(SourceError) -> Int {
        if let numbers {
            let added = try numbers.add(from: position, limit: limit, to: tile)
            position += UInt64(added)
            return added
        }
        let lines = lines ?? TextReader(file)
        self.lines = lines
        var added = 0
        while added < limit, tile.hasKeyRoom, let line = try lines.nextLine() {
            try keyText.add(lines.bytes(line.range), at: .line(line.number), to: tile)
            added += 1
        }
        position += UInt64(added)
        return added
    }

    func countToEnd() throws(SourceError) -> UInt64 {
        if let count { return count }
        let lines = lines ?? TextReader(file)
        while try lines.nextLine() != nil { position += 1 }
        return position
    }
}
