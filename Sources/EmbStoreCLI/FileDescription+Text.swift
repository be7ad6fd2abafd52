// What `inspect` prints for people.
extension FileDescription {
    func print(segments showsSegments: Bool) throws {
        try Terminal.output.line(Terminal.bold(file))
        try superblock.print(residentBytes: residentBytes, pageTables: mostPageTableBytes, kernelLevel: kernelLevel)
        if showsSegments { try printSegments() }
        for table in tables { try table.print() }
        if !features.isEmpty { try printFeatures() }
    }

    private func printSegments() throws {
        try Terminal.output.line("\n" + Terminal.bold("segments"))
        var table = TextTable(
            [
                "number", "offset", "storedBytes", "checksum", "rowCount", "width", "elementType", "encoding",
                "alignment",
                "blockBytes", "blockCount", "of file",
            ], left: ["elementType", "encoding"])
        for s in segments ?? [] {
            table.add([
                "\(s.number)", "\(s.offset)", "\(s.storedBytes)", s.checksum, "\(s.rowCount)", "\(s.width)",
                s.elementType,
                s.encoding, "2^\(s.alignment)", "\(s.blockBytes)", "\(s.blockCount)", Units.percent(s.shareOfFile),
            ])
        }
        try table.print(indent: "  ")
    }

    private func printFeatures() throws {
        try Terminal.output.line("\n" + Terminal.bold("features"))
        var table = TextTable(
            ["name", "table", "ids", "probes", "combine", "dim", "reads", "of rows", "arguments"],
            left: ["name", "table", "combine", "reads", "arguments"])
        for feature in features {
            table.add([
                feature.name, feature.table, feature.ids.map { "\($0)" } ?? "any", "\(feature.probes)", feature.combine,
                "\(feature.dim)", feature.reads, feature.shareOfRows.map(Units.percent) ?? "-", feature.arguments,
            ])
        }
        try table.print(indent: "  ")
    }
}

extension FeatureFields {
    fileprivate var reads: String {
        if let ownRows { return "\(ownRows) rows of its own" }
        guard let subTables else { return "the table" }
        let names = subTables.map { "\($0)" }.joined(separator: ", ")
        return subTables.count == 1 ? "sub-table \(names)" : "sub-tables \(names)"
    }
}

extension SuperblockFields {
    func print(residentBytes: Int, pageTables: Int, kernelLevel: String) throws {
        let share = Units.percent(Double(residentBytes) / Double(fileBytes))
        var list = FieldList()
        list.add("writeVersion", "\(writeVersion)")
        list.add("readVersion", "\(readVersion)")
        list.add("requiredFeatures", requiredFeatures.isEmpty ? "none" : requiredFeatures.joined(separator: ", "))
        list.add("optionalFeatures", optionalFeatures == 0 ? "none" : Units.hex(optionalFeatures))
        list.add("fileBytes", "\(fileBytes) (\(Units.bytes(fileBytes)))")
        list.add("catalogOffset", "\(catalogOffset)")
        list.add("catalogBytes", "\(catalogBytes)")
        list.add("catalogChecksum", catalogChecksum)
        list.add("generation", "\(generation)")
        list.add("writer", writer)
        list.add("superblockChecksum", superblockChecksum)
        list.add("resident", "\(Units.bytes(UInt64(residentBytes))) (\(share))")
        list.add("page tables", "at most \(Units.bytes(UInt64(pageTables))), in pages of 4 KiB")
        list.add("kernels", kernelLevel)
        try list.print(indent: "  ")
    }
}

extension TableFields {
    func print() throws {
        try Terminal.output.line("\n" + Terminal.bold("table \"\(name)\""))
        var list = FieldList()
        list.add("expression", expression)
        list.add("idCount", "\(idCount)")
        list.add("rowCount", "\(rowCount)")
        list.add("dim", "\(dim)")
        list.add("missing", missing)
        list.add("defaultRow", defaultRow.map { "\($0)" } ?? "none")
        list.add("stages", stages.map { "\($0.name) (revision \($0.revision))" }.joined(separator: ", "))
        list.add("bytes", formula)
        if let sharing {
            let s = sharing
            list.add(
                "shared rows",
                "\(s.subTables) x \(s.rowsPerSubTable) of \(s.rowBytes) bytes = \(s.sharedBytes), by hash")
            list.add("owned rows", "\(s.ownedRows) of \(s.rowBytes) bytes = \(s.ownedBytes)")
            if !s.unreadSubTables.isEmpty {
                let names = s.unreadSubTables.prefix(8).map { "\($0)" }.joined(separator: ", ")
                list.add(
                    "unread", "sub-tables that no feature reads: \(names)\(s.unreadSubTables.count > 8 ? ", …" : "")")
            }
        }
        list.add("bytes per id", Units.fixed(bytesPerID, 2))
        list.add(
            "lines per lookup", linesPerLookup.map { Units.fixed($0, 2) + " of 64 bytes, for rows" } ?? "in blocks")
        for (key, value) in attributes.sorted(by: { $0.key < $1.key }) { list.add(key, value) }
        try list.print(indent: "  ")
        if !columns.isEmpty { try printColumns() }
    }

    /// Every column's rows times the bytes of one, and what that is together.
    private var formula: String {
        guard !columns.isEmpty else { return "0" }
        let raw = columns.reduce(0) { $0 + $1.fields.rawBytes }
        let parts = columns.map {
            "\($0.name) \($0.fields.rowCount) x \($0.fields.rowCount == 0 ? 0 : $0.fields.rawBytes / $0.fields.rowCount)"
        }
        let stored = columns.reduce(0) { $0 + $1.fields.storedBytes }
        return parts.joined(separator: " + ") + " = \(raw)" + (stored == raw ? "" : ", in blocks \(stored)")
    }

    private func printColumns() throws {
        var table = TextTable(
            [
                "column", "segment", "elementType", "rowCount", "width", "encoding", "storedBytes", "alignment",
                "checksum", "share",
            ],
            left: ["column", "elementType", "encoding"])
        for column in columns {
            let s = column.fields
            table.add([
                column.name, "\(column.segment)", s.elementType, "\(s.rowCount)", "\(s.width)", s.encoding,
                "\(s.storedBytes)", "2^\(s.alignment)", s.checksum, Units.percent(column.shareOfTable),
            ])
        }
        try table.print(indent: "  ")
    }
}
