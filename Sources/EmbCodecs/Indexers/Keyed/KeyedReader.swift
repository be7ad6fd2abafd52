public import EmbFormat
public import EmbKernels

/// Looks keys up in buckets. Nothing read from a column is trusted further than its bounds are checked.
public struct KeyedReader: IndexReader {
    enum Keys: Sendable {
        case integers(Column)
        case strings(ends: Column, bytes: Column)
    }

    let buckets: Column
    let keys: Keys
    let rowCount: UInt64
    let salt: UInt64

    var bucketCount: UInt64 { buckets.shape.rowCount }

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
        for i in 0..<ids.count {
            let row = try find(ids, i)
            if row == RowList.zeroRow { missing += 1 }
            rows[i] = row
        }
        return missing
    }

    /// The row of id `i`, or the zero row.
    private func find(_ ids: IDs, _ i: Int) throws(FormatError) -> UInt32 {
        let key = ids.key(i)
        let hash = KeyHash.hash(key, salt: salt)
        var bucket = KeyHash.reduce(hash, bucketCount)
        for _ in 0..<KeyedLayout.maxWalk {
            let line = try Line(buckets, bucket)
            for slot in 0..<line.used where line.fingerprint(slot) == UInt8(truncatingIfNeeded: hash) {
                let row = line.row(slot)
                if UInt64(row) < rowCount, try holds(row, key, ids, i) { return row }
            }
            guard line.overflowed else { break }
            bucket = bucket + 1 == bucketCount ? 0 : bucket + 1
        }
        return RowList.zeroRow
    }

    /// Whether row `row` has the key of id `i`.
    private func holds(_ row: UInt32, _ key: UInt64, _ ids: IDs, _ i: Int) throws(FormatError) -> Bool {
        switch keys {
        case .integers(let keys): return try keys.integer(UInt64(row)) == key
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

extension KeyedReader {
    /// One bucket, copied out.
    struct Line {
        private let words: InlineArray<16, UInt32>

        init(_ buckets: Column, _ bucket: UInt64) throws(FormatError) {
            words = try buckets.withBytes(at: bucket * UInt64(KeyBucket.byteCount), count: KeyBucket.byteCount) {
                bytes in
                unsafe bytes.unsafeLoadUnaligned(as: InlineArray<16, UInt32>.self)
            }
        }

        func row(_ slot: Int) -> UInt32 { UInt32(littleEndian: words[slot]) }
        func fingerprint(_ slot: Int) -> UInt8 { byte(KeyBucket.fingerprintOffset + slot) }
        var used: Int { min(Int(byte(KeyBucket.usedOffset)), KeyBucket.slots) }
        var overflowed: Bool { byte(KeyBucket.overflowedOffset) != 0 }

        func byte(_ offset: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: UInt32(littleEndian: words[offset / 4]) >> UInt32(offset % 4 * 8))
        }
    }

    func find(key row: UInt32) throws(FormatError) -> UInt32 {
        switch keys {
        case .integers(let keys):
            let key = [try keys.integer(UInt64(row))]
            return try find(.uint64(key.span), 0)
        case .strings(let ends, let bytes):
            guard let range = try range(of: row, ends, bytes) else { return RowList.zeroRow }
            let count = Int(range.upperBound - range.lowerBound)
            let key = try bytes.withBytes(at: range.lowerBound, count: count) { $0.array }
            let offsets = [0, UInt64(key.count)]
            return try unsafe find(.byteStrings(ByteStrings(key.span.bytes, offsets: offsets.span)), 0)
        }
    }

    /// The key of row `row`, as text for people. Nil if the column is damaged.
    public func keyText(of row: UInt32) throws(FormatError) -> String? {
        switch keys {
        case .integers(let keys): return "\(try keys.integer(UInt64(row)))"
        case .strings: return try keyBytes(of: row).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The key of row `row`, for integer keys. Nil if keys are strings.
    public func integerKey(of row: UInt32) throws(FormatError) -> UInt64? {
        guard case .integers(let keys) = keys else { return nil }
        return try keys.integer(UInt64(row))
    }

    /// The bytes of the key of row `row`, for string keys. Nil if the column is damaged or keys are integers.
    public func keyBytes(of row: UInt32) throws(FormatError) -> [UInt8]? {
        guard case .strings(let ends, let bytes) = keys, let range = try range(of: row, ends, bytes) else { return nil }
        return try bytes.withBytes(at: range.lowerBound, count: Int(range.upperBound - range.lowerBound)) { $0.array }
    }
}

extension RawSpan {
    /// Whether the bytes are the same.
    func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        for i in byteOffsets {
            let a = unsafe unsafeLoad(fromByteOffset: i, as: UInt8.self)
            let b = unsafe other.unsafeLoad(fromByteOffset: i, as: UInt8.self)
            if a != b { return false }
        }
        return true
    }

    var array: [UInt8] { byteOffsets.map { unsafe unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
}
