public import EmbFormat
internal import EmbKernels

/// `hashed`: ids share rows chosen by hash (Formats/indexers/hashed.md).
public struct Hashed: Indexer {
    public static let name = "hashed"
    private static let maxProbes: UInt64 = 16

    /// Rows stored.
    public let rows: UInt64
    public let probes: Int
    public let combine: Combine
    public let seed: UInt64

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let rows = try arguments.integer("rows", in: 1...FormatLimits.rows) else {
            throw arguments.missing("rows")
        }
        self.rows = rows
        probes = Int(try arguments.integer("probes", in: 1...Self.maxProbes) ?? 1)
        let combine = try arguments.word("combine", [Combine.sum, .mean, .concat].map(\.rawValue))
        self.combine = combine.flatMap(Combine.init(rawValue:)) ?? .sum
        seed = try arguments.seed()
    }

    public var arguments: [ArgumentSyntax] {
        var spelled = [ArgumentSyntax("rows", "\(rows)")]
        if probes != 1 { spelled.append(ArgumentSyntax("probes", "\(probes)")) }
        if combine != .sum { spelled.append(ArgumentSyntax("combine", combine.rawValue)) }
        if seed != 0 { spelled.append(ArgumentSyntax("seed", "\(seed)")) }
        return spelled
    }

    public var idKind: IDKind? { nil }
    public var ownsRows: Bool { false }

    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { rows }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        guard rowCount == rows else {
            throw FormatError(
                .badExpression, "rowCount of a hashed table", found: "\(rowCount)", expected: "rows=\(rows)")
        }
    }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        HashedReader(self)
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NoIndexBuilder() }
}

/// Every id has rows; nothing is looked up.
struct HashedReader: IndexReader {
    let probes: Int
    let combine: Combine
    private let rowCount: UInt64
    private let salts: [UInt64]

    init(_ indexer: Hashed) {
        probes = indexer.probes
        combine = indexer.combine
        rowCount = indexer.rows
        salts = (0..<indexer.probes).map { KeyHash.salt(seed: indexer.seed, probe: $0) }
    }

    func accepts(_ kind: IDKind) -> Bool { true }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        for i in 0..<ids.count {
            let key = ids.key(i)
            for p in 0..<probes {
                let hash = KeyHash.hash(key, salt: salts[p])
                rows[layout.place(i, p)] = UInt32(truncatingIfNeeded: KeyHash.reduce(hash, rowCount))
            }
        }
        return 0
    }
}
