public import EmbFormat

/// Why an expression makes no sense.
public struct ExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable {
        case syntax, unknownStage, badArgument, badOrder, badDims
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The same as a refusal of a file's table.
    public func refusal(of field: String) -> FormatError {
        FormatError(
            kind == .unknownStage ? .unknownStage : .badExpression, field, found: description,
            expected: "an expression this reader knows")
    }
}
