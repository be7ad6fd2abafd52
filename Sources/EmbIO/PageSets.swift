/// Places for pages, a few for each set of page numbers.
struct PageSets: ~Copyable, Sendable {
    private enum Mark: UInt8 {
        case empty
        /// Read from the file before a row asked for it.
        case ahead
        case idle
        /// Copied from since the hand last passed.
        case used
    }

    private let ways: Int
    private var memory: Pages
    private var pages: [UInt64]
    private var marks: [Mark]
    /// Per set, the place that is looked at next when one is needed.
    private var hands: [UInt8]
    private(set) var held = 0
    private(set) var reads: UInt64 = 0
    private(set) var hits: UInt64 = 0

    init(sets: Int, ways: Int, for path: String) throws(IOError) {
        self.ways = ways
        memory = try Pages(zeroed: sets * ways * PageReader.pageBytes, for: path)
        pages = [UInt64](repeating: 0, count: sets * ways)
        marks = [Mark](repeating: .empty, count: sets * ways)
        hands = [UInt8](repeating: 0, count: sets)
    }

    func holds(_ page: UInt64, _ set: Int) -> Bool { place(of: page, set) != nil }

    /// Copies bytes `range` of a page, if it is here.
    mutating func copy(_ page: UInt64, _ set: Int, _ range: Range<Int>, to target: UnsafeMutableRawPointer) -> Bool {
        guard let place = place(of: page, set) else { return false }
        // Brought for this row: no hit.
        if marks[place] != .ahead { hits += 1 }
        marks[place] = .used
        unsafe memory.withMutableStart { start in
            let source = unsafe start + place * PageReader.pageBytes + range.lowerBound
            unsafe target.copyMemory(from: source, byteCount: range.count)
        }
        return true
    }

    /// Keeps a page that was read.
    mutating func insert(_ page: UInt64, _ set: Int, _ bytes: UnsafeRawPointer, isAhead: Bool) {
        reads += 1
        // Another thread may have been faster.
        guard place(of: page, set) == nil else { return }
        let place = makeRoom(set)
        if marks[place] == .empty { held += 1 }
        pages[place] = page
        marks[place] = isAhead ? .ahead : .used
        unsafe memory.withMutableStart { start in
            unsafe (start + place * PageReader.pageBytes).copyMemory(from: bytes, byteCount: PageReader.pageBytes)
        }
    }

    private func place(of page: UInt64, _ set: Int) -> Int? {
        for place in set * ways..<(set + 1) * ways where pages[place] == page && marks[place] != .empty { return place }
        return nil
    }

    /// A place of the set: an empty one, or that of the first page that was not used since the hand last passed.
    private mutating func makeRoom(_ set: Int) -> Int {
        while true {
            let place = set * ways + Int(hands[set])
            hands[set] = hands[set] + 1 == UInt8(ways) ? 0 : hands[set] + 1
            switch marks[place] {
            case .empty, .idle: return place
            case .ahead, .used: marks[place] = .idle
            }
        }
    }
}
