public import EmbCodecs
internal import EmbFormat

/// Ids that a file names: integers, or strings one after the other.
public enum IDList: Sendable, Equatable {
    case integers([UInt64])
    /// String i is bytes[offsets[i] ..< offsets[i + 1]].
    case strings(bytes: [UInt8], offsets: [UInt64])

    /// Shows the ids as lookups take them.
    public func withIDs<Result, E: Error>(_ body: (IDs) throws(E) -> Result) throws(E) -> Result {
        switch self {
        case .integers(let ids): return try body(.uint64(ids.span))
        case .strings(let bytes, let offsets):
            return try unsafe body(.byteStrings(ByteStrings(bytes.span.bytes, offsets: offsets.span)))
        }
    }
}

extension EmbeddingTable {
    /// The ids that read rows as `nearest` tells them: keys of a keyed table, else the rows themselves.
    ///
    /// - Parameter rows: Below `idCount`.
    /// - Throws: `LookupError.corrupt` if the key columns are damaged.
    public func ids(ofRows rows: some Collection<UInt32>) throws(LookupError) -> IDList {
        guard let keyed = pipeline.index as? KeyedReader else { return .integers(rows.map { UInt64($0) }) }
        do throws(FormatError) {
            return keyed.accepts(.integer) ? .integers(try integers(keyed, rows)) : try strings(keyed, rows)
        } catch {
            throw .corrupt(table: name, error)
        }
    }

    private func integers(_ keyed: KeyedReader, _ rows: some Collection<UInt32>) throws(FormatError) -> [UInt64] {
        var ids: [UInt64] = []
        ids.reserveCapacity(rows.count)
        for row in rows { ids.append(try keyed.integerKey(of: row) ?? 0) }
        return ids
    }

    private func strings(_ keyed: KeyedReader, _ rows: some Collection<UInt32>) throws(FormatError) -> IDList {
        var (bytes, offsets): ([UInt8], [UInt64]) = ([], [0])
        for row in rows {
            guard let key = try keyed.keyBytes(of: row) else {
                throw FormatError(.badKeyIndex, "key ends of row \(row)", found: "out of order", expected: "ascending")
            }
            bytes += key
            offsets.append(UInt64(bytes.count))
        }
        return .strings(bytes: bytes, offsets: offsets)
    }
}
