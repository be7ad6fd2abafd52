/// A stage as written: `hashed(rows=1M, probes=2)` (Formats/expression.md).
public struct StageSyntax: Sendable, Equatable {
    public var name: String
    public var arguments: [ArgumentSyntax]

    public init(_ name: String, _ arguments: [ArgumentSyntax] = []) {
        self.name = name
        self.arguments = arguments
    }
}

/// `word`, `label=word` or `label: expression`.
public struct ArgumentSyntax: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case word(String)
        case expression([StageSyntax])
    }

    public var label: String?
    public var value: Value

    public init(_ word: String) {
        self.label = nil
        self.value = .word(word)
    }

    public init(_ label: String, _ word: String) {
        self.label = label
        self.value = .word(word)
    }

    public init(_ label: String, _ stages: [StageSyntax]) {
        self.label = label
        self.value = .expression(stages)
    }
}

extension StageSyntax: CustomStringConvertible {
    public var description: String {
        arguments.isEmpty ? name : "\(name)(\(arguments.map(\.description).joined(separator: ", ")))"
    }

    /// The canonical spelling of stages in a row.
    public static func spell(_ stages: [StageSyntax]) -> String {
        stages.map(\.description).joined(separator: " | ")
    }
}

extension ArgumentSyntax: CustomStringConvertible {
    public var description: String {
        switch (label, value) {
        case (nil, .word(let word)): word
        case (let label?, .word(let word)): "\(label)=\(word)"
        case (let label, .expression(let stages)): "\(label ?? ""): \(StageSyntax.spell(stages))"
        }
    }
}
