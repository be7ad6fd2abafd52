public import EmbCodecs
public import EmbFormat
internal import EmbIO
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
    /// The file that the table's columns are in.
    let mapping: Mapping
    let workspaces = WorkspacePool()
    let counters: Counters
    let readBy = LazyReadBy()

    init(
        entry: TableEntry, composition: Composition, pipeline: Pipeline, mapping: Mapping,
        counters: Counters = Counters()
    ) {
        self.entry = entry
        self.composition = composition
        self.pipeline = pipeline
        self.mapping = mapping
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
    package func feature(_ arguments: String) throws(FormatError) -> EmbeddingTable {
        let (shown, own) = try FeatureArguments.splitDims(arguments)
        let index = try pipeline.index.feature(own)
        let pipeline = try self.pipeline.with(index, shown: shown)
        return EmbeddingTable(
            entry: entry, composition: composition, pipeline: pipeline, mapping: mapping, counters: counters)
    }
}
