import ArgumentParser
import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import Foundation

/// `embstore nearest`.
struct Nearest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nearest",
        abstract: "Find the rows most like an id's, a key's, or a vector.",
        discussion: """
            embstore nearest glove.emb king --metric cosine
            embstore nearest items.emb 17 4 --k 20 --json
            embstore nearest items.emb --vector 0.1,-2,0.5
            embstore nearest items.emb --queries users.npy --k 100 --threads 2 --json > found.jsonl
            embstore nearest both.emb --table small --rerank large:200 --queries users.npy

            Every row is looked at, in the form it is stored in. By cosine and l2 an id finds itself, as a rule first. Text is a line per \
            neighbor: the query, the neighbor's id, the score. JSON is an object per query. dot and cosine: the largest \
            scores are the best; l2, the squared distance: the smallest.

            --rerank TABLE:N scores the best N again by a second table of the file: scan a small one, such as int4, and \
            let f16 decide.
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["emb"]))
    var file: String

    @Argument(help: "Ids or keys whose embeddings are the queries.")
    var ids: [String] = []

    @Option(help: ArgumentHelp("The table, if there are several.", valueName: "name"))
    var table: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("How many to find for each query.", valueName: "count"))
    var k = 10

    @Option(help: "What is compared.")
    var metric: Metric = .dot

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A query: its numbers, separated by commas. May be repeated.", valueName: "numbers"))
    var vector: [String] = []

    @Option(
        help: ArgumentHelp("Read queries from a file of any format that pack reads.", valueName: "file"),
        completion: .file())
    var queries: String?

    @Option(help: ArgumentHelp("Score the best N again by another table.", valueName: "table:N"))
    var rerank: Rerank?

    @Option(
        name: [.customShort("j"), .long], parsing: .unconditional, help: "Threads that search; 0 for all cores.")
    var threads = 1

    @Option(help: "How ids are read where a table takes both numbers and strings.")
    var keyType: KeyType?

    @Option(help: "How the file is held in memory.")
    var residency: Residency = .mapped

    @OptionGroup var told: OutputOptions

    /// `TABLE:N`.
    struct Rerank: ExpressibleByArgument {
        let table: String
        let count: Int

        init?(argument: String) {
            guard let colon = argument.lastIndex(of: ":"), let count = Int(argument[argument.index(after: colon)...])
            else { return nil }
            (table, self.count) = (String(argument[..<colon]), count)
        }
    }

    func validate() throws {
        let ways = [!ids.isEmpty, !vector.isEmpty, queries != nil].filter { $0 }.count
        guard ways == 1 else { throw ValidationError("Give ids, or --vector, or --queries, and one of them only") }
        guard k >= 1 else { throw ValidationError("--k is \(k), expected at least 1") }
        guard threads >= 0 else { throw ValidationError("--threads is \(threads), expected at least 0") }
        guard rerank.map({ $0.count >= k }) ?? true else {
            throw ValidationError("--rerank looks at \(rerank!.count) rows, expected at least --k, \(k)")
        }
    }

    func run() throws {
        let store = try told.open(file, residency: residency)
        let table = try TableChoice.table(self.table, of: store)
        let asked = try QueryBatch(self, table)
        let found = try search(store, table, asked.values)
        for (q, neighbors) in found.enumerated() {
            try NeighborOutput.print(asked.names[q], neighbors, of: table, metric, asJSON: told.json)
        }
    }

    private func search(_ store: Store, _ table: EmbeddingTable, _ values: [Float]) throws -> [[Neighbor]] {
        let threads = self.threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : self.threads
        guard let rerank else { return try table.nearest(values, k: k, metric: metric, threads: threads) }
        return try table.nearest(
            values, k: k, metric: metric, threads: threads, rerankedBy: try store.table(rerank.table),
            among: rerank.count)
    }
}

/// What is searched for: the embeddings of ids, vectors as written, or the rows of a file.
private struct QueryBatch {
    var names: [String] = []
    var values: [Float] = []

    init(_ verb: Nearest, _ table: EmbeddingTable) throws {
        if let path = verb.queries {
            try read(path, table)
        } else if verb.vector.isEmpty {
            let texts = verb.ids.map { Array($0.utf8) }
            let batch = try IDBatch(texts, as: IDBatch.kind(of: table, verb.keyType, texts))
            names = verb.ids
            values = try batch.withIDs { (ids) throws(LookupError) in try table.gather(ids, missing: .error) }
        } else {
            for (i, text) in verb.vector.enumerated() { try add("\(i)", Self.numbers(text), table) }
        }
    }

    private static func numbers(_ text: String) throws -> [Float] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let number = Float(word.trimmingCharacters(in: .whitespaces)) else {
                throw Failure.usage("--vector: \"\(word)\" is not a number")
            }
            guard number.isFinite else {
                throw Failure.usage("--vector: \"\(word)\" is not a finite number; nothing is near such a query")
            }
            return number
        }
    }

    private mutating func add(_ name: String, _ query: [Float], _ table: EmbeddingTable) throws {
        guard query.count == table.dim else {
            throw Failure.usage(
                "a query has \(query.count) numbers, expected \(table.dim) as table \"\(table.name)\" has")
        }
        names.append(name)
        values += query
    }

    /// All rows of a file; a query is called by its row number.
    private mutating func read(_ path: String, _ table: EmbeddingTable) throws {
        for source in try SourceFormat.open(path, options: SourceOptions()) {
            guard source.shape.dim == table.dim else {
                throw Failure.usage(
                    "\(source.shape.name) has rows of \(source.shape.dim) numbers, expected \(table.dim)")
            }
            let tile = RowTile(for: source.shape)
            while try source.next(into: tile) > 0 {
                for i in tile.values.indices { values.append(tile.values[i]) }
            }
        }
        names = (0..<values.count / table.dim).map { "\($0)" }
    }
}

/// Prints what was found.
private enum NeighborOutput {
    struct Document: Encodable {
        struct Hit: Encodable {
            let id: String
            let score: Float
        }

        let query: String
        let table: String
        let metric: String
        let neighbors: [Hit]
    }

    static func print(
        _ query: String, _ neighbors: [Neighbor], of table: EmbeddingTable, _ metric: Metric, asJSON: Bool
    ) throws {
        let ids = texts(try table.ids(ofRows: neighbors.map(\.row)))
        guard asJSON else {
            for (id, neighbor) in zip(ids, neighbors) { try Terminal.output.data("\(query) \(id) \(neighbor.score)") }
            return
        }
        let hits = zip(ids, neighbors).map { Document.Hit(id: $0, score: $1.score) }
        try Terminal.output.data(
            JSON.line(Document(query: query, table: table.name, metric: metric.rawValue, neighbors: hits)))
    }

    private static func texts(_ ids: IDList) -> [String] {
        switch ids {
        case .integers(let numbers): numbers.map { "\($0)" }
        case .strings(let bytes, let offsets):
            zip(offsets, offsets.dropFirst()).map { String(decoding: bytes[Int($0)..<Int($1)], as: UTF8.self) }
        }
    }
}
