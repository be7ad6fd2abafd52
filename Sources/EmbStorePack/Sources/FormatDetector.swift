/// Tells a file's format by its first bytes, then by its extension, then by what its first lines look like.
struct FormatDetector {
    private static let prefixBytes = 1 << 16

    private let file: any ByteSource
    private let prefix: [UInt8]

    static func detect(_ file: any ByteSource) throws(SourceError) -> SourceFormat {
        let prefix = try file.prefix(limit: prefixBytes)
        let detector = FormatDetector(file: file, prefix: prefix)
        if let foreign = ForeignFormat.recognize(prefix) {
            throw .foreignFormat(file: file.name, found: foreign.found, advice: foreign.advice)
        }
        if let format = detector.byMagic ?? detector.byExtension { return format }
        return try detector.byText()
    }

    private init(file: any ByteSource, prefix: [UInt8]) {
        self.file = file
        self.prefix = prefix
    }

    private var byMagic: SourceFormat? {
        if prefix.starts(with: NpyHeader.magic) { return .npy }
        if prefix.starts(with: [0x50, 0x4b, 3, 4]) || prefix.starts(with: [0x50, 0x4b, 5, 6]) { return .npz }
        if looksLikeSafetensors { return .safetensors }
        let isIndex = prefix.first == UInt8(ascii: "{") && contains("\"weight_map\"")
        return isIndex ? .safetensorsIndex : nil
    }

    /// A plausible header length, and a JSON object after it. No text begins so: its length would have zero bytes.
    private var looksLikeSafetensors: Bool {
        guard prefix.count > 8, prefix[8] == UInt8(ascii: "{") else { return false }
        return prefix[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } <= UInt64(SourceLimits.jsonBytes)
    }

    private func contains(_ text: StaticString) -> Bool {
        let wanted = Array("\(text)".utf8)
        return prefix.indices.contains { prefix[$0...].starts(with: wanted) }
    }

    private var byExtension: SourceFormat? {
        let parts = file.name.split(separator: ".")
        switch parts.count > 1 ? parts.last?.lowercased() : nil {
        case "npy": return .npy
        case "npz": return .npz
        case "safetensors": return .safetensors
        case "json": return .safetensorsIndex
        case "csv", "tsv": return .csv
        default: return nil
        }
    }

    private func byText() throws(SourceError) -> SourceFormat {
        guard !prefix.isEmpty else {
            throw .unknownFormat(file: file.name, found: "nothing: the file is empty", expected: Self.expected)
        }
        let reader = TextReader(file, at: try TextBody.start(file))
        guard let line = try firstLine(reader) else { throw unknown }
        let text = reader.bytes(line.range)
        if let header = VectorLine.header(text) { return try Self.afterHeader(reader, dim: header.dim) }
        let (spaced, separated) = (VectorLine.trailingNumbers(text), commaNumbers(text))
        if separated > spaced { return .csv }
        guard spaced > 0 else { throw unknown }
        return .glove
    }

    /// The first line; a file of other bytes may have none of a bearable length.
    private func firstLine(_ reader: TextReader) throws(SourceError) -> TextLine? {
        do {
            return try reader.nextLine()
        } catch .tooLarge {
            return nil
        }
    }

    /// Text and binary word2vec share their header. The binary form has bytes that text has not, and its first row does
    /// not end in dim numbers.
    private static func afterHeader(_ reader: TextReader, dim: UInt64) throws(SourceError) -> SourceFormat {
        while reader.unread.count < 1 << 12 { if try !reader.extend() { break } }
        let start = reader.unread.lowerBound
        let sample = reader.bytes(start..<min(reader.unread.upperBound, start + 4096))
        if sample.indices.allSatisfy({ isText(sample[$0]) }), Self.isUTF8(sample) { return .word2vecText }
        do {
            guard let line = try reader.nextLine() else { return .word2vecText }
            let numbers = VectorLine.trailingNumbers(reader.bytes(line.range))
            return UInt64(numbers) >= dim ? .word2vecText : .word2vecBinary
        } catch .tooLarge {
            return .word2vecBinary
        }
    }

    private static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f || (9...13).contains(byte) }

    /// Whether bytes are UTF-8, but for a character cut off at the end.
    private static func isUTF8(_ bytes: Span<UInt8>) -> Bool {
        let text = bytes.indices.map { bytes[$0] }
        return (0..<4).contains { cut in
            cut <= text.count && String(validating: text.dropLast(cut), as: UTF8.self) != nil
        }
    }

    /// How many of the fields between commas are numbers.
    private func commaNumbers(_ text: Span<UInt8>) -> Int {
        var (fields, numbers, start) = (0, 0, 0)
        for index in 0...text.count where index == text.count || text[index] == UInt8(ascii: ",") {
            fields += 1
            if DecimalFloat.parse(CsvRecord.trimmed(text.extracting(start..<index))) != .notANumber { numbers += 1 }
            start = index + 1
        }
        return fields > 1 ? numbers : 0
    }

    private var unknown: SourceError {
        .unknownFormat(file: file.name, found: Shown.bytes(prefix.span, limit: 16), expected: Self.expected)
    }

    private static let expected = SourceFormat.allCases.map(\.rawValue).joined(separator: ", ")
}
