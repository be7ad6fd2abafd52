/// Columns of text, aligned: the first to the left, numbers to the right.
struct TextTable {
    private let headings: [String]
    private let leftAligned: Set<Int>
    private var rows: [[String]] = []

    /// - Parameter left: Names of the columns that hold words.
    init(_ headings: [String], left: Set<String>) {
        self.headings = headings
        leftAligned = Set(headings.indices.filter { left.contains(headings[$0]) })
    }

    mutating func add(_ row: [String]) {
        precondition(row.count == headings.count)
        rows.append(row)
    }

    /// Prints headings and rows, each after `indent`.
    func print(indent: String = "") throws {
        let widths = headings.indices.map { column in ([headings] + rows).map { $0[column].count }.max()! }
        try Terminal.output.line(indent + Terminal.bold(text(headings, widths)))
        for row in rows { try Terminal.output.line(indent + text(row, widths)) }
    }

    private func text(_ row: [String], _ widths: [Int]) -> String {
        let cells = row.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - row[column].count)
            return leftAligned.contains(column) ? row[column] + padding : padding + row[column]
        }
        let line = cells.joined(separator: "  ")
        return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
    }
}

/// Lines of a name and a value.
struct FieldList {
    private var fields: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }

    func print(indent: String = "") throws {
        let width = fields.map(\.name.count).max() ?? 0
        for field in fields {
            let padding = String(repeating: " ", count: width - field.name.count)
            try Terminal.output.line("\(indent)\(field.name)\(padding)  \(field.value)")
        }
    }
}
