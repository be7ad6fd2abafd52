import ArgumentParser
import EmbFormat
import EmbStore
import EmbStorePack

/// `embstore add-feature`.
struct AddFeature: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add names under which services ask for a table, without packing it again.",
        discussion: """
            embstore add-feature users.emb 'city: probes=2, salt=7'
            embstore add-feature shop.emb clicked=items 'bought=items: dims=16' -o new.emb

            Stored rows are copied as they are, and the file is replaced whole: services that have it open keep the old one \
            until they open it again. Its generation goes up by one.
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["emb"]))
    var file: String

    @Argument(
        help: ArgumentHelp(
            "A name; NAME=TABLE if there are several tables. 'NAME: ARGUMENTS' reads the table in a way of its own.",
            valueName: "feature"))
    var features: [String]

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file to write instead.", valueName: "file"), completion: .file())
    var output: String?

    @Flag(name: .shortAndLong, help: "Replace the file of --output if it exists.")
    var force = false

    @OptionGroup var told: OutputOptions
    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        guard output != nil || !force else { throw ValidationError("--force goes with --output") }
    }

    func run() throws {
        let store = try told.open(file)
        let names = store.tables.map(\.name)
        let entries = try features.map { try FeatureText($0).entry(tables: names) }
        let reporter = progress.reporter(told, unit: "bytes")
        let superblock = try FeatureAddition(replacing: output == nil || force).add(
            entries, to: store, at: output ?? file
        ) { copied in
            reporter.update("copying", copied, of: store.superblock.catalogOffset, bytesPerUnit: 1)
        }
        reporter.finish()
        try printResult(entries, superblock)
    }

    private func printResult(_ entries: [FeatureEntry], _ superblock: Superblock) throws {
        let target = output ?? file
        if told.json {
            return try JSON.print(
                Document(
                    file: target, features: entries.map(\.name), generation: superblock.generation,
                    fileBytes: superblock.fileBytes))
        }
        let added = entries.count == 1 ? "1 feature" : "\(entries.count) features"
        told.note(
            "\(target): \(added) added, generation \(superblock.generation), \(Units.bytes(superblock.fileBytes))")
    }

    private struct Document: Encodable {
        let file: String
        let features: [String]
        let generation: UInt64
        let fileBytes: UInt64
    }
}
