public import EmbFormat
public import EmbKernels

/// Looks keys up in buckets. Nothing read from a column is trusted further than its bounds are checked.
public struct KeyedReader: IndexReader {
    enum Keys: Sendable {
        case integers(Column)
        case strings(ends: Column, bytes: Column)
    }

    /// Ids whose lines are asked for together, so that they do not wait for memory one after the other.
    private typealias Run = InlineArray<32, UInt64>

    let buckets: Column
    let keys: Keys
    let rowCount: UInt64
    let salt: UInt64

    var bucketCount: UInt64 { buckets.shape.rowCount }

    public var missesAreOutOfRange: Bool { false }

    public func accepts(_ kind: IDKind) -> Bool {
        switch keys {
        case .integers: kind == .integer
        case .strings: kind == .string
        }
    }

    public func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        var missing = 0
        var hashes = Run(repeating: 0)
        for start in stride(from: 0, to: ids.count, by: hashes.count) {
            let end = min(start + hashes.count, ids.count)
            for i in start..<end { hashes[i - start] = KeyHash.hash(ids.key(i), salt: salt) }
            prefetch(hashes.span.extracting(first: end - start), kernels)
            for i in start..<end {
                let row = try find(ids, i, hashes[i - start])
                if row == RowList.zeroRow { missing += 1 }
                rows[layout.place(i, 0)] = row
            }
        }
        return missing
    }

    /// The row of id `i`, whose key has this hash, or the zero row.
    func find(_ ids: IDs, _ i: Int, _ hash: UInt64) throws(FormatError) -> UInt32 {
        var number = home(hash)
        for _ in 0..<KeyedLayout.maxWalk {
            let bucket = try self.bucket(number)
            for slot in bucket.slots(of: hash) {
                let row = bucket.row(slot)
                if UInt64(row) < rowCount, try holds(row, ids, i) { return row }
            }
            guard bucket.overflowed != 0 else { break }
            number = number + 1 == bucketCount ? 0 : number + 1
        }
        return RowList.zeroRow
    }

    func home(_ hash: UInt64) -> UInt64 { KeyHash.reduce(hash, bucketCount) }

    func bucket(_ number: UInt64) throws(FormatError) -> KeyBucket {
        if let bytes = buckets.inPlace { return KeyBucket(bytes, at: Int(number) * KeyBucket.byteCount) }
        let offset = number * UInt64(KeyBucket.byteCount)
        return try buckets.withBytes(at: offset, count: KeyBucket.byteCount) { KeyBucket($0) }
    }

    /// Whether row `row` has the key of id `i`.
    private func holds(_ row: UInt32, _ ids: IDs, _ i: Int) throws(FormatError) -> Bool {
        switch keys {
        case .integers(let keys): return try keys.integer(UInt64(row)) == ids.key(i)
        case .strings(let ends, let bytes):
            guard let range = try range(of: row, ends, bytes) else { return false }
            let count = Int(range.upperBound - range.lowerBound)
            // Before any byte is read: in a damaged file every fingerprint may match, and keys lie in compressed blocks.
            guard ids.withBytes(i, { $0.byteCount }) == count else { return false }
            return try bytes.withBytes(at: range.lowerBound, count: count) { stored in
                ids.withBytes(i) { $0.equals(stored) }
            }
        }
    }

    /// Where the key of `row` stands in `bytes`; nil if its ends make no sense.
    func range(of row: UInt32, _ ends: Column, _ bytes: Column) throws(FormatError) -> Range<UInt64>? {
        let start = row == 0 ? 0 : try ends.integer(UInt64(row) - 1)
        let end = try ends.integer(UInt64(row))
        guard start <= end, end <= bytes.entry.rawBytes, end - start <= UInt64(KeyedLayout.maxKeyBytes) else {
            return nil
        }
        return start..<end
    }
}

// Columns in place only: blocks are decoded when they are read.
extension KeyedReader {
    /// Asks for what `find` will read of these hashes: home buckets, then the keys of the first row that each shows.
    private func prefetch(_ hashes: Span<UInt64>, _ kernels: Kernels) {
        guard let bytes = buckets.inPlace else { return }
        var places = Run(repeating: 0)
        for i in hashes.indices { places[i] = home(hashes[i]) * UInt64(KeyBucket.byteCount) }
        kernels.prefetch(bytes, at: places.span.extracting(first: hashes.count))
        var found = 0
        for i in hashes.indices {
            let bucket = KeyBucket(bytes, at: Int(places[i]))
            var slots = bucket.slots(of: hashes[i])
            guard let slot = slots.next(), UInt64(bucket.row(slot)) < rowCount else { continue }
            places[found] = UInt64(bucket.row(slot))  // found <= i: that place has been used
            found += 1
        }
        prefetchKeys(&places, found, kernels)
    }

    /// - Parameter places: Rows, `count` of them, overwritten.
    private func prefetchKeys(_ places: inout Run, _ count: Int, _ kernels: Kernels) {
        switch keys {
        case .integers(let keys): prefetch(keys, &places, count, kernels)
        case .strings(let ends, let bytes):
            let rows = places
            prefetch(ends, &places, count, kernels)
            guard ends.inPlace != nil else { return }
            for i in 0..<count {
                let end = (try? ends.integer(rows[i])) ?? 0  // in place: nothing is thrown
                places[i] = end <= bytes.entry.rawBytes ? end : 0
            }
            prefetch(bytes, &places, count, kernels)
        }
    }

    /// Asks for elements `places` of `column`, and turns them into offsets.
    private func prefetch(
        _ column: Column, _ places: inout Run, _ count: Int, _ kernels: Kernels
    ) {
        guard let bytes = column.inPlace else { return }
        for i in 0..<count { places[i] *= UInt64(column.shape.element.byteCount) }
        kernels.prefetch(bytes, at: places.span.extracting(first: count))
    }
}

extension RawSpan {
    /// Whether the bytes are the same.
    func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        let words = byteCount / 8 * 8
        for i in stride(from: 0, to: words, by: 8) {
            let a = unsafe unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)
            let b = unsafe other.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)
            if a != b { return false }
        }
        for i in words..<byteCount {
            let a = unsafe unsafeLoad(fromByteOffset: i, as: UInt8.self)
            let b = unsafe other.unsafeLoad(fromByteOffset: i, as: UInt8.self)
            if a != b { return false }
        }
        return true
    }

    var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}
