internal import EmbFormat

/// The arguments of one stage, taken one by one while the stage is made. What is left over at the end is an error that
/// lists what the stage would have understood.
public struct StageArguments {
    private let stage: String
    private var left: [ArgumentSyntax]
    private var known: [String] = []
    private let registry: Registry

    /// - Parameter registry: The stages that nested expressions may name.
    public init(_ syntax: StageSyntax, registry: Registry = .builtin) {
        stage = syntax.name
        left = syntax.arguments
        self.registry = registry
    }

    /// A bare word that is there or not: `symmetric`.
    public mutating func flag(_ name: String) -> Bool {
        known.append("\"\(name)\"")
        guard let place = left.firstIndex(of: ArgumentSyntax(name)) else { return false }
        left.remove(at: place)
        return true
    }

    /// One of several bare words: `u64`, `string`. Nil if none is there.
    public mutating func choice(_ names: [String]) -> String? {
        names.first { flag($0) }
    }

    /// `label=word`, the word one of `words`.
    public mutating func word(_ label: String, _ words: [String]) throws(ExpressionError) -> String? {
        guard let word = take(label) else { return nil }
        guard words.contains(word) else {
            throw ExpressionError(
                .badArgument, "\(stage): \(label) is \"\(word)\", expected \(words.joined(separator: ", "))")
        }
        return word
    }

    /// `label=integer`, in `range`.
    public mutating func integer(
        _ label: String, in range: ClosedRange<UInt64>
    ) throws(ExpressionError) -> UInt64? {
        guard let word = take(label) else { return nil }
        guard let value = Self.integer(word), range.contains(value) else {
            throw ExpressionError(
                .badArgument,
                "\(stage): \(label) is \"\(word)\", expected a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// `block=16`, 32, 64 or 128: numbers that share a scale; nil if there is none.
    mutating func block() throws(ExpressionError) -> Int? {
        try word("block", ["16", "32", "64", "128"]).flatMap { Int($0) }
    }

    /// `label=1-2-3`: integers in `range` without suffixes or leading zeros.
    public mutating func integers(
        _ label: String, in range: ClosedRange<UInt64>, separator: Character = "-"
    ) throws(ExpressionError) -> [UInt64]? {
        guard let word = take(label) else { return nil }
        var values: [UInt64] = []
        for part in word.split(separator: separator, omittingEmptySubsequences: false) {
            guard let value = UInt64(part), "\(value)" == part, range.contains(value) else {
                throw ExpressionError(
                    .badArgument,
                    "\(stage): \(label) is \"\(word)\", expected whole numbers from \(range.lowerBound) to "
                        + "\(range.upperBound) joined by \"\(separator)\"")
            }
            values.append(value)
        }
        return values
    }

    /// A bare integer in `range`, which must be there; `name` stands for it in messages.
    public mutating func number(_ name: String, in range: ClosedRange<UInt64>) throws(ExpressionError) -> UInt64 {
        let word = bareWord(name) ?? ""
        guard let value = Self.integer(word), range.contains(value) else {
            throw refused(
                "\"\(word)\" for \(name), expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A bare word, which must be there: `16x8`, two integers without suffixes or leading zeros, the second one of `second`.
    public mutating func product(_ name: String, second: [Int]) throws(ExpressionError) -> (Int, Int) {
        let word = bareWord(name) ?? ""
        let parts = word.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let m = parts[0], let b = parts[1], word == "\(m)x\(b)",
            (1...Int(FormatLimits.dim)).contains(m), second.contains(b)
        else {
            let choices = second.map { "\($0)" }.joined(separator: " or ")
            throw refused("\"\(word)\" for \(name), expected 1 to \(FormatLimits.dim), \"x\", and \(choices)")
        }
        return (m, b)
    }

    /// `label=word`, whatever the word.
    public mutating func text(_ label: String) -> String? { take(label) }

    /// The first word without a label.
    private mutating func bareWord(_ name: String) -> String? {
        known.append(name)
        for (place, argument) in left.enumerated() where argument.label == nil {
            if case .word(let word) = argument.value {
                left.remove(at: place)
                return word
            }
        }
        return nil
    }

    /// `seed=integer`, which may be hexadecimal; 0 if there is none.
    public mutating func seed() throws(ExpressionError) -> UInt64 {
        let word = left.first { $0.label == "seed" }?.value
        if case .word(let text) = word, text.hasPrefix("0x"), text.dropFirst(2).allSatisfy(\.isHexDigit),
            let value = UInt64(text.dropFirst(2), radix: 16)
        {
            _ = take("seed")
            return value
        }
        return try integer("seed", in: 0...UInt64.max) ?? 0
    }

    /// Every `label: expression`, in the order written: transforms and a row codec each.
    public mutating func compositions() throws(ExpressionError) -> [(label: String, composition: Composition)] {
        known.append("\"LABEL: EXPRESSION\"")
        var taken: [(label: String, composition: Composition)] = []
        for argument in left {
            guard let label = argument.label, case .expression(let stages) = argument.value else { continue }
            let composition = try Composition(stages, registry: registry)
            guard composition.rowStages.count == stages.count else {
                throw ExpressionError(
                    .badOrder, "\(stage): \"\(argument)\" names an indexer or a row map; rows are found already")
            }
            taken.append((label, composition))
        }
        left.removeAll { if case .expression = $0.value { true } else { false } }
        return taken
    }

    /// A refusal of one of the arguments, for checks that only the stage can make.
    public func refused(_ reason: String) -> ExpressionError { ExpressionError(.badArgument, "\(stage): \(reason)") }

    /// Fails if arguments are left over.
    public func finish() throws(ExpressionError) {
        guard let stranger = left.first else { return }
        let takes = known.isEmpty ? "it takes none" : "it takes \(known.joined(separator: ", "))"
        throw ExpressionError(.badArgument, "\(stage) has no argument \"\(stranger)\"; \(takes)")
    }

    public func missing(_ label: String) -> ExpressionError {
        ExpressionError(.badArgument, "\(stage) needs \"\(label)=\"")
    }

    private mutating func take(_ label: String) -> String? {
        known.append("\"\(label)=\"")
        for (place, argument) in left.enumerated() where argument.label == label {
            if case .word(let word) = argument.value {
                left.remove(at: place)
                return word
            }
        }
        return nil
    }

    /// Digits with an optional suffix (Formats/expression.md, "Numbers").
    static func integer(_ word: String) -> UInt64? {
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        let factors: [Substring: UInt64] = [
            "": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30,
        ]
        guard let number = UInt64(digits), let factor = factors[word[digits.endIndex...]] else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : value
    }
}
