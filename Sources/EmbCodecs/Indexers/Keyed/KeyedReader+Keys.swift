public import EmbFormat
internal import EmbKernels

// From rows back to keys.
extension KeyedReader {
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

    /// The row that a lookup of the key of `row` finds: `row` itself, unless the index is damaged.
    func find(keyOf row: UInt32) throws(FormatError) -> UInt32 {
        if let key = try integerKey(of: row) {
            let ids = [key]
            return try find(.uint64(ids.span))
        }
        guard let key = try keyBytes(of: row) else { return RowList.zeroRow }
        let offsets = [0, UInt64(key.count)]
        return try unsafe find(.byteStrings(ByteStrings(key.span.bytes, offsets: offsets.span)))
    }

    private func find(_ id: IDs) throws(FormatError) -> UInt32 {
        try find(id, 0, KeyHash.hash(id.key(0), salt: salt))
    }
}
