public import EmbCodecs
public import EmbFormat
internal import EmbKernels

/// One table of a store, ready for lookups.
///
/// Callable from any thread. The primitives write into the caller's memory and allocate nothing, once each thread that
/// looks up at the same time has made its first call; forms that return arrays are sugar on them. What they return is
/// defined in Formats/lookup.md.
public final class EmbeddingTable: Sendable {
    public let entry: TableEntry
    public let composition: Composition
    let pipeline: Pipeline
    let workspaces = WorkspacePool()
    let counters: Counters
    let readBy = LazyReadBy()

    init(entry: TableEntry, composition: Composition, pipeline: Pipeline, counters: Counters = Counters()) {
        self.entry = entry
        self.composition = composition
        self.pipeline = pipeline
        self.counters = counters
    }

    public var name: String { entry.name }
    /// Numbers in an embedding.
    public var dim: Int { pipeline.dim }
    /// Ids that the table was packed from.
    public var idCount: UInt64 { entry.idCount }
    /// Rows stored.
    public var rowCount: UInt64 { entry.rowCount }
    /// What happens to missing ids if a call does not say.
    public var missingPolicy: MissingPolicy { entry.missing }

    /// The reader of ids.
    public var index: any IndexReader { pipeline.index }
    /// The reader of stored rows.
    public var rows: any RowReader { pipeline.rows }

    /// What decoded rows are taken through, the outermost first.
    public var transforms: [any TransformReader] { pipeline.transforms }

    /// What lookups through this table, and features on it, have counted so far.
    public var counts: LookupCounts { counters.snapshot }

    /// The table as a feature with these arguments reads it. It shares the counters.
    func feature(_ arguments: String) throws(FormatError) -> EmbeddingTable {
        let (dims, rest) = try Self.dims(of: arguments)
        let pipeline = try self.pipeline.with(pipeline.index.feature(rest), keptDims: dims)
        return EmbeddingTable(entry: entry, composition: composition, pipeline: pipeline, counters: counters)
    }

    /// The argument `dims`, which any feature may have before all others, and the arguments without it.
    private static func dims(of arguments: String) throws(FormatError) -> (dims: Int?, rest: String) {
        let label = "dims="
        guard arguments.hasPrefix(label) else { return (nil, arguments) }
        let word = arguments.dropFirst(label.utf8.count).prefix { $0 != "," }
        let rest = arguments.dropFirst(label.utf8.count + word.utf8.count)
        guard let dims = Int(word), dims >= 1, word == "\(dims)", rest.isEmpty || rest.hasPrefix(", "), rest != ", "
        else {
            throw FormatError(
                .badExpression, "arguments of a feature", found: "\"\(arguments)\"",
                expected: "\"dims=K\", K at least 1")
        }
        return (dims, String(rest.dropFirst(2)))
    }
}
