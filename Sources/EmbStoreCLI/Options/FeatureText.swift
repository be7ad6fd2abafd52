import EmbFormat

/// A feature as people write it: `NAME`, `NAME=TABLE`, and `: ARGUMENTS` behind either.
struct FeatureText {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The entry it stands for in a file of these tables.
    func entry(tables: [String]) throws -> FeatureEntry {
        let (name, arguments) = parts
        if let number = tables.firstIndex(where: { name.hasSuffix("=" + $0) }) {
            return FeatureEntry(
                name: String(name.dropLast(tables[number].count + 1)), table: UInt32(number), arguments: arguments)
        }
        guard !name.contains("=") else {
            throw Failure.usage("feature \(text): no table is called so; there is \(TableFlags.list(tables))")
        }
        guard tables.count == 1 else {
            throw Failure.usage(
                "feature \(text): which table? Write \(name)=TABLE with one of \(TableFlags.list(tables))")
        }
        return FeatureEntry(name: name, table: 0, arguments: arguments)
    }

    /// What stands before the first `: `, and what after it.
    private var parts: (name: String, arguments: String) {
        guard let colon = text.firstRange(of: ": ") else { return (text, "") }
        return (String(text[..<colon.lowerBound]), String(text[colon.upperBound...]))
    }
}
