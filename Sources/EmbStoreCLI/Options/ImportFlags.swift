import ArgumentParser
import EmbStorePack

/// How a trained state is packed (Formats/import.md).
struct ImportFlags: ParsableArguments {
    @Option(
        name: .customLong("import"),
        help: ArgumentHelp(
            "The source is a model's trained state, not a table: \(Importer.names.joined(separator: ", ")).",
            valueName: "method"))
    var method: String?

    @Option(help: ArgumentHelp("What the names of the state's tensors begin with.", valueName: "text"))
    var prefix: String?

    @Option(help: ArgumentHelp("Ids of the state, where its shapes do not tell.", valueName: "count"))
    var ids: UInt64?

    func validate() throws {
        guard method == nil else { return }
        if prefix != nil { throw ValidationError("--prefix goes with --import") }
        if ids != nil { throw ValidationError("--ids goes with --import") }
    }

    /// The table of the one source.
    func table(_ method: String, _ sources: [String], _ tables: TableFlags) throws -> ImportedTable {
        guard sources.count == 1 else {
            throw Failure.usage("--import takes one state, and there are \(sources.count) files")
        }
        var request = ImportRequest(expression: try tables.expression(ofOnlyTable: tables.table))
        request.prefix = prefix ?? ""
        request.idCount = ids
        return try Importer.table(method: method, path: sources[0], request)
    }
}
