internal import EmbFormat

/// What a feature's arguments say of its probes (Formats/indexers/unified.md, "Features").
struct UnifiedFeature {
    var probes: Int
    var combine = Combine.concat
    var salt: UInt64 = 0
    /// Number of each probe's hash, and its sub-table.
    var chunks: [UInt64] = []
    var tables: [UInt64] = []
    /// Rows that the feature has to itself: their first, counted from the first owned row, and its ids.
    var owned: (first: UInt64, ids: UInt64)?

    /// The table itself: a feature without arguments.
    init(probes: Int) {
        self.probes = probes
        chunks = (0..<probes).map { UInt64($0) }
    }

    init(_ text: String, of table: Unified, rowCount: UInt64) throws(FormatError) {
        var arguments = try FeatureArguments(text)
        self.init(probes: Int(try arguments.integer("probes", in: 1...Unified.maxProbes) ?? UInt64(table.probes)))
        arguments.spell("probes", UInt64(probes), default: UInt64(table.probes))
        let word = try arguments.word("combine", [Combine.concat, .sum, .mean].map(\.rawValue))
        combine = word.flatMap(Combine.init(rawValue:)) ?? .concat
        if combine != .concat { arguments.spell("combine", combine.rawValue) }
        if let first = try arguments.integer("first", in: 0...UInt64(UInt32.max)) {
            try own(first, &arguments, left: rowCount - table.sharedRows)
        } else {
            try share(&arguments, table)
        }
        try arguments.finish()
    }

    private mutating func own(_ first: UInt64, _ arguments: inout FeatureArguments, left: UInt64) throws(FormatError) {
        guard let ids = try arguments.integer("ids", in: 1...FormatLimits.rows) else {
            throw arguments.refused("first=\(first) alone", expected: "\"ids=\" too")
        }
        guard first + ids * UInt64(probes) <= left else {
            throw arguments.refused(
                "first=\(first), ids=\(ids)", expected: "at most \(left) owned rows, \(probes) for each id")
        }
        owned = (first, ids)
        arguments.spell("first", first, default: nil)
        arguments.spell("ids", ids, default: nil)
    }

    private mutating func share(_ arguments: inout FeatureArguments, _ table: Unified) throws(FormatError) {
        salt = try arguments.integer("salt", in: 0...UInt64.max) ?? 0
        arguments.spell("salt", salt, default: 0)
        if let list = try list("chunks", &arguments, limit: 65_535, default: chunks) { chunks = list }
        guard Set(chunks).count == probes else { throw arguments.refused("chunks", expected: "distinct chunks") }
        let round = chunks.map { $0 % table.tables }
        tables = try list("tables", &arguments, limit: table.tables - 1, default: round) ?? round
    }

    /// A list with an integer for each probe.
    private func list(
        _ label: String, _ arguments: inout FeatureArguments, limit: UInt64, default: [UInt64]
    ) throws(FormatError) -> [UInt64]? {
        guard let values = try arguments.integers(label, in: 0...limit) else { return nil }
        guard values.count == probes else {
            throw arguments.refused("\(values.count) \(label)", expected: "one for each of \(probes) probes")
        }
        if values != `default` { arguments.spell(label, values.map { "\($0)" }.joined(separator: "-")) }
        return values
    }
}
