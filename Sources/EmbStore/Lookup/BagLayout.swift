/// How the ids of a call fall into bags, borrowed from the caller (Formats/lookup.md, "pool").
public enum BagLayout: ~Escapable {
    /// b + 1 offsets: bag j is ids offsets[j] ..< offsets[j + 1].
    case offsets32(Span<Int32>)
    case offsets64(Span<Int64>)
    /// b lengths, whose sum is the number of ids.
    case lengths32(Span<Int32>)
    case lengths64(Span<Int64>)

    /// How many bags; -1 for offsets that are empty, which nothing allows.
    public var count: Int {
        switch self {
        case .offsets32(let offsets): offsets.count - 1
        case .offsets64(let offsets): offsets.count - 1
        case .lengths32(let lengths): lengths.count
        case .lengths64(let lengths): lengths.count
        }
    }

    /// Ids in bag `j`. The layout has been checked.
    func length(_ j: Int) -> Int {
        switch self {
        case .offsets32(let offsets): Int(offsets[j + 1] &- offsets[j])
        case .offsets64(let offsets): Int(offsets[j + 1] &- offsets[j])
        case .lengths32(let lengths): Int(lengths[j])
        case .lengths64(let lengths): Int(lengths[j])
        }
    }

    /// Checks that the bags are exactly the ids 0 ..< idCount, one after the other. O(bags).
    func check(table: String, idCount: Int) throws(LookupError) {
        switch self {
        case .offsets32(let offsets): try Self.check(offsets, table, idCount)
        case .offsets64(let offsets): try Self.check(offsets, table, idCount)
        case .lengths32(let lengths): try Self.check(lengths: lengths, table, idCount)
        case .lengths64(let lengths): try Self.check(lengths: lengths, table, idCount)
        }
    }

    private static func check<T: FixedWidthInteger>(
        _ offsets: Span<T>, _ table: String, _ idCount: Int
    ) throws(LookupError) {
        guard !offsets.isEmpty else {
            throw .badOffsets(table: table, position: 0, found: 0, expected: "at least one offset")
        }
        var previous: T = 0
        for j in offsets.indices {
            let offset = offsets[j]
            guard offset >= previous, j > 0 || offset == 0 else {
                throw .badOffsets(
                    table: table, position: j, found: Int(offset), expected: j == 0 ? "0" : "at least \(previous)")
            }
            previous = offset
        }
        guard Int(previous) == idCount else {
            throw .badOffsets(
                table: table, position: offsets.count - 1, found: Int(previous),
                expected: "the number of ids, \(idCount)")
        }
    }

    private static func check<T: FixedWidthInteger>(
        lengths: Span<T>, _ table: String, _ idCount: Int
    ) throws(LookupError) {
        var left = idCount
        for j in lengths.indices {
            guard lengths[j] >= 0, lengths[j] <= left else {
                throw .badOffsets(
                    table: table, position: j, found: Int(lengths[j]),
                    expected: "0 to \(left), what is left of \(idCount) ids")
            }
            left -= Int(lengths[j])
        }
        guard left == 0 else {
            throw .badOffsets(
                table: table, position: max(lengths.count - 1, 0), found: idCount - left,
                expected: "a sum of \(idCount) ids")
        }
    }
}

/// What pooling does with the embeddings of a bag.
public enum PoolMode: String, Sendable, CaseIterable {
    case sum, mean, max
}
