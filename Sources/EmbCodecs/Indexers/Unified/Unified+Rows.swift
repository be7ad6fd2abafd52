public import EmbFormat

/// Which rows of a unified table a feature reads.
public struct UnifiedRows: Sendable {
    /// The sub-table of each probe; none for a feature with rows of its own.
    public let tables: [UInt64]
    /// The feature's own rows, and how many ids have them; nil where they are hashed.
    public let owned: (rows: Range<UInt64>, ids: UInt64)?
}

extension Unified {
    /// What a feature with these arguments reads. O(probes).
    public func rows(ofFeature arguments: String, rowCount: UInt64) throws(FormatError) -> UnifiedRows {
        let feature = try UnifiedFeature(arguments, of: self, rowCount: rowCount)
        guard let (first, ids) = feature.owned else {
            return UnifiedRows(tables: feature.tables, owned: nil)
        }
        let start = sharedRows + first
        return UnifiedRows(tables: [], owned: (start..<start + ids * UInt64(feature.probes), ids))
    }
}
