public import EmbFormat
internal import EmbKernels

// What only reading the whole index can show (Formats/indexers/keyed.md, "What readers refuse").
extension KeyedReader {
    /// Checks every bucket, the key ends, and that every key finds its row. O(rows).
    public func verify() throws(FormatError) {
        var used: UInt64 = 0
        for bucket in 0..<bucketCount { used += try verify(bucket) }
        guard used == rowCount else { throw refused("used slots of all buckets", used, rowCount) }
        try verifyLastEnd()
        for row in 0..<UInt32(rowCount) { try verify(row: row) }
    }

    /// One bucket is laid out as the page says. Returns how many of its slots are used.
    private func verify(_ bucket: UInt64) throws(FormatError) -> UInt64 {
        let line = try self.bucket(bucket)
        let used = Int(line.used)
        guard used <= KeyBucket.slots else {
            throw refused("used of bucket \(bucket)", used, "at most \(KeyBucket.slots)")
        }
        guard line.overflowed <= 1 else { throw refused("overflowed of bucket \(bucket)", line.overflowed, "0 or 1") }
        for slot in used..<KeyBucket.slots where line.row(slot) != 0 || line.fingerprint(slot) != 0 {
            throw refused("unused slot \(slot) of bucket \(bucket)", "not zero", "zero")
        }
        guard line.reserved == 0 else { throw refused("reserved bytes of bucket \(bucket)", line.reserved, 0) }
        return UInt64(used)
    }

    /// The keys' bytes end where the last key ends.
    private func verifyLastEnd() throws(FormatError) {
        guard case .strings(let ends, let bytes) = keys else { return }
        let last = rowCount == 0 ? 0 : try ends.integer(rowCount - 1)
        guard last == bytes.entry.rawBytes else { throw refused("last key end", last, bytes.entry.rawBytes) }
    }

    private func verify(row: UInt32) throws(FormatError) {
        if case .strings(let ends, let bytes) = keys, try range(of: row, ends, bytes) == nil {
            throw refused("key of row \(row)", "between ends that are out of order", "bytes of keyBytes")
        }
        let found = try find(keyOf: row)
        guard found == row else {
            throw refused(
                "row that the key index finds for the key of row \(row)",
                found == RowList.zeroRow ? "none" : "\(found)", row)
        }
    }

    private func refused(_ field: String, _ found: some Any, _ expected: some Any) -> FormatError {
        FormatError(.badKeyIndex, field, found: "\(found)", expected: "\(expected)")
    }
}
