extension TableEntry {
    init(parsing reader: inout ByteReader, number: Int) throws(FormatError) {
        let field = "table \(number)"
        let name = try reader.name(field + " name")
        let expression = try reader.string(field + " expression", limit: FormatLimits.expressionBytes)
        self.init(
            name: name, expression: expression, idCount: try reader.integer(field + " idCount"),
            rowCount: try reader.integer(field + " rowCount"), dim: try reader.integer(field + " dim"))
        defaultRow = try reader.integer(field + " defaultRow")
        let policy: UInt8 = try reader.integer(field + " missing")
        try reader.reserved(3, field)
        guard rowCount <= FormatLimits.rows else {
            throw FormatError(.limitExceeded, field + " rowCount", found: rowCount, expected: FormatLimits.rows)
        }
        guard (1...FormatLimits.dim).contains(UInt64(dim)) else {
            throw FormatError(
                .limitExceeded, field + " dim", found: "\(dim)", expected: "1 to \(FormatLimits.dim)")
        }
        guard let missing = MissingPolicy(rawValue: policy) else {
            throw FormatError(.badCatalog, field + " missing", found: "\(policy)", expected: "0 to 3")
        }
        self.missing = missing
        guard defaultRow == TableEntry.noDefaultRow || UInt64(defaultRow) < rowCount else {
            throw FormatError(.badCatalog, field + " defaultRow", found: "\(defaultRow)", expected: "below \(rowCount)")
        }
        for _ in 0..<(try reader.integer(field + " stageCount", as: UInt16.self)) {
            stages.append(
                Stage(name: try reader.name(field + " stage"), revision: try reader.integer(field + " revision")))
        }
        for _ in 0..<(try reader.integer(field + " columnCount", as: UInt16.self)) {
            columns.append(
                Column(name: try reader.name(field + " column"), segment: try reader.integer(field + " segment")))
        }
        for _ in 0..<(try reader.integer(field + " attributeCount", as: UInt16.self)) {
            attributes.append(
                Attribute(key: try reader.string(field + " attribute"), value: try reader.string(field + " attribute")))
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
            name: try reader.name(field + " name"), table: try reader.integer(field + " table"),
            arguments: try reader.string(field + " arguments", limit: FormatLimits.expressionBytes))
    }

    func serialize(into out: inout ByteWriter) {
        out.string(name)
        out.integer(table)
        out.string(arguments)
    }
}

extension ByteReader {
    /// A name: not empty, at most 255 bytes.
    mutating func name(_ field: String) throws(FormatError) -> String {
        let name = try string(field, limit: FormatLimits.nameBytes)
        guard !name.isEmpty else {
            throw FormatError(.badCatalog, field, found: "empty", expected: "a name")
        }
        return name
    }
}
