internal import EmbFormat
public import EmbIO

/// Pages of a file that will be read soon: collected row by row, asked for in runs.
public struct PageList {
    private static let pageBytes: UInt64 = 4096
    private var pages: [UInt64] = []

    public init() {}

    public var isEmpty: Bool { pages.isEmpty }

    /// Adds the pages that hold bytes `range` of the file.
    mutating func add(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        for page in range.lowerBound / Self.pageBytes...(range.upperBound - 1) / Self.pageBytes { pages.append(page) }
    }

    /// Asks for all pages, each once, runs of neighbours together, and forgets them. Returns how many bytes they are.
    public mutating func request(from mapping: Mapping) -> Int {
        pages.sort()
        var (total, place) = (0, 0)
        while place < pages.count {
            let first = pages[place]
            var end = first
            while place < pages.count, pages[place] <= end {
                end = pages[place] + 1
                place += 1
            }
            mapping.willNeed(Int(first * Self.pageBytes)..<Int(end * Self.pageBytes))
            total += Int((end - first) * Self.pageBytes)
        }
        pages.removeAll(keepingCapacity: true)
        return total
    }
}

extension Column {
    /// Adds the pages of rows of a column that is read in place: `count` bytes from `first` on, `stride` apart.
    func list(_ rows: Span<UInt32>, stride: Int, count: Int, _ pages: inout PageList) {
        guard inPlace != nil else { return }
        for i in rows.indices where rows[i] != UInt32.max {
            let start = entry.offset + UInt64(rows[i]) * UInt64(stride)
            pages.add(start..<start + UInt64(count))
        }
    }
}
