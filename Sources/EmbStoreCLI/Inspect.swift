import ArgumentParser
import EmbStore

/// `embstore inspect`.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a file holds, in the words of its format's page.",
        discussion: """
            embstore inspect items.emb
            embstore inspect items.emb --segments --json
            embstore inspect items.emb --table items --key 4711 --against items.npy
            embstore inspect items.emb --stats --sample 10000
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["emb"]))
    var file: String

    @Option(help: ArgumentHelp("Show this table only.", valueName: "name"))
    var table: String?

    @Flag(help: "List the segments of the file.")
    var segments = false

    @OptionGroup(title: "One row") var row: RowFlags
    @OptionGroup(title: "Statistics") var statistics: StatisticsFlags
    @OptionGroup var told: OutputOptions

    func validate() throws {
        guard !statistics.stats || !row.isUsed else {
            throw ValidationError("--stats does not go with --row and --key")
        }
    }

    func run() throws {
        let store = try told.open(file)
        if row.isUsed { return try row.print(store, try TableChoice.table(table, of: store), told) }
        if statistics.stats { return try statistics.print(store, try TableChoice.table(table, of: store), told) }
        let tables = try table.map { [try store.table($0)] } ?? store.tables
        let description = try FileDescription(store, tables)
        try told.json ? JSON.print(description.withSegments(segments)) : description.print(segments: segments)
    }
}

/// The table that a verb works on.
enum TableChoice {
    /// The table of that name; without a name the only one.
    static func table(_ name: String?, of store: Store) throws -> EmbeddingTable {
        if let name { return try store.table(name) }
        guard store.tables.count == 1 else {
            let names = store.tables.prefix(8).map { "\"\($0.name)\"" }.joined(separator: ", ")
            let more = store.tables.count > 8 ? " and \(store.tables.count - 8) more" : ""
            throw Failure(
                .usage, "NO_SUCH_TABLE",
                store.tables.isEmpty
                    ? "\(store.path) has no tables"
                    : "\(store.path) has several tables; --table chooses \(names)\(more)")
        }
        return store.tables[0]
    }
}
