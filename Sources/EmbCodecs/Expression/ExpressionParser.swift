internal import EmbFormat

/// Reads the grammar of Formats/expression.md. Knows no stage.
public struct ExpressionParser {
    private static let maxDepth = 8
    private static let maxStages = 64

    private let text: [UInt8]
    private var position = 0
    private var stageCount = 0

    /// The stages of `text`, in the order written.
    public static func parse(_ text: String) throws(ExpressionError) -> [StageSyntax] {
        guard text.utf8.count <= FormatLimits.expressionBytes else {
            throw ExpressionError(
                .syntax,
                "an expression of \(text.utf8.count) bytes; at most \(FormatLimits.expressionBytes) are allowed")
        }
        var parser = ExpressionParser(text: Array(text.utf8))
        let stages = try parser.expression(depth: 1)
        guard parser.next == nil else { throw parser.unexpected("\"|\" or the end") }
        return stages
    }

    private init(text: [UInt8]) { self.text = text }

    private mutating func expression(depth: Int) throws(ExpressionError) -> [StageSyntax] {
        guard depth <= Self.maxDepth else {
            throw ExpressionError(.syntax, "stages nested deeper than \(Self.maxDepth)")
        }
        var stages = [try stage(depth: depth)]
        while take("|") { stages.append(try stage(depth: depth)) }
        return stages
    }

    private mutating func stage(depth: Int) throws(ExpressionError) -> StageSyntax {
        stageCount += 1
        guard stageCount <= Self.maxStages else {
            throw ExpressionError(.syntax, "more than \(Self.maxStages) stages")
        }
        let name = try word("the name of a stage")
        guard let first = name.utf8.first, Self.isLetter(first), name.utf8.allSatisfy(Self.isLetterOrDigit) else {
            throw ExpressionError(.syntax, "\"\(name)\" is not the name of a stage")
        }
        var arguments: [ArgumentSyntax] = []
        if take("(") {
            if take(")") { return StageSyntax(name) }
            repeat { arguments.append(try argument(depth: depth)) } while take(",")
            guard take(")") else { throw unexpected("\",\" or \")\"") }
        }
        return StageSyntax(name, arguments)
    }

    private mutating func argument(depth: Int) throws(ExpressionError) -> ArgumentSyntax {
        let first = try word("an argument")
        if take("=") { return ArgumentSyntax(first, try word("a value")) }
        if take(":") { return ArgumentSyntax(first, try expression(depth: depth + 1)) }
        return ArgumentSyntax(first)
    }

    private mutating func word(_ what: String) throws(ExpressionError) -> String {
        skipSpaces()
        let start = position
        while position < text.count, Self.isWord(text[position]) { position += 1 }
        guard position > start else { throw unexpected(what) }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    /// The next byte that is not a space.
    private var next: UInt8? { text[position...].first { $0 != UInt8(ascii: " ") } }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        skipSpaces()
        position += 1
        return true
    }

    private mutating func skipSpaces() {
        while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
    }

    private func unexpected(_ expected: String) -> ExpressionError {
        let rest = text[position...].drop { $0 == UInt8(ascii: " ") }
        let found = String(decoding: rest, as: UTF8.self).first.map { "\"\($0)\"" } ?? "the end"
        let whole = String(decoding: text, as: UTF8.self)
        return ExpressionError(.syntax, "expected \(expected), found \(found) at byte \(position) of \"\(whole)\"")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "._%+-".utf8.contains(byte)
    }
}
