internal import EmbFormat

/// The ids of a feature: a run of the table's (Formats/indexers/qr.md, "offset" and "ids").
struct IDRange: Sendable, Equatable {
    let offset: UInt64
    let count: UInt64

    /// All ids of a table.
    init(all idCount: UInt64) {
        offset = 0
        count = idCount
    }

    /// What a feature's arguments say.
    init(_ arguments: inout FeatureArguments, idCount: UInt64) throws(FormatError) {
        let offset = try arguments.integer("offset", in: 0...UInt64.max) ?? 0
        guard offset <= idCount else { throw arguments.refused("offset=\(offset)", expected: "at most \(idCount)") }
        let left = idCount - offset
        let count = try arguments.integer("ids", in: 1...UInt64.max) ?? left
        guard count <= left else { throw arguments.refused("ids=\(count)", expected: "at most \(left)") }
        self.offset = offset
        self.count = count
        arguments.spell("offset", offset, default: 0)
        arguments.spell("ids", count, default: left)
    }

    /// The table's id that a key of the feature stands for; nil for a missing one.
    func id(_ key: UInt64) -> UInt64? { key < count ? key + offset : nil }
}
