public import EmbFormat
public import EmbKernels

/// How the rows of an id's probes become one (Formats/lookup.md, "One id").
public enum Combine: String, Sendable, CaseIterable {
    case sum, mean, multiply, concat
    /// What the index itself makes of the rows: `IndexReader.contract`.
    case contract
}

/// One way to choose the stored rows of an id (Formats/indexers).
public protocol Indexer: Stage {
    /// Probes per id and how they combine, for features without arguments of their own.
    var probes: Int { get }
    var combine: Combine { get }
    /// The kind of ids a packed table is asked for; nil if any kind will do.
    var idKind: IDKind? { get }
    /// Whether stored row i is the row of the i-th id packed. Otherwise rows are shared, and must be fitted or imported.
    var ownsRows: Bool { get }
    /// Whether rows are windows of one array (`StoredShape.windows`).
    var windows: Bool { get }

    /// Rows stored for `idCount` ids.
    func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64

    /// Numbers of a stored row, where a combined row has `combined`.
    func rowWidth(combined: Int) throws(ExpressionError) -> Int
    /// Numbers of a combined row, where a stored row has `row`: the way back.
    func combinedWidth(row: Int) -> Int

    /// Checks that a table may have so many ids and stored rows; by default it may have any.
    func check(idCount: UInt64, rowCount: UInt64) throws(FormatError)

    /// Takes and checks the columns this indexer needs and returns a reader that trusts their shapes. Reads no payload.
    /// The counts have been checked.
    func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader

    /// Bytes of the index's columns for `idCount` ids, but for the bytes of string keys, which nobody knows beforehand.
    func indexBytes(idCount: UInt64) -> UInt64

    /// What packing shows the ids to, in order.
    ///
    /// - Parameter parameters: What was imported, by column name; empty for indexers that learn nothing.
    func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder
}

extension Indexer {
    public var probes: Int { 1 }
    public var combine: Combine { .sum }
    public var windows: Bool { false }
    public func indexBytes(idCount: UInt64) -> UInt64 { 0 }
    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {}

    private var parts: Int { combine == .concat ? probes : 1 }

    public func rowWidth(combined: Int) throws(ExpressionError) -> Int {
        guard combined % parts == 0 else {
            throw ExpressionError(
                .badDims, "\(parts) probes cannot be concatenated to \(combined) numbers: it does not divide")
        }
        return combined / parts
    }

    public func combinedWidth(row: Int) -> Int { row * parts }
}

/// Finds the rows of ids. Immutable; callable from any thread; allocates nothing unless a column is stored in blocks.
public protocol IndexReader: Sendable {
    var probes: Int { get }
    var combine: Combine { get }
    /// Whether `address` fills in weights: one per id and probe. Without, all are 1.
    var weighsProbes: Bool { get }

    func accepts(_ kind: IDKind) -> Bool

    /// Whether a missing id is one beyond the last, and not one that was looked for in vain.
    var missesAreOutOfRange: Bool { get }

    /// Adds the pages of the file that `address` will read for these ids and that are known once those of the steps before have
    /// been read; step 0 needs none. Returns false if there is no such step.
    func listPages(_ ids: IDs, step: Int, _ pages: inout PageList) -> Bool

    /// Writes row index and weight of probe p of id i at `layout.place(i, p)`. A missing id gets the zero row in all
    /// its probes, with weights of 1.
    ///
    /// - Parameter weights: As long as `rows` if `weighsProbes`, else empty.
    /// - Returns: How many ids are missing.
    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int

    /// What `address` hashes, if it is nothing but these hashes of the keys and finds rows for all: several features of a table
    /// are then addressed in one go. Nil for others.
    var hashedProbes: HashedProbes? { get }

    /// Whether numbers of combined rows change their signs as `flip` says.
    var flipsNumbers: Bool { get }
    /// Changes the signs of the first `dims` numbers of each id's combined row; rows are `outStride` apart.
    func flip(_ ids: IDs, _ rows: inout MutableSpan<Float>, outStride: Int, dims: Int)

    /// Numbers that `contract` works in.
    var contractScratch: Int { get }
    /// Of combine `contract`: the combined row `out` of an id's stored rows, one after the other in `rows`.
    func contract(_ rows: Span<Float>, _ scratch: inout MutableSpan<Float>, into out: inout MutableSpan<Float>)

    /// The reader of a feature with these arguments (Formats/container.md, "Feature entry").
    func feature(_ arguments: String) throws(FormatError) -> any IndexReader

    /// Checks what only reading all payload can show: `verify --deep`.
    func verify() throws(FormatError)
}

extension IndexReader {
    public var probes: Int { 1 }
    public var combine: Combine { .sum }
    public var weighsProbes: Bool { false }
    public var hashedProbes: HashedProbes? { nil }
    public var flipsNumbers: Bool { false }
    public var missesAreOutOfRange: Bool { true }
    public func listPages(_ ids: IDs, step: Int, _ pages: inout PageList) -> Bool { false }
    public var contractScratch: Int { 0 }
    public func verify() throws(FormatError) {}

    public func flip(_ ids: IDs, _ rows: inout MutableSpan<Float>, outStride: Int, dims: Int) {
        preconditionFailure("an index without signs of numbers was asked for them")
    }

    public func contract(
        _ rows: Span<Float>, _ scratch: inout MutableSpan<Float>, into out: inout MutableSpan<Float>
    ) {
        preconditionFailure("an index of another combine was asked to contract")
    }

    public func feature(_ arguments: String) throws(FormatError) -> any IndexReader {
        guard arguments.isEmpty else {
            throw FormatError(.badExpression, "arguments of a feature", found: "\"\(arguments)\"", expected: "none")
        }
        return self
    }
}

/// Where the probes of a run of ids stand in one list.
public struct ProbeLayout: Sendable, Equatable {
    public let idStride: Int
    public let probeStride: Int

    /// All probes of an id side by side: a bag of them.
    public static func byID(probes: Int) -> ProbeLayout { ProbeLayout(idStride: probes, probeStride: 1) }
    /// All ids of a probe side by side: a column group of `concat`.
    public static func byProbe(count: Int) -> ProbeLayout { ProbeLayout(idStride: 1, probeStride: count) }

    public func place(_ id: Int, _ probe: Int) -> Int { id * idStride + probe * probeStride }
}

/// Collects the ids of a table while it is packed.
public protocol IndexBuilder: AnyObject {
    /// Shows the next ids, in the order of the rows. Nil ids: the source has none, and counts.
    func add(_ ids: IDs) throws(IndexBuildError)
    /// The index's columns, in the order of the indexer's page.
    func finish() throws(IndexBuildError) -> [ColumnData]
}

/// Ids that cannot be indexed.
public enum IndexBuildError: Error, Sendable, Equatable {
    /// The key of row `row` is that of row `first` too. Rows count from the first id added.
    case duplicateKey(String, first: UInt64, row: UInt64)
    case wrongKind(found: IDKind, expected: IDKind)
    case keyTooLong(row: UInt64, bytes: Int, limit: Int)
    case tooCrowded(buckets: UInt64)
}
