import ArgumentParser
import EmbStore
import EmbStorePack

/// `embstore verify`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a file is whole, or that it holds what a source holds.",
        discussion: """
            embstore verify items.emb
            embstore verify items.emb --deep
            embstore verify items.emb --against items.npy

            Without options superblock, catalog and padding are checked, in no time; --deep reads every byte; --against \
            looks every row of the source up. Exit status 65 and the code of container.md if a check fails.
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["emb"]))
    var file: String

    @Flag(help: "Read the whole file: checksums, blocks, key indexes.")
    var deep = false

    @Option(help: ArgumentHelp("Compare with this source, row by row.", valueName: "source"), completion: .file())
    var against: String?

    @Option(help: ArgumentHelp("The table to compare, if the source has one and the file several.", valueName: "name"))
    var table: String?

    @Option(help: "What packing did about rows whose key came before.")
    var onDuplicate: DuplicatePolicy = .error

    @OptionGroup(title: "Source") var source: SourceFlags
    @OptionGroup var told: OutputOptions
    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        guard against != nil || (!source.isUsed && table == nil && onDuplicate == .error) else {
            throw ValidationError("--table and the options of a source need --against")
        }
    }

    func run() throws {
        let store = try told.open(file)
        try store.verify()
        if deep { try verifyDeep(store) }
        let comparisons = try against.map { try compare(store, $0) } ?? []
        let output = VerifyOutput(file: file, isDeep: deep, comparisons)
        try output.printComparisons(told)
        for comparison in comparisons { try comparison.check() }
        try output.printVerdict(told)
    }

    private func verifyDeep(_ store: Store) throws {
        let reporter = progress.reporter(told, unit: "bytes")
        defer { reporter.finish() }
        try store.verifyDeep { moment in
            reporter.update(
                moment.part.rawValue, moment.done, of: moment.total, bytesPerUnit: moment.part == .keys ? 0 : 1)
        }
    }

    private func compare(_ store: Store, _ path: String) throws -> [SourceComparison] {
        let reporter = progress.reporter(told)
        defer { reporter.finish() }
        return try pairs(store, try source.open([path])).map { table, opened in
            try SourceVerifier(table, source: opened.source, duplicates: onDuplicate).compare { rows in
                reporter.update(table.name, rows, of: table.idCount, bytesPerUnit: opened.rowBytes)
            }
        }
    }

    /// Each table of the source with the file's table of that name; a lone one with the file's only table.
    private func pairs(
        _ store: Store, _ opened: [SourceFlags.Opened]
    ) throws -> [(EmbeddingTable, SourceFlags.Opened)] {
        if let table {
            guard opened.count == 1 else {
                throw Failure.usage("--table goes with one table of the source; --tensor chooses it")
            }
            return [(try store.table(table), opened[0])]
        }
        if opened.count == 1, store.tables.count == 1 { return [(store.tables[0], opened[0])] }
        return try opened.map { (try store.table($0.tableName), $0) }
    }
}
