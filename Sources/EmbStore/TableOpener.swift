internal import EmbCodecs
internal import EmbFormat
internal import EmbIO

/// Turns the table entries of a checked catalog into tables, asking every stage to check its columns.
struct TableOpener {
    let catalog: Catalog
    let mapping: Mapping
    let cache: BlockCache
    let registry: Registry

    func openAll() throws(FormatError) -> [EmbeddingTable] {
        var tables: [EmbeddingTable] = []
        for entry in catalog.tables { tables.append(try open(entry)) }
        for feature in catalog.features { _ = try tables[Int(feature.table)].feature(feature.arguments) }
        return tables
    }

    private func open(_ entry: TableEntry) throws(FormatError) -> EmbeddingTable {
        let field = "table \"\(entry.name)\", expression"
        let composition: Composition
        let shape: StoredShape
        let widths: [Int]
        do throws(ExpressionError) {
            composition = try Composition(entry.expression, registry: registry)
            widths = try composition.widths(dim: Int(entry.dim))
            shape = try composition.storedShape(rowCount: entry.rowCount, dim: Int(entry.dim))
        } catch {
            throw error.refusal(of: field)
        }
        guard composition.description == entry.expression else {
            throw FormatError(
                .badExpression, field, found: "\"\(entry.expression)\"", expected: "the spelling \"\(composition)\"")
        }
        try check(entry, composition)
        var columns = self.columns(of: entry)
        let rowReader = try composition.rowCodec.open(&columns, shape: shape)
        var transforms: [any TransformReader] = []
        for (transform, width) in zip(composition.transforms, widths) {
            transforms.append(try transform.open(&columns, outputDim: width))
        }
        let index = try composition.indexer.open(&columns, idCount: entry.idCount, rowCount: entry.rowCount)
        try columns.finish()
        return EmbeddingTable(
            entry: entry, composition: composition,
            pipeline: Pipeline(index: index, rows: rowReader, transforms: transforms, dim: Int(entry.dim)))
    }

    /// The stages listed in the entry are those of the expression, at revisions this reader knows.
    private func check(_ entry: TableEntry, _ composition: Composition) throws(FormatError) {
        let expected = composition.stageEntries
        guard entry.stages.map(\.name) == expected.map(\.name) else {
            throw FormatError(
                .badExpression, "table \"\(entry.name)\", stages",
                found: entry.stages.map(\.name).joined(separator: " | "),
                expected: expected.map(\.name).joined(separator: " | "))
        }
        for (found, known) in zip(entry.stages, expected) where found.revision != known.revision {
            throw FormatError(
                .unknownRevision, "table \"\(entry.name)\", stage \(found.name)", found: "revision \(found.revision)",
                expected: "revision \(known.revision)")
        }
    }

    private func columns(of entry: TableEntry) -> ColumnSet {
        ColumnSet(
            table: entry.name,
            entry.columns.map { column in
                let number = Int(column.segment)
                return Column(
                    name: column.name, entry: catalog.segments[number], number: number, mapping: mapping, cache: cache)
            })
    }
}
