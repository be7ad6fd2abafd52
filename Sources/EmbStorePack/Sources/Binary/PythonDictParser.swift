/// Parses the dictionary of an .npy header: string keys, and strings, booleans and tuples of numbers as values.
///
/// This is no evaluator. What `numpy` never writes (escapes, signs, expressions, comments) is refused. Lists, which
/// describe structured elements, are skipped: such arrays are no tables, but may lie beside one in an archive.
struct PythonDictParser {
    let file: String
    let text: [UInt8]
    /// The offset of `text` in the file.
    let start: UInt64
    private var index = 0

    init(file: String, text: [UInt8], start: UInt64) {
        self.file = file
        self.text = text
        self.start = start
    }

    /// The entries in their order. After the dictionary only the padding is allowed: spaces and one newline at the end.
    mutating func parse() throws(SourceError) -> [(key: String, value: PythonLiteral)] {
        var entries: [(key: String, value: PythonLiteral)] = []
        try expect("{")
        while !take("}") {
            let key = try string()
            try expect(":")
            let value = try value()
            entries.append((key, value))
            if !take(",") {
                try expect("}")
                break
            }
        }
        if peek == UInt8(ascii: "\n") { index += 1 }
        guard index == text.count else { throw unexpected("the end of the header") }
        return entries
    }

    private mutating func value() throws(SourceError) -> PythonLiteral {
        switch peek {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "("): return try tuple()
        case UInt8(ascii: "["): return try list()
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .integer(try integer())
        default:
            if take("True") { return .boolean(true) }
            if take("False") { return .boolean(false) }
            throw unexpected("a string, a boolean or a tuple")
        }
    }

    private mutating func tuple() throws(SourceError) -> PythonLiteral {
        var elements: [PythonLiteral] = []
        try expect("(")
        while !take(")") {
            _ = peek
            elements.append(.integer(try integer()))
            if !take(",") {
                // In Python "(5)" is a number; only "(5,)" is a tuple of one.
                guard elements.count > 1 else { throw unexpected("a comma") }
                try expect(")")
                break
            }
        }
        return .tuple(elements)
    }

    private mutating func list() throws(SourceError) -> PythonLiteral {
        var depth = 0
        repeat {
            guard let byte = peek else { throw unexpected("a closing bracket") }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "["): (depth, index) = (depth + 1, index + 1)
            case UInt8(ascii: "]"): (depth, index) = (depth - 1, index + 1)
            default: index += 1
            }
        } while depth > 0
        return .list
    }

    private mutating func integer() throws(SourceError) -> UInt64 {
        var value: UInt64 = 0
        let first = index
        while index < text.count, text[index] >= UInt8(ascii: "0"), text[index] <= UInt8(ascii: "9") {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(text[index] - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw unexpected("a number below 2^64") }
            value = sum
            index += 1
        }
        guard index > first else { throw unexpected("a number") }
        return value
    }

    private mutating func string() throws(SourceError) -> String {
        guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw unexpected("a string")
        }
        let first = index + 1
        var end = first
        while end < text.count, text[end] != quote, text[end] != UInt8(ascii: "\\"), text[end] >= 0x20 { end += 1 }
        index = end
        guard end < text.count, text[end] == quote else { throw unexpected("a closing quotation mark") }
        index = end + 1
        return String(decoding: text[first..<end], as: UTF8.self)
    }

    /// The next byte that is not a space.
    private var peek: UInt8? {
        mutating get {
            while index < text.count, text[index] == UInt8(ascii: " ") { index += 1 }
            return index < text.count ? text[index] : nil
        }
    }

    private mutating func take(_ token: StaticString) -> Bool {
        _ = peek
        let token = Array("\(token)".utf8)
        guard text[index...].starts(with: token) else { return false }
        index += token.count
        return true
    }

    private mutating func expect(_ token: StaticString) throws(SourceError) {
        guard take(token) else { throw unexpected("\(token)") }
    }

    private func unexpected(_ expected: String) -> SourceError {
        let found = index < text.count ? Shown.bytes(text.span.extracting(index...), limit: 16) : "the end"
        return .badHeader(
            file: file, field: "header", offset: start + UInt64(index), found: found, expected: expected)
    }
}
