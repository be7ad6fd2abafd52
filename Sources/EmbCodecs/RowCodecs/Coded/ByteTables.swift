internal import EmbKernels

/// What 4-bit codewords score, rounded to bytes (Formats/codecs/pq.md, "Fast scans").
struct ByteTables: Sendable {
    private let books: Int
    private let bytes: [UInt8]
    private let scale: Float
    private let base: Float

    /// - Parameter table: 16 numbers a codebook.
    init(_ table: Span<Float>) {
        books = table.count / 16
        var bytes = [UInt8](repeating: 0, count: (books + 3) / 4 * 64)
        let ranges = (0..<books).map { m in
            (16 * m..<16 * m + 16).reduce((low: Float.infinity, high: -Float.infinity)) {
                (min($0.low, table[$1]), max($0.high, table[$1]))
            }
        }
        let widest = ranges.reduce(0) { max($0, $1.high - $1.low) }
        guard widest.isFinite, table.indices.allSatisfy({ table[$0].isFinite }) else {
            (self.bytes, scale, base) = (bytes, .nan, 0)
            return
        }
        let inverse = 1 / (widest / 255)
        let factor = inverse.isFinite ? inverse : 0
        for i in table.indices {
            bytes[i] = UInt8(min(255, ((table[i] - ranges[i / 16].low) * factor).rounded(.toNearestOrEven)))
        }
        self.bytes = bytes
        scale = inverse.isFinite ? widest / 255 : 0
        base = ranges.reduce(0) { $0 + $1.low }
    }

    /// Estimates of `count` blocks of rows, 32 each.
    func scan(_ blocks: RawSpan, count: Int, floored: Bool, into out: inout MutableSpan<Float>, _ kernels: Kernels) {
        kernels.scanBlocks(
            blocks, count: count, books: books, bytes: bytes.span, scale: scale, base: base, floored: floored,
            into: &out)
    }
}
