import ArgumentParser
import EmbCodecs
import EmbStore
import EmbStorePack

/// `embstore unpack`, also `embstore export`.
struct Unpack: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a table back as .npy or text, through the lookups that services make.",
        discussion: """
            embstore unpack items.emb -o items.npy --keys-out items.keys
            embstore unpack glove.emb -o glove.txt
            embstore unpack model.emb --table users -o users.vec
            embstore export items.emb -o items.faiss --metric dot

            .txt is GloVe text, .vec word2vec text; both begin each line with the key, or the id where there are no keys. \
            .faiss is an index for faiss.read_index: f16, bf16 and pq rows keep their codes, and rotations become a \
            transform of the index; other rows are decoded. Integer keys are the index's ids; string keys go to --keys-out.
            """,
        aliases: ["export"])

    @Argument(help: "The file.", completion: .file(extensions: ["emb"]))
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Flag(name: .shortAndLong, help: "Replace the file if it exists.")
    var force = false

    @Option(help: ArgumentHelp("The table, if there are several.", valueName: "name"))
    var table: String?

    @Option(
        help: "The format; told by the name of the output by default: .npy, .txt for glove, .vec for word2vec, .faiss.")
    var to: TargetFormat?

    @Option(help: ArgumentHelp("Write the keys beside an .npy, one a line.", valueName: "file"), completion: .file())
    var keysOut: String?

    @Option(help: "What a faiss index compares by: dot or l2. faiss has no cosine.")
    var metric: Metric?

    @Option(help: "How integer keys are written; u64 by default.")
    var keyType: KeyType?

    @OptionGroup var told: OutputOptions
    @OptionGroup var progress: ProgressOptions

    enum TargetFormat: String, ExpressibleByArgument, CaseIterable {
        case npy, glove, word2vec, faiss
    }

    func validate() throws {
        guard output != "-" else {
            throw ValidationError("a file is put in place whole, so standard output cannot be one")
        }
        guard to != nil || format != nil else {
            throw ValidationError("--to is needed: \(output) ends in none of .npy, .txt, .vec and .faiss")
        }
        guard keysOut == nil || format == .npy || format == .faiss else {
            throw ValidationError("--keys-out goes with .npy and .faiss; text has the keys in it")
        }
        guard (metric == nil) == (format != .faiss) else {
            throw ValidationError("--metric dot or --metric l2 goes with .faiss, and an index needs one")
        }
        guard metric != .cosine else {
            throw ValidationError(
                "faiss has no cosine; bring rows to length 1, pack them, and export with --metric dot")
        }
        guard keyType != .str else { throw ValidationError("--key-type str: strings are written as they are") }
    }

    private var format: TargetFormat? {
        if let to { return to }
        return output.hasSuffix(".npy")
            ? .npy
            : output.hasSuffix(".txt")
                ? .glove
                : output.hasSuffix(".vec") ? .word2vec : output.hasSuffix(".faiss") ? .faiss : nil
    }

    func run() throws {
        let store = try told.open(file)
        let table = try TableChoice.table(self.table, of: store)
        let ids = TableIDs(table)
        try ids.checkListable()
        if !table.composition.indexer.ownsRows {
            told.note(
                "rows of table \"\(table.name)\" are shared by ids that are not in the file; unpacking ids 0 to \(Int64(ids.count) - 1)"
            )
        }
        let reporter = progress.reporter(told)
        defer { reporter.finish() }
        let unpacker = TableUnpacker(ids, dim: table.dim, signedKeys: keyType == .i64)
        let index = try metric.map { try FaissExport(table, metric: $0) }
        if let index {
            let floats = index.reason.map { "; \($0), so rows are 32-bit floats" } ?? ""
            told.note("\(index.name)\(floats)")
        }
        try unpacker.write(format!, index, to: output, keys: keysOut, replacing: force) { rows in
            reporter.update(table.name, rows, of: ids.count, bytesPerUnit: Double(4 * table.dim))
        }
        try printResult(table)
    }

    private func printResult(_ table: EmbeddingTable) throws {
        if told.json {
            return try JSON.print(Document(table: table.name, rows: table.idCount, dim: table.dim, file: output))
        }
        if !told.quiet { try Terminal.output.line("\(output): \(table.idCount) rows of \(table.dim) numbers") }
    }

    private struct Document: Encodable {
        let table: String
        let rows: UInt64
        let dim: Int
        let file: String
    }
}
