/// A number with a point, in canonical spelling: `0.25`, `12`, `0` (Formats/expression.md, "Numbers").
public struct Decimal: Sendable, Hashable {
    public let text: String
    /// The binary64 nearest to it.
    public let value: Double
    /// The number times 10^9: exact.
    public let billionths: UInt64

    /// The number that `word` spells; nil if it is no decimal.
    public init?(_ word: String) {
        let parts = word.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = { (part: Substring) in !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) } }
        guard parts.allSatisfy(digits), let whole = UInt64(parts[0]), whole <= 1_000_000_000 else { return nil }
        var fraction = parts.count > 1 ? String(parts[1]) : ""
        guard fraction.utf8.count <= 9 else { return nil }
        while fraction.utf8.last == 48 { fraction.removeLast() }
        text = fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
        guard let value = Double(text) else { return nil }
        self.value = value
        let padded = fraction + String(repeating: "0", count: 9 - fraction.utf8.count)
        billionths = whole * 1_000_000_000 + (UInt64(padded) ?? 0)
    }
}

extension StageArguments {
    /// `label=decimal`, in `range`.
    public mutating func decimal(
        _ label: String, in range: ClosedRange<Double>
    ) throws(ExpressionError) -> Decimal? {
        guard let word = text(label) else { return nil }
        guard let decimal = Decimal(word), range.contains(decimal.value) else {
            throw refused("\(label) is \"\(word)\", expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return decimal
    }
}
