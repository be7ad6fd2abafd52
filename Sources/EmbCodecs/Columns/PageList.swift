internal import EmbFormat
public import EmbIO

/// Pages of a file that will be read soon: collected row by row, asked for in runs.
public struct PageList {
    static let pageBytes = 4096
    private var pages: [UInt64] = []
    /// Bytes of pages that the next ones could not wait for.
    private var askedBytes = 0

    public init() {}

    public var isEmpty: Bool { pages.isEmpty }

    /// Adds the pages that hold bytes `range` of the file.
    mutating func add(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        let bytes = UInt64(Self.pageBytes)
        for page in range.lowerBound / bytes...(range.upperBound - 1) / bytes where pages.last != page {
            pages.append(page)
        }
    }

    /// Asks for pages that tell which ones to add.
    mutating func askAtOnce(_ pages: consuming PageList, from mapping: Mapping) {
        askedBytes += pages.request(from: mapping)
    }

    /// Asks for all pages, each once, and forgets them: runs of neighbours in one request. Of a file that is not mapped it reads
    /// them, as many as may be kept, and waits. Returns how many bytes they are.
    public mutating func request(from mapping: Mapping) -> Int {
        sortOut()
        if mapping.isMapped {
            var first = 0
            for i in pages.indices where i + 1 == pages.count || pages[i + 1] != pages[i] + 1 {
                mapping.willNeed(Int(pages[first]) * Self.pageBytes..<Int(pages[i] + 1) * Self.pageBytes)
                first = i + 1
            }
        } else {
            // Whatever a damaged column made of it: no page beyond the file.
            while let last = pages.last, last >= UInt64((mapping.byteCount + Self.pageBytes - 1) / Self.pageBytes) {
                pages.removeLast()
            }
            mapping.bring(pages.span.extracting(first: min(pages.count, mapping.pageRoom)))
        }
        let total = askedBytes + pages.count * Self.pageBytes
        askedBytes = 0
        pages.removeAll(keepingCapacity: true)
        return total
    }

    /// Puts the pages in order, each once.
    private mutating func sortOut() {
        pages.sort()
        var kept = 0
        for i in pages.indices where kept == 0 || pages[i] != pages[kept - 1] {
            pages[kept] = pages[i]
            kept += 1
        }
        pages.removeLast(pages.count - kept)
    }
}
