internal import EmbCodecs

/// What a call of a `FeatureBatch` asks for, checked.
struct BatchRequest: ~Escapable {
    let ids: IDs
    /// Nil for one id per feature and sample.
    let bags: BagLayout?
    let weights: Span<Float>?
    let samples: Int

    @_lifetime(copy ids)
    init(_ ids: IDs, samples: Int) {
        self.ids = ids
        bags = nil
        weights = nil
        self.samples = samples
    }

    @_lifetime(copy ids, copy bags, copy weights)
    init(_ ids: IDs, _ bags: BagLayout, _ weights: Span<Float>?, samples: Int) {
        self.ids = ids
        self.bags = bags
        self.weights = weights
        self.samples = samples
    }

    /// Ids of feature `number` in samples `range`.
    func idCount(_ number: Int, _ range: Range<Int>) -> Int {
        guard let bags else { return range.count }
        return bags.idCount(number * samples + range.lowerBound..<number * samples + range.upperBound)
    }
}

extension BagLayout {
    /// Ids in bags `range` of a checked layout.
    func idCount(_ range: Range<Int>) -> Int {
        switch self {
        case .offsets32(let offsets): return Int(offsets[range.upperBound] &- offsets[range.lowerBound])
        case .offsets64(let offsets): return Int(offsets[range.upperBound] &- offsets[range.lowerBound])
        case .lengths32(let lengths): return Self.sum(lengths.extracting(range))
        case .lengths64(let lengths): return Self.sum(lengths.extracting(range))
        }
    }

    private static func sum<T: FixedWidthInteger>(_ lengths: Span<T>) -> Int {
        var sum = 0
        for i in lengths.indices { sum &+= Int(truncatingIfNeeded: lengths[i]) }
        return sum
    }

    /// How many bags from `first` on, at most up to `end`, fit `room` ids. Writes the ends of those, counted from 0.
    func fit(_ first: Int, _ end: Int, room: Int, into ends: inout MutableSpan<UInt32>) -> (bags: Int, ids: Int) {
        switch self {
        case .offsets32(let offsets): Self.fit(offsets: offsets.extracting(first..<end + 1), room, &ends)
        case .offsets64(let offsets): Self.fit(offsets: offsets.extracting(first..<end + 1), room, &ends)
        case .lengths32(let lengths): Self.fit(lengths.extracting(first..<end), room, &ends)
        case .lengths64(let lengths): Self.fit(lengths.extracting(first..<end), room, &ends)
        }
    }

    private static func fit<T: FixedWidthInteger>(
        _ lengths: Span<T>, _ room: Int, _ ends: inout MutableSpan<UInt32>
    ) -> (bags: Int, ids: Int) {
        var ids = 0
        for b in lengths.indices {
            let end = ids &+ Int(truncatingIfNeeded: lengths[b])
            guard end <= room else { return (b, ids) }
            ends[b] = UInt32(truncatingIfNeeded: end)
            ids = end
        }
        return (lengths.count, ids)
    }

    private static func fit<T: FixedWidthInteger>(
        offsets: Span<T>, _ room: Int, _ ends: inout MutableSpan<UInt32>
    ) -> (bags: Int, ids: Int) {
        var ids = 0
        let start = offsets[0]
        for b in 1..<offsets.count {
            let end = Int(truncatingIfNeeded: offsets[b] &- start)
            guard end <= room else { return (b - 1, ids) }
            ends[b - 1] = UInt32(truncatingIfNeeded: end)
            ids = end
        }
        return (offsets.count - 1, ids)
    }

    /// Bags `range` of a layout that has been checked. Their offsets need not begin at 0.
    @_lifetime(copy self)
    func extracting(_ range: Range<Int>) -> BagLayout {
        switch self {
        case .offsets32(let offsets): .offsets32(offsets.extracting(range.lowerBound..<range.upperBound + 1))
        case .offsets64(let offsets): .offsets64(offsets.extracting(range.lowerBound..<range.upperBound + 1))
        case .lengths32(let lengths): .lengths32(lengths.extracting(range))
        case .lengths64(let lengths): .lengths64(lengths.extracting(range))
        }
    }
}

extension LookupError {
    /// The same with positions of ids counted from `offset` ids earlier.
    func moved(by offset: Int) -> LookupError {
        guard case .missingID(let table, let position, let id) = self else { return self }
        return .missingID(table: table, position: position + offset, id: id)
    }
}
