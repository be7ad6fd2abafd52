internal import EmbCInterface
internal import EmbFormat
internal import EmbKernels
internal import EmbStore

/// A file in the words of Formats/container.md, as `embstore inspect --segments --json` tells it.
struct Description {
    private let store: Store

    init(_ store: Store) { self.store = store }

    var json: String {
        var text = JSONText()
        text.add("file", store.path)
        text.add("superblock", superblock)
        text.add("segments", store.catalog.segments.indices.map { segment($0) })
        text.add("tables", store.tables.map { table($0) })
        text.add("features", store.catalog.features.map { feature($0) })
        text.add("kernelLevel", "\(Kernels.best.level)")
        return text.object
    }

    private var superblock: JSONText {
        var text = JSONText()
        text.add("writeVersion", store.superblock.writeVersion)
        text.add("readVersion", store.superblock.readVersion)
        text.add("optionalFeatures", store.superblock.optionalFeatures)
        text.add("fileBytes", store.superblock.fileBytes)
        text.add("catalogOffset", store.superblock.catalogOffset)
        text.add("catalogBytes", store.superblock.catalogBytes)
        let checksum = String(store.superblock.catalogChecksum, radix: 16)
        text.add("catalogChecksum", String(repeating: "0", count: 16 - checksum.count) + checksum)
        text.add("generation", store.superblock.generation)
        text.add("writer", store.superblock.writer)
        return text
    }

    private func segment(_ number: Int) -> JSONText {
        let entry = store.catalog.segments[number]
        var text = JSONText()
        text.add("number", number)
        text.add("offset", entry.offset)
        text.add("storedBytes", entry.storedBytes)
        text.add("rowCount", entry.shape.rowCount)
        text.add("width", entry.shape.width)
        text.add("elementType", entry.shape.element.name)
        text.add("encoding", entry.encoding.name)
        text.add("blockBytes", entry.blockBytes)
        text.add("blockCount", entry.blockCount)
        text.add("rawBytes", entry.rawBytes)
        return text
    }

    private func table(_ table: EmbeddingTable) -> JSONText {
        let entry = table.entry
        var text = JSONText()
        text.add("name", entry.name)
        text.add("expression", entry.expression)
        text.add("idCount", entry.idCount)
        text.add("rowCount", entry.rowCount)
        text.add("dim", table.dim)
        if entry.defaultRow == TableEntry.noDefaultRow {
            text.addNull("defaultRow")
        } else {
            text.add("defaultRow", entry.defaultRow)
        }
        text.add("missing", entry.missing.name)
        text.add("stages", entry.stages.map { stage($0) })
        text.add("columns", entry.columns.map { column($0) })
        text.add("attributes", attributes(entry))
        let bytes = entry.columns.reduce(0) { $0 + store.catalog.segments[Int($1.segment)].storedBytes }
        text.add("bytesPerID", Double(bytes) / Double(max(entry.idCount, 1)))
        return text
    }

    private func stage(_ stage: TableEntry.Stage) -> JSONText {
        var text = JSONText()
        text.add("name", stage.name)
        text.add("revision", stage.revision)
        return text
    }

    private func column(_ column: TableEntry.Column) -> JSONText {
        var text = JSONText()
        text.add("name", column.name)
        text.add("segment", column.segment)
        return text
    }

    private func attributes(_ entry: TableEntry) -> JSONText {
        var text = JSONText()
        for attribute in entry.attributes { text.add(attribute.key, attribute.value) }
        return text
    }

    private func feature(_ feature: FeatureEntry) -> JSONText {
        var text = JSONText()
        text.add("name", feature.name)
        text.add("table", store.tables[Int(feature.table)].name)
        text.add("arguments", feature.arguments)
        return text
    }
}
