import ArgumentParser
import EmbStorePack
import Foundation

/// How a trained state is packed (Formats/import.md).
struct ImportFlags: ParsableArguments {
    @Option(
        name: .customLong("import"),
        help: ArgumentHelp(
            "The source is a model's trained state, not a table: \(Importer.names.joined(separator: ", ")).",
            valueName: "method"))
    var method: String?

    @Option(
        help: ArgumentHelp(
            "What the names of the state's tensors begin with. Of several each becomes a table of its name.",
            valueName: "text"))
    var prefix: [String] = []

    @Option(help: ArgumentHelp("Ids of the state, where its shapes do not tell.", valueName: "count"))
    var ids: UInt64?

    func validate() throws {
        guard method == nil else { return }
        if !prefix.isEmpty { throw ValidationError("--prefix goes with --import") }
        if ids != nil { throw ValidationError("--ids goes with --import") }
    }

    /// The tables of the states: one of each file, or of each prefix.
    func tables(_ method: String, _ sources: [String], _ flags: TableFlags) throws -> [ImportedTable] {
        guard sources.count == 1 || prefix.count <= 1 else {
            throw Failure.usage("--import takes several files or several prefixes, and not both")
        }
        let isSplit = prefix.count > 1
        let states = isSplit ? prefix.map { (sources[0], $0) } : sources.map { ($0, prefix.first ?? "") }
        guard ids == nil || states.count == 1 else {
            throw Failure.usage("--ids goes with one state, and there are \(states.count)")
        }
        let names = states.map { path, prefix in flags.table ?? (isSplit ? Self.name(prefix) : Self.name(file: path)) }
        let expressions = try flags.expressions(names)
        return try zip(names, states).map { name, state in
            var request = ImportRequest(expression: expressions[name]!)
            request.prefix = state.1
            request.idCount = ids
            var imported = try Importer.table(method: method, path: state.0, request)
            imported.plan.name = name
            return imported
        }
    }

    /// `user` of `user.`, what the names of its tensors begin with.
    private static func name(_ prefix: String) -> String {
        String(prefix.hasSuffix(".") ? prefix.dropLast() : prefix[...])
    }

    private static func name(file: String) -> String {
        URL(filePath: file).deletingPathExtension().lastPathComponent
    }
}
