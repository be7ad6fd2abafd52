public import EmbFormat

/// `tensorTrain`: the digits of an id choose slices of cores, whose product is the embedding
/// (Formats/indexers/tensorTrain.md).
public struct TensorTrain: Indexer {
    public static let name = "tensorTrain"
    private static let maxRank: UInt64 = 4096
    /// Numbers that are read per id, and that one step makes.
    private static let maxNumbers = 1 << 20

    public let rank: Int
    /// Slices of each core, the least significant digit's first.
    public let rows: [UInt64]
    /// The factors of the width.
    public let dims: [UInt64]

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let rank = try arguments.integer("rank", in: 1...Self.maxRank) else { throw arguments.missing("rank") }
        guard let rows = try arguments.integers("rows", in: 1...FormatLimits.rows, separator: "x") else {
            throw arguments.missing("rows")
        }
        guard let dims = try arguments.integers("dims", in: 1...FormatLimits.dim, separator: "x") else {
            throw arguments.missing("dims")
        }
        self.rank = Int(rank)
        self.rows = rows
        self.dims = dims
        guard (2...4).contains(rows.count), dims.count == rows.count else {
            throw ExpressionError(
                .badArgument, "tensorTrain: \(rows.count) rows and \(dims.count) dims, expected 2 to 4, as many of each"
            )
        }
        let widest = Swift.max(probes, dims.dropLast().reduce(1) { $0 * Int($1) })
        guard widest <= Self.maxNumbers / self.rank else {
            throw ExpressionError(
                .badArgument, "tensorTrain: \(widest) times \(rank) numbers per id, at most \(Self.maxNumbers)")
        }
    }

    public var arguments: [ArgumentSyntax] {
        func spell(_ values: [UInt64]) -> String { values.map { "\($0)" }.joined(separator: "x") }
        return [
            ArgumentSyntax("rank", "\(rank)"), ArgumentSyntax("rows", spell(rows)), ArgumentSyntax("dims", spell(dims)),
        ]
    }

    /// Stored rows of a slice of core `k`.
    public func sliceRows(_ k: Int) -> Int { Int(dims[k]) * (k == 0 || k == dims.count - 1 ? 1 : rank) }

    public var probes: Int { dims.indices.reduce(0) { $0 + sliceRows($1) } }
    public var combine: Combine { .contract }
    public var idKind: IDKind? { .integer }
    public var ownsRows: Bool { false }

    /// Ids that there are digits for; nil beyond 2^64 - 1.
    public var idLimit: UInt64? {
        rows.reduce(1) { (product: UInt64?, n) in
            product.flatMap { $0.multipliedReportingOverflow(by: n).overflow ? nil : $0 * n }
        }
    }

    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 {
        // Each product is below 2^32 * 2^28.
        let count = rows.indices.reduce(UInt64(0)) { $0 + rows[$1] * UInt64(sliceRows($1)) }
        guard count <= FormatLimits.rows else {
            throw ExpressionError(.badArgument, "tensorTrain: \(count) rows, at most \(FormatLimits.rows) are allowed")
        }
        return count
    }

    public func rowWidth(combined: Int) throws(ExpressionError) -> Int {
        guard combinedWidth(row: rank) == combined else {
            throw ExpressionError(
                .badDims, "tensorTrain: dims make \(combinedWidth(row: rank)) numbers, not the \(combined) wanted")
        }
        return rank
    }

    /// At most 2^64: four factors of 2^16 do not all fit `maxNumbers`, but two of them may be large.
    public func combinedWidth(row: Int) -> Int {
        dims.reduce(1) { $0.multipliedReportingOverflow(by: Int($1)).overflow ? Int.max : $0 * Int($1) }
    }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        let expected: UInt64
        do throws(ExpressionError) { expected = try self.rowCount(idCount: idCount) } catch {
            throw error.refusal(of: "rowCount of a tensorTrain table")
        }
        guard rowCount == expected else {
            throw FormatError(
                .badExpression, "rowCount of a tensorTrain table", found: "\(rowCount)", expected: "\(expected)")
        }
        if let idLimit, idCount > idLimit {
            throw FormatError(
                .badExpression, "idCount of a tensorTrain table", found: "\(idCount)", expected: "at most \(idLimit)")
        }
    }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        TensorTrainReader(self, idCount: idCount)
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NoIndexBuilder() }
}
