internal import EmbFormat
internal import EmbKernels

/// Scores blocks of 32 rows of 4-bit codes, whose tables are shuffled bytes (Formats/codecs/pq.md, "Fast scans").
struct FastScanScorer: RowScorer {
    /// As many bytes add up to less than 2^16.
    static let mostBooks = 256

    private let reader: CodedReader
    private let metric: Metric
    private let tables: [ByteTables]
    /// Of the squared lengths, for `cosine`.
    private let squares: ByteTables?

    init(_ reader: CodedReader, _ tables: CodewordTables, queries: Int) {
        self.reader = reader
        metric = tables.metric
        self.tables = (0..<queries).map { ByteTables(tables.table($0)) }
        squares = metric == .cosine ? ByteTables(tables.squares.span) : nil
    }

    var blockRows: Int { 32 }
    private var blockBytes: Int { 16 * reader.format.books }

    func score(
        _ rows: Range<Int>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        precondition(rows.lowerBound % 32 == 0)
        let (first, count) = (rows.lowerBound / 32, (rows.count + 31) / 32)
        if let bytes = reader.rows.inPlace {
            let blocks = bytes.extracting(droppingFirst: first * blockBytes)
            return scan(blocks, count, queries, &out, outStride, workspace)
        }
        var copies = takeStaging(count, workspace)
        defer { workspace.staging = copies }
        for i in 0..<count {
            try reader.rows.withBytes(at: UInt64((first + i) * blockBytes), count: blockBytes) { block in
                for b in 0..<blockBytes { copies[i * blockBytes + b] = block.byte(b) }
            }
        }
        unsafe scan(copies.span.bytes, count, queries, &out, outStride, workspace)
    }

    func score(
        _ list: Span<UInt32>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        var block = takeStaging(1, workspace)
        var scores = workspace.takeNumbers(32 * queries.count)
        defer {
            workspace.staging = block
            workspace.give(back: scores)
        }
        for first in stride(from: 0, to: list.count, by: 32) {
            let rows = list.extracting(first..<min(first + 32, list.count))
            try collect(rows, into: &block)
            var span = scores.mutableSpan
            unsafe scan(block.span.bytes, 1, queries, &span, 32, workspace)
            for q in 0..<queries.count {
                for i in rows.indices { out[q * outStride + first + i] = scores[32 * q + i] }
            }
        }
    }

    private func takeStaging(_ blocks: Int, _ workspace: Workspace) -> [UInt8] {
        let memory = workspace.staging
        workspace.staging = []
        let needed = blocks * blockBytes + StoredRows.slack
        return memory.count >= needed ? memory : [UInt8](repeating: 0, count: needed)
    }

    /// Puts up to 32 rows together in a block of their own.
    private func collect(_ rows: Span<UInt32>, into block: inout [UInt8]) throws(FormatError) {
        for b in 0..<blockBytes { block[b] = 0 }
        for i in rows.indices {
            let row = Int(rows[i])
            try reader.rows.withBytes(at: UInt64(row / 32 * blockBytes), count: blockBytes) { source in
                for b in stride(from: 0, to: blockBytes, by: 16) {
                    let code = source.byte(b + row % 16) >> (row % 32 < 16 ? 0 : 4) & 15
                    block[b + i % 16] |= i < 16 ? code : code << 4
                }
            }
        }
    }

    private func scan(
        _ blocks: RawSpan, _ count: Int, _ queries: Range<Int>, _ out: inout MutableSpan<Float>, _ outStride: Int,
        _ workspace: Workspace
    ) {
        for q in queries {
            let start = (q - queries.lowerBound) * outStride
            var part = out._mutatingExtracting(start..<start + 32 * count)
            tables[q].scan(blocks, count: count, floored: metric == .l2, into: &part, reader.kernels)
        }
        guard let squares else { return }
        var numbers = workspace.takeNumbers(32 * count)
        var span = numbers.mutableSpan
        squares.scan(blocks, count: count, floored: false, into: &span, reader.kernels)
        out.divideByRoots(of: numbers, count: 32 * count, queries: queries.count, stride: outStride)
        workspace.give(back: numbers)
    }
}
