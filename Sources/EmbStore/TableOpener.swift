internal import EmbCodecs
internal import EmbFormat
internal import EmbIO

/// Turns the table entries of a checked catalog into tables, asking every stage to check its columns.
struct TableOpener {
    let catalog: Catalog
    let mapping: Mapping
    let cache: BlockCache
    let registry: Registry

    /// All tables, and each feature's table as the feature reads it.
    func openAll() throws(FormatError) -> (tables: [EmbeddingTable], features: [EmbeddingTable]) {
        var tables: [EmbeddingTable] = []
        for entry in catalog.tables { tables.append(try open(entry)) }
        var features: [EmbeddingTable] = []
        for feature in catalog.features { features.append(try tables[Int(feature.table)].feature(feature.arguments)) }
        return (tables, features)
    }

    private func open(_ entry: TableEntry) throws(FormatError) -> EmbeddingTable {
        try StageCheck(entry, registry).check()
        let composition: Composition
        let shape: StoredShape
        let widths: [Int]
        let indexCount: UInt64
        do throws(ExpressionError) {
            composition = try Composition(entry.expression, registry: registry)
            widths = try composition.widths(dim: Int(entry.dim))
            indexCount = try composition.indexCount(idCount: entry.idCount, rowCount: entry.rowCount)
            shape = try composition.storedShape(rowCount: entry.rowCount, dim: Int(entry.dim))
        } catch {
            throw error.refusal(of: "table \"\(entry.name)\", expression")
        }
        try composition.indexer.check(idCount: entry.idCount, rowCount: indexCount)
        var columns = self.columns(of: entry)
        for stage in composition.stages {
            try columns.require(stage.columnNames + stage.nestedColumnNames, of: type(of: stage).name)
        }
        let pipeline = try self.pipeline(entry, indexCount, composition, shape, widths, &columns)
        try columns.finish()
        return EmbeddingTable(entry: entry, composition: composition, pipeline: pipeline, mapping: mapping)
    }

    /// The stages' readers, each of which takes and checks its columns.
    private func pipeline(
        _ entry: TableEntry, _ indexCount: UInt64, _ composition: Composition, _ shape: StoredShape, _ widths: [Int],
        _ columns: inout ColumnSet
    ) throws(FormatError) -> Pipeline {
        let rows = try composition.rowCodec.open(&columns, shape: shape)
        var transforms: [any TransformReader] = []
        for (transform, width) in zip(composition.transforms, widths) {
            transforms.append(try transform.open(&columns, outputDim: width))
        }
        var maps: [any RowMapReader] = []
        for (number, map) in composition.rowMaps.enumerated() {
            // Only the ends of the chain are told how many there are.
            let last = number == composition.rowMaps.count - 1
            maps.append(
                try map.open(
                    &columns, indexCount: number == 0 ? indexCount : nil,
                    rowCount: last ? entry.rowCount : nil))
        }
        let index = try composition.indexer.open(&columns, idCount: entry.idCount, rowCount: indexCount)
        return Pipeline(index: index, rowMaps: maps, rows: rows, transforms: transforms, dim: Int(entry.dim))
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
