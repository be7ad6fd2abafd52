internal import EmbFormat

/// Checks what goes into a catalog as it is given, so that no file is written that `open` would refuse: names, arguments,
/// attributes and the writer's name, against Formats/container.md.
struct PlanCheck {
    private let tables: [TablePlan]
    private let features: [FeatureEntry]
    private let writer: String

    init(_ tables: [TablePlan], _ features: [FeatureEntry], writer: String) {
        self.tables = tables
        self.features = features
        self.writer = writer
    }

    func check() throws(PackError) {
        try check(count: tables.count, "tables", FormatLimits.tables)
        try check(names: tables.map(\.name), "table name")
        let names = tables.flatMap(\.features) + features.map(\.name)
        try check(count: names.count, "features", FormatLimits.features)
        try check(names: names, "feature name")
        for feature in features {
            guard feature.table < tables.count else {
                throw refused("table of feature \"\(feature.name)\"", "\(feature.table)", "below \(tables.count)")
            }
            try check(text: feature.arguments, "arguments of feature", limit: FormatLimits.expressionBytes)
        }
        for table in tables { try checkAttributes(of: table) }
        guard writer.utf8.count <= 32, writer.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            throw refused("writer", "\"\(writer)\"", "at most 32 bytes of printable ASCII")
        }
    }

    private func check(count: Int, _ what: String, _ limit: UInt64) throws(PackError) {
        guard count <= limit else { throw .limit(source: source, what: what, found: UInt64(count), limit: limit) }
    }

    private func check(names: [String], _ field: String) throws(PackError) {
        var seen: Set<[UInt8]> = []  // bytes: two spellings of one text are two names
        for name in names {
            guard (1...FormatLimits.nameBytes).contains(name.utf8.count), !name.utf8.contains(0) else {
                throw refused(field, "\"\(name)\"", "1 to \(FormatLimits.nameBytes) bytes without U+0000")
            }
            guard seen.insert(Array(name.utf8)).inserted else {
                throw refused(field, "\"\(name)\" again", "distinct names")
            }
        }
    }

    private func check(text: String, _ field: String, limit: Int) throws(PackError) {
        guard text.utf8.count <= limit, !text.utf8.contains(0) else {
            throw refused(field, "\(text.utf8.count) bytes", "at most \(limit), without U+0000")
        }
    }

    private func checkAttributes(of table: TablePlan) throws(PackError) {
        var seen: Set<[UInt8]> = []
        for attribute in table.attributes {
            try check(text: attribute.key, "key of an attribute", limit: Int(UInt16.max))
            try check(text: attribute.value, "attribute \(attribute.key)", limit: Int(UInt16.max))
            let isOwn = table.recordsQuality && attribute.key.hasPrefix("packed.")
            guard seen.insert(Array(attribute.key.utf8)).inserted, !isOwn else {
                throw refused("attribute", "\"\(attribute.key)\"", "distinct keys, none beginning with packed.")
            }
        }
    }

    private var source: String { tables.first?.source.shape.name ?? "no source" }

    private func refused(_ field: String, _ found: String, _ expected: String) -> PackError {
        .plan(source: source, field: field, found: found, expected: expected)
    }
}
