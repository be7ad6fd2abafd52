internal import EmbFormat

/// Builds the columns of `keyed` (Formats/indexers/keyed.md, "Packing"). Holds all keys, and a bucket table.
final class KeyedBuilder: IndexBuilder {
    private let indexer: Keyed
    private var hashes: [UInt64] = []
    private var integers: [UInt64] = []
    private var bytes: [UInt8] = []
    private var ends: [UInt64] = []

    init(_ indexer: Keyed) { self.indexer = indexer }

    func add(_ ids: IDs) throws(IndexBuildError) {
        guard ids.kind == indexer.kind else { throw .wrongKind(found: ids.kind, expected: indexer.kind) }
        let salt = KeyHash.salt(seed: indexer.seed, probe: 0)
        for i in 0..<ids.count {
            let key = ids.key(i)
            hashes.append(KeyHash.hash(key, salt: salt))
            if indexer.kind == .integer {
                integers.append(key)
            } else {
                try append(ids.withBytes(i) { $0.array })
            }
        }
    }

    private func append(_ key: [UInt8]) throws(IndexBuildError) {
        guard key.count <= KeyedLayout.maxKeyBytes else {
            throw .keyTooLong(row: UInt64(ends.count), bytes: key.count, limit: KeyedLayout.maxKeyBytes)
        }
        bytes.append(contentsOf: key)
        ends.append(UInt64(bytes.count))
    }

    func finish() throws(IndexBuildError) -> [ColumnData] {
        let rows = UInt64(hashes.count)
        var bucketCount = KeyedLayout.bucketCount(rows: rows)
        for _ in 0..<16 {
            if let buckets = try place(bucketCount) { return [buckets] + keyColumns(rows) }
            bucketCount += max(bucketCount / 8, 1)
        }
        throw .tooCrowded(buckets: bucketCount)
    }

    /// The bucket column, or nil if some key would land too far from home.
    private func place(_ bucketCount: UInt64) throws(IndexBuildError) -> ColumnData? {
        var table = [UInt8](repeating: 0, count: Int(bucketCount) * KeyBucket.byteCount)
        for row in hashes.indices {
            var bucket = Int(KeyHash.reduce(hashes[row], bucketCount))
            var walked = 1
            try checkDuplicate(row, in: bucket, table)
            while table[bucket * KeyBucket.byteCount + KeyBucket.usedOffset] == KeyBucket.slots {
                table[bucket * KeyBucket.byteCount + KeyBucket.overflowedOffset] = 1
                bucket = bucket + 1 == Int(bucketCount) ? 0 : bucket + 1
                walked += 1
                guard walked <= KeyedLayout.maxWalk else { return nil }
                try checkDuplicate(row, in: bucket, table)
            }
            put(row, into: bucket, &table)
        }
        let shape = ColumnShape(.u8, rows: bucketCount, width: UInt32(KeyBucket.byteCount))
        return ColumnData("buckets", shape, bytes: table)
    }

    private func put(_ row: Int, into bucket: Int, _ table: inout [UInt8]) {
        let base = bucket * KeyBucket.byteCount
        let slot = Int(table[base + KeyBucket.usedOffset])
        for byte in 0..<4 { table[base + slot * 4 + byte] = UInt8(truncatingIfNeeded: row >> (byte * 8)) }
        table[base + KeyBucket.fingerprintOffset + slot] = UInt8(truncatingIfNeeded: hashes[row])
        table[base + KeyBucket.usedOffset] += 1
    }

    /// A key met before is in one of the buckets that its insertion walks through.
    private func checkDuplicate(_ row: Int, in bucket: Int, _ table: [UInt8]) throws(IndexBuildError) {
        let base = bucket * KeyBucket.byteCount
        for slot in 0..<Int(table[base + KeyBucket.usedOffset])
        where table[base + KeyBucket.fingerprintOffset + slot] == UInt8(truncatingIfNeeded: hashes[row]) {
            let other = (0..<4).reduce(0) { $0 | Int(table[base + slot * 4 + $1]) << ($1 * 8) }
            if hashes[other] == hashes[row], sameKey(other, row) {
                throw .duplicateKey(text(row), first: UInt64(other), row: UInt64(row))
            }
        }
    }

    private func sameKey(_ a: Int, _ b: Int) -> Bool {
        indexer.kind == .integer ? integers[a] == integers[b] : key(a) == key(b)
    }

    private func key(_ row: Int) -> ArraySlice<UInt8> { bytes[Int(row == 0 ? 0 : ends[row - 1])..<Int(ends[row])] }

    private func text(_ row: Int) -> String {
        indexer.kind == .integer ? "\(integers[row])" : "\"\(String(decoding: key(row), as: UTF8.self))\""
    }

    private func keyColumns(_ rows: UInt64) -> [ColumnData] {
        guard indexer.kind == .string else {
            return [ColumnData("keys", ColumnShape(.u64, rows: rows), bytes: integers.flatMap { Self.bytes(of: $0) })]
        }
        let type = KeyedLayout.endType(keyBytes: UInt64(bytes.count))
        let packed = type == .u32 ? ends.flatMap { Self.bytes(of: UInt32($0)) } : ends.flatMap { Self.bytes(of: $0) }
        return [
            ColumnData("keyEnds", ColumnShape(type, rows: rows), bytes: packed),
            ColumnData("keyBytes", ColumnShape(.u8, rows: UInt64(bytes.count)), bytes: bytes),
        ]
    }

    private static func bytes<T: FixedWidthInteger>(of value: T) -> [UInt8] {
        stride(from: 0, to: T.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> T($0)) }
    }
}
