import ArgumentParser
import EmbCodecs
import EmbFormat
import EmbIO
import EmbStore
import EmbStorePack
import Foundation

/// `embstore lookup`.
struct LookUp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookup",
        abstract: "Print the embeddings of ids or keys, or of a bag of them.",
        discussion: """
            embstore lookup items.emb 17 4 17
            embstore lookup glove.emb the cat --dims 8 --format json
            embstore lookup items.emb 17 4 --pool mean --weights 1,0.5
            cut -f1 events.tsv | embstore lookup items.emb --ids-from - --format npy > rows.npy

            Text is a line per id: the id and its numbers. JSON is an object per line. Ids that begin with a dash go \
            after --.
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["emb"]))
    var file: String

    @Argument(help: "Ids or keys.")
    var ids: [String] = []

    @Option(help: ArgumentHelp("The table, if there are several.", valueName: "name"))
    var table: String?

    @Option(help: ArgumentHelp("The feature whose table to read.", valueName: "name"))
    var feature: String?

    @Option(
        help: ArgumentHelp("Read ids from a file, one a line; - is standard input.", valueName: "file"),
        completion: .file())
    var idsFrom: String?

    @Option(help: "How ids are read where a table takes both numbers and strings.")
    var keyType: KeyType?

    @Option(parsing: .unconditional, help: ArgumentHelp("Only the first so many numbers.", valueName: "count"))
    var dims: Int?

    @Option(help: "Pool all ids as one bag.")
    var pool: PoolMode?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A weight per id, separated by commas, for --pool.", valueName: "weights"))
    var weights: String?

    @Option(help: "What to do about ids without a row; as the file says by default.")
    var missing: MissingPolicy?

    @Option(name: .customLong("output"), help: "What numbers are rounded to.")
    var element: OutputElement = .f32

    @Option(help: "How the result is written.")
    var format: OutputFormat?

    @Option(help: "How the file is held in memory.")
    var residency: Residency = .mapped

    @OptionGroup var told: OutputOptions

    enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json, npy }

    func validate() throws {
        guard table == nil || feature == nil else {
            throw ValidationError("--table and --feature name the same thing; give one")
        }
        guard ids.isEmpty != (idsFrom == nil) else { throw ValidationError("Give ids, or --ids-from, and not both") }
        guard weights == nil || pool != nil else { throw ValidationError("--weights goes with --pool") }
        guard format != .npy || element != .bf16 else {
            throw ValidationError("--format npy has no bf16; f32 keeps the values")
        }
    }

    func run() throws {
        let format = format ?? (told.json ? .json : .text)
        if format == .npy, Terminal.outputIsTTY {
            throw Failure.usage("--format npy is not for a terminal; redirect it")
        }
        let texts = try idsFrom.map(Self.lines) ?? ids.map { Array($0.utf8) }
        let store = try told.open(file, residency: residency)
        let table = try feature.map { try store.feature($0) } ?? TableChoice.table(self.table, of: store)
        let batch = try IDBatch(texts, as: IDBatch.kind(of: table, keyType, texts))
        let reader = EmbeddingReader(table, batch, dims: dims ?? table.dim, missing: missing, element: element)
        var output = LookupOutput(format, reader, pooled: pool)
        if let pool {
            try output.add(try reader.pool(pool, weights: try bagWeights(batch)), 0..<1)
        } else {
            try reader.forEachRun { rows, range in try output.add(rows, range) }
        }
        noteMissing(table, batch)
    }

    private func bagWeights(_ batch: IDBatch) throws -> [Float]? {
        try weights.map { text in
            let words = text.split(separator: ",", omittingEmptySubsequences: false)
            let weights = try words.map { word in
                guard let weight = Float(word) else { throw Failure.usage("weight \"\(word)\" is not a number") }
                return weight
            }
            guard weights.count == batch.count else {
                throw Failure.usage("\(weights.count) weights for \(batch.count) ids")
            }
            return weights
        }
    }

    private func noteMissing(_ table: EmbeddingTable, _ batch: IDBatch) {
        let count = table.counts.missing
        guard count > 0 else { return }
        told.note("\(count) of \(batch.count) ids have no row (missing: \((missing ?? table.missingPolicy).name))")
    }

    /// The lines of a file, or of standard input, without their ends.
    private static func lines(_ path: String) throws -> [[UInt8]] {
        let data: Data
        do {
            let file = try path == "-" ? .standardInput : FileHandle(forReadingFrom: URL(filePath: path))
            data = try file.readToEnd() ?? Data()
        } catch {
            // Of "The operation could not be completed. No such file or directory" what the system said.
            let told = (error as? CocoaError)?.underlying?.localizedDescription ?? error.localizedDescription
            let reason = told.split(separator: ". ").last ?? ""
            throw Failure(.noInput, "CANNOT_OPEN", "\(path): cannot be read: \(reason)")
        }
        var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
