extension TableEntry {
    /// Reads the entry whole, then checks it.
    init(parsing reader: inout ByteReader, number: Int) throws(FormatError) {
        let field = "table \(number)"
        let name = try reader.string(field + " name", limit: FormatLimits.nameBytes)
        let expression = try reader.string(field + " expression", limit: FormatLimits.expressionBytes)
        self.init(
            name: name, expression: expression, idCount: try reader.integer(field + " idCount"),
            rowCount: try reader.integer(field + " rowCount"), dim: try reader.integer(field + " dim"))
        defaultRow = try reader.integer(field + " defaultRow")
        let policy: UInt8 = try reader.integer(field + " missing")
        let reserved = [try reader.integer(field), try reader.integer(field), try reader.integer(field)] as [UInt8]
        try parseLists(&reader, field)
        guard reserved == [0, 0, 0] else {
            throw FormatError(.reservedNotZero, field + " reserved", found: hex(reserved), expected: "zero")
        }
        try checkNumbers(field)
        guard !name.isEmpty else { throw FormatError(.badCatalog, field + " name", found: "empty", expected: "a name") }
        guard dim >= 1 else { throw FormatError(.badCatalog, field + " dim", found: "0", expected: "at least 1") }
        guard let missing = MissingPolicy(rawValue: policy) else {
            throw FormatError(.badCatalog, field + " missing", found: "\(policy)", expected: "0 to 3")
        }
        self.missing = missing
        guard defaultRow == TableEntry.noDefaultRow || UInt64(defaultRow) < rowCount else {
            throw FormatError(.badCatalog, field + " defaultRow", found: "\(defaultRow)", expected: "below \(rowCount)")
        }
    }

    private mutating func parseLists(_ reader: inout ByteReader, _ field: String) throws(FormatError) {
        let limit = FormatLimits.nameBytes
        for _ in 0..<(try reader.integer(field + " stageCount", as: UInt16.self)) {
            let name = try reader.string(field + " stage", limit: limit)
            stages.append(Stage(name: name, revision: try reader.integer(field + " revision")))
        }
        for _ in 0..<(try reader.integer(field + " columnCount", as: UInt16.self)) {
            let name = try reader.string(field + " column", limit: limit)
            columns.append(Column(name: name, segment: try reader.integer(field + " segment")))
        }
        for _ in 0..<(try reader.integer(field + " attributeCount", as: UInt16.self)) {
            attributes.append(
                Attribute(key: try reader.string(field + " attribute"), value: try reader.string(field + " attribute")))
        }
    }

    private func checkNumbers(_ field: String) throws(FormatError) {
        guard rowCount <= FormatLimits.rows else {
            throw FormatError(.limitExceeded, field + " rowCount", found: rowCount, expected: FormatLimits.rows)
        }
        guard UInt64(dim) <= FormatLimits.dim else {
            throw FormatError(.limitExceeded, field + " dim", found: UInt64(dim), expected: FormatLimits.dim)
        }
    }

    func serialize(into out: inout ByteWriter) {
        out.string(name)
        out.string(expression)
        out.integer(idCount)
        out.integer(rowCount)
        out.integer(dim)
        out.integer(defaultRow)
        out.integer(missing.rawValue)
        out.zeros(3)
        out.integer(UInt16(stages.count))
        for stage in stages {
            out.string(stage.name)
            out.integer(stage.revision)
        }
        out.integer(UInt16(columns.count))
        for column in columns {
            out.string(column.name)
            out.integer(column.segment)
        }
        out.integer(UInt16(attributes.count))
        for attribute in attributes {
            out.string(attribute.key)
            out.string(attribute.value)
        }
    }
}

extension FeatureEntry {
    init(parsing reader: inout ByteReader, number: Int) throws(FormatError) {
        let field = "feature \(number)"
        self.init(
            name: try reader.string(field + " name", limit: FormatLimits.nameBytes),
            table: try reader.integer(field + " table"),
            arguments: try reader.string(field + " arguments", limit: FormatLimits.expressionBytes))
        guard !name.isEmpty else { throw FormatError(.badCatalog, field + " name", found: "empty", expected: "a name") }
    }

    func serialize(into out: inout ByteWriter) {
        out.string(name)
        out.integer(table)
        out.string(arguments)
    }
}
