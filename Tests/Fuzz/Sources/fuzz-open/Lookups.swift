internal import EmbCodecs
internal import EmbFormat
internal import EmbStore

/// Every way to look into one table, with ids that are there, at the edge, and not there.
struct Lookups {
    private let table: EmbeddingTable
    private let signed: [Int64]
    private let unsigned: [UInt64]
    private let strings: [String]
    private let dims: Set<Int>
    /// More of wide rows shows nothing new and takes long.
    private let isWide: Bool

    init(_ table: EmbeddingTable) {
        self.table = table
        let last = Int64(clamping: table.idCount) - 1
        let stored = Self.storedKeys(table)
        let numbers = stored.compactMap { UInt64($0) }
        unsigned = numbers + [0, 1, UInt64.max]
        signed = numbers.map { Int64(bitPattern: $0) } + [0, last, last + 1, -1, .max, .min, 0]
        strings = stored + ["", "0", "missing"]
        isWide = table.dim * table.composition.stages.count > 1 << 12
        dims = isWide ? [table.dim] : [1, (table.dim + 1) / 2, table.dim]
    }

    /// Keys of a keyed table that should be found.
    private static func storedKeys(_ table: EmbeddingTable) -> [String] {
        guard let reader = table.index as? KeyedReader, table.rowCount > 0 else { return [] }
        let rows = Set([0, table.rowCount / 2, table.rowCount - 1])
        return rows.sorted().compactMap { try? reader.keyText(of: UInt32($0)) }
    }

    func run() {
        for policy in isWide ? [.hashed] : [nil] + MissingPolicy.allCases {
            lookUp(.int64(signed.span), policy)
            lookUp(.uint64(unsigned.span), policy)
            lookUp(.strings(strings.span), policy)
        }
        let narrow = signed.map { Int32(truncatingIfNeeded: $0) }
        lookUp(.int32(narrow.span), .zero)
        lookUpRawStrings()
        if table.dim <= 64 { poolOverTiles() }
    }

    private func lookUp(_ ids: IDs, _ policy: MissingPolicy?) {
        for dims in dims {
            attempt { () throws(LookupError) in try gather(ids, dims, policy) }
            for mode in PoolMode.allCases {
                attempt { () throws(LookupError) in try pool(ids, mode, dims, policy) }
            }
        }
    }

    /// Errors are answers; reading them must not fail either.
    private func attempt(_ lookup: () throws(LookupError) -> Void) {
        do throws(LookupError) { try lookup() } catch { _ = error.description }
    }

    /// The first numbers of a row are the same, however many are asked for.
    private func gather(_ ids: IDs, _ dims: Int, _ policy: MissingPolicy?) throws(LookupError) {
        let some = try table.gather(ids, dims: dims, missing: policy)
        let all = try table.gather(ids, missing: policy)
        for i in 0..<ids.count {
            for j in 0..<dims {
                let (a, b) = (some[i * dims + j], all[i * table.dim + j])
                precondition(a.bitPattern == b.bitPattern || a.isNaN && b.isNaN, "row \(i), column \(j): \(a), \(b)")
            }
        }
        var halves = [Float16](repeating: 0, count: ids.count * dims)
        var span = halves.mutableSpan
        try table.gather(ids, into: &span, dims: dims, missing: policy)
    }

    private func pool(_ ids: IDs, _ mode: PoolMode, _ dims: Int, _ policy: MissingPolicy?) throws(LookupError) {
        let count = Int32(ids.count)
        let lengths = [0, count / 2, 0, count - count / 2]
        let weights = (0..<ids.count).map { [1, -0.5, 0, .infinity][$0 % 4] as Float }
        var out = [Float](repeating: 0, count: lengths.count * dims)
        var span = out.mutableSpan
        try table.pool(ids, .lengths32(lengths.span), mode, into: &span, dims: dims, missing: policy)
        var rounded = [BFloat16](repeating: BFloat16(bitPattern: 0), count: lengths.count * dims)
        var short = rounded.mutableSpan
        try table.pool(
            ids, .lengths32(lengths.span), weights: weights.span, mode, into: &short, dims: dims, missing: policy)
    }

    /// String ids that are no text.
    private func lookUpRawStrings() {
        let (bytes, offsets): ([UInt8], [UInt64]) = ([0xff, 0, 0x80], [0, 0, 1, 3])
        unsafe lookUp(.byteStrings(ByteStrings(bytes.span.bytes, offsets: offsets.span)), .hashed)
    }

    /// More ids than are worked on in one go, in a bag that spans tiles.
    private func poolOverTiles() {
        let ids = (0..<1300).map { signed[$0 % signed.count] }
        let offsets: [Int64] = [0, 20, 1200, 1300]
        for mode in PoolMode.allCases {
            var out = [Float](repeating: 0, count: 3 * table.dim)
            attempt { () throws(LookupError) in
                var span = out.mutableSpan
                try table.pool(.int64(ids.span), .offsets64(offsets.span), mode, into: &span, missing: .zero)
            }
        }
    }
}
