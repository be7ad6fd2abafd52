public import EmbFormat

/// `hashed`: ids share rows chosen by hash (Formats/indexers/hashed.md).
public struct Hashed: Indexer {
    public static let name = "hashed"
    private static let maxProbes: UInt64 = 16

    /// The weights that each id has of its own.
    public enum Weights: String, Sendable {
        /// One for each probe.
        case weights
        /// One for all probes.
        case idWeights
    }

    /// Rows stored.
    public let rows: UInt64
    public let probes: Int
    public let combine: Combine
    public let seed: UInt64
    public let hash: HashName
    /// Number of the first probe.
    public let salt: UInt64
    /// Three per probe, with `learn`.
    public let coefficients: [UInt64]
    public let hasSigns: Bool
    public let weights: Weights?

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let rows = try arguments.integer("rows", in: 1...FormatLimits.rows) else {
            throw arguments.missing("rows")
        }
        self.rows = rows
        probes = Int(try arguments.integer("probes", in: 1...Self.maxProbes) ?? 1)
        let combine = try arguments.word("combine", [Combine.sum, .mean, .concat].map(\.rawValue))
        self.combine = combine.flatMap(Combine.init(rawValue:)) ?? .sum
        seed = try arguments.seed()
        let hash = try arguments.word("hash", HashName.allCases.map(\.rawValue))
        self.hash = hash.flatMap(HashName.init(rawValue:)) ?? .mix
        salt = try arguments.integer("salt", in: 0...UInt64.max) ?? 0
        coefficients = try arguments.integers("coefficients", in: 0...UInt64.max) ?? []
        hasSigns = arguments.flag("signs")
        weights = arguments.choice([Weights.weights.rawValue, Weights.idWeights.rawValue]).flatMap(
            Weights.init(rawValue:))
        try check()
    }

    private func check() throws(ExpressionError) {
        let wanted = hash == .learn ? 3 * probes : 0
        guard coefficients.count == wanted else {
            throw ExpressionError(
                .badArgument,
                "hashed: \(coefficients.count) coefficients, expected \(wanted) with hash=\(hash.rawValue)")
        }
        guard !stride(from: 2, to: coefficients.count, by: 3).contains(where: { coefficients[$0] == 0 }) else {
            throw ExpressionError(.badArgument, "hashed: a coefficient p of 0, expected 1 or more")
        }
        guard hash != .modulo || probes == 1 else {
            throw ExpressionError(.badArgument, "hashed: hash=modulo reads one row, but probes is \(probes)")
        }
    }

    public var arguments: [ArgumentSyntax] {
        var spelled = [ArgumentSyntax("rows", "\(rows)")]
        if probes != 1 { spelled.append(ArgumentSyntax("probes", "\(probes)")) }
        if combine != .sum { spelled.append(ArgumentSyntax("combine", combine.rawValue)) }
        if seed != 0 { spelled.append(ArgumentSyntax("seed", "\(seed)")) }
        if hash != .mix { spelled.append(ArgumentSyntax("hash", hash.rawValue)) }
        if salt != 0 { spelled.append(ArgumentSyntax("salt", "\(salt)")) }
        if !coefficients.isEmpty {
            spelled.append(ArgumentSyntax("coefficients", coefficients.map { "\($0)" }.joined(separator: "-")))
        }
        if hasSigns { spelled.append(ArgumentSyntax("signs")) }
        if let weights { spelled.append(ArgumentSyntax(weights.rawValue)) }
        return spelled
    }

    public var idKind: IDKind? { weights == nil ? nil : .integer }
    public var ownsRows: Bool { false }
    public var columnNames: [String] { weights.map { [$0.rawValue] } ?? [] }
    /// Weights that each id has.
    private var weightWidth: Int { weights == .idWeights ? 1 : probes }

    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { rows }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        guard rowCount == rows else {
            throw FormatError(
                .badExpression, "rowCount of a hashed table", found: "\(rowCount)", expected: "rows=\(rows)")
        }
    }

    /// Of `f32` weights.
    public func indexBytes(idCount: UInt64) -> UInt64 { weights == nil ? 0 : 4 * UInt64(weightWidth) * idCount }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        guard let weights else { return HashedReader(self, idCount: idCount, weights: nil) }
        let column = try NumberColumn(&columns, Self.name, weights.rawValue, rows: idCount, width: weightWidth)
        return HashedReader(self, idCount: idCount, weights: column)
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder {
        guard let weights else { return NoIndexBuilder() }
        guard let column = parameters[weights.rawValue] else {
            throw ExpressionError(
                .badArgument,
                "hashed: \(weights.rawValue) are trained, not fitted: give them as hashed.\(weights.rawValue)")
        }
        let shape = column.shape
        guard shape.element == .f32 || shape.element == .f16, shape.width == UInt32(weightWidth),
            shape.rowCount == idCount ?? shape.rowCount
        else {
            throw ExpressionError(
                .badArgument,
                "hashed.\(weights.rawValue) is \(shape), expected f32 or f16, \(idCount ?? 0) x \(weightWidth)")
        }
        return GivenIndexBuilder([column])
    }
}

/// Columns that were trained elsewhere.
final class GivenIndexBuilder: IndexBuilder {
    private let columns: [ColumnData]

    init(_ columns: [ColumnData]) { self.columns = columns }

    func add(_ ids: IDs) throws(IndexBuildError) {}
    func finish() throws(IndexBuildError) -> [ColumnData] { columns }
}
