public import EmbFormat

/// The arguments of a feature, taken one by one, and how they are spelled canonically (Formats/container.md, "Feature entry").
public struct FeatureArguments {
    private let text: String
    private var arguments: StageArguments
    private var spelled: [ArgumentSyntax] = []

    public init(_ text: String) throws(FormatError) {
        self.text = text
        do throws(ExpressionError) {
            let stages = try ExpressionParser.parse(text.isEmpty ? "feature" : "feature(\(text))")
            guard stages.count == 1 else { throw ExpressionError(.badArgument, "stages among arguments") }
            arguments = StageArguments(stages[0])
        } catch {
            throw error.refusal(of: "arguments of a feature")
        }
    }

    public mutating func integer(_ label: String, in range: ClosedRange<UInt64>) throws(FormatError) -> UInt64? {
        do throws(ExpressionError) { return try arguments.integer(label, in: range) } catch {
            throw error.refusal(of: "arguments of a feature")
        }
    }

    public mutating func word(_ label: String, _ words: [String]) throws(FormatError) -> String? {
        do throws(ExpressionError) { return try arguments.word(label, words) } catch {
            throw error.refusal(of: "arguments of a feature")
        }
    }

    public mutating func integers(_ label: String, in range: ClosedRange<UInt64>) throws(FormatError) -> [UInt64]? {
        do throws(ExpressionError) { return try arguments.integers(label, in: range) } catch {
            throw error.refusal(of: "arguments of a feature")
        }
    }

    /// Adds an integer to the canonical spelling, unless it is the default.
    public mutating func spell(_ label: String, _ value: UInt64, default: UInt64?) {
        if value != `default` { spelled.append(ArgumentSyntax(label, "\(value)")) }
    }

    public mutating func spell(_ label: String, _ word: String) { spelled.append(ArgumentSyntax(label, word)) }

    /// Fails if arguments are left over, or are not spelled as those taken would be.
    public func finish() throws(FormatError) {
        do throws(ExpressionError) { try arguments.finish() } catch {
            throw error.refusal(of: "arguments of a feature")
        }
        let canonical = spelled.map(\.description).joined(separator: ", ")
        guard canonical == text else { throw refused(text, expected: "the spelling \"\(canonical)\"") }
    }

    public func refused(_ found: String, expected: String) -> FormatError {
        FormatError(.badExpression, "arguments of a feature", found: "\"\(found)\"", expected: expected)
    }
}

extension FeatureArguments {
    /// The argument `dims` of any feature, and what is left for the index (Formats/container.md, "Feature entry").
    public static func splitDims(_ arguments: String) throws(FormatError) -> (dims: Int?, rest: String) {
        guard arguments.hasPrefix("dims=") else { return (nil, arguments) }
        let digits = arguments.dropFirst("dims=".count).prefix { $0.isASCII && $0.isNumber }
        let rest = arguments.dropFirst("dims=".count + digits.count)
        guard let dims = Int(digits), dims > 0, "\(dims)" == digits, rest.isEmpty || rest.hasPrefix(", ") else {
            throw FormatError(
                .badExpression, "arguments of a feature", found: "\"\(arguments)\"",
                expected: "dims=k in plain digits, 1 or more")
        }
        return (dims, String(rest.dropFirst(2)))
    }
}
