internal import EmbCodecs

/// Rows that stages are fitted to.
struct FitSample: Sendable {
    /// Rows of `dim` numbers, one after the other.
    var values: [Float]
    var dim: Int
    /// How much each row counts: how often it is asked for, or 1.
    var weights: [Float]
    /// The stored row that each one is, ascending.
    var positions: [UInt64]

    var count: Int { weights.count }

    /// Rows that a sample has at most: all of a table that has no more, and never more than 256 MiB unless the least number
    /// of rows takes them.
    static func rowLimit(dim: Int) -> UInt64 { min(1 << 18, max(1 << 16, UInt64(1 << 26) / UInt64(dim))) }

    /// Each row cut into `parts` rows, for stages that store the parts apart.
    func split(into parts: Int) -> FitSample {
        guard parts > 1 else { return self }
        var split = self
        split.dim = dim / parts
        split.weights = weights.flatMap { repeatElement($0, count: parts) }
        split.positions = positions.flatMap { repeatElement($0, count: parts) }
        return split
    }
}

/// Draws rows from a stream of known length, each as likely as any other: the same rows every time.
struct SampleDraw {
    private let rowCount: UInt64
    private let limit: UInt64
    private var row: UInt64 = 0
    private var drawn: UInt64 = 0

    init(rowCount: UInt64, limit: UInt64) {
        self.rowCount = rowCount
        self.limit = limit
    }

    /// Whether the next row is one of the sample (Knuth's algorithm S).
    mutating func takesNext() -> Bool {
        let left = rowCount - min(row, rowCount)
        let takes = KeyHash.reduce(KeyHash.mix(row &+ 0x9e37_79b9_7f4a_7c15), left) < limit - drawn
        row += 1
        if takes { drawn += 1 }
        return takes && left > 0
    }
}
