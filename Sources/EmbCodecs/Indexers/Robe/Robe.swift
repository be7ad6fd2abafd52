public import EmbFormat

/// `robe`: blocks of one array, which begin where a hash says (Formats/indexers/robe.md).
public struct Robe: Indexer {
    public static let name = "robe"
    private static let maxSize: UInt64 = 1 << 31
    private static let maxChunks: UInt64 = 256
    private static let coefficientCount = 9

    /// Numbers in the array, in a block, and blocks per embedding.
    public let size: UInt64
    public let block: UInt64
    public let probes: Int
    public let seed: UInt64
    public let align: UInt64
    public let isSigned: Bool
    /// P, Dh, Ch, Bh, Ah, Dg, Cg, Bg, Ag, if the array was trained with them.
    public let coefficients: [UInt64]

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let size = try arguments.integer("size", in: 1...Self.maxSize) else { throw arguments.missing("size") }
        guard let block = try arguments.integer("block", in: 1...FormatLimits.dim) else {
            throw arguments.missing("block")
        }
        self.size = size
        self.block = block
        probes = Int(try arguments.integer("chunks", in: 1...Self.maxChunks) ?? 1)
        seed = try arguments.seed()
        align = try arguments.integer("align", in: 1...size) ?? 1
        isSigned = arguments.flag("signed")
        coefficients = try arguments.integers("coefficients", in: 0...UInt64(UInt32.max)) ?? []
        try check()
    }

    private func check() throws(ExpressionError) {
        guard block <= size else {
            throw ExpressionError(.badArgument, "robe: a block of \(block) numbers, but size is \(size)")
        }
        guard size % align == 0 else {
            throw ExpressionError(.badArgument, "robe: align is \(align), which does not divide size, \(size)")
        }
        guard !coefficients.isEmpty else { return }
        guard coefficients.count == Self.coefficientCount, seed == 0, align == 1 else {
            throw ExpressionError(
                .badArgument, "robe: coefficients, expected \(Self.coefficientCount) of them without seed or align")
        }
        guard coefficients[0] >= block else {
            throw ExpressionError(.badArgument, "robe: P is \(coefficients[0]), expected at least block, \(block)")
        }
    }

    public var arguments: [ArgumentSyntax] {
        var spelled = [ArgumentSyntax("size", "\(size)"), ArgumentSyntax("block", "\(block)")]
        if probes != 1 { spelled.append(ArgumentSyntax("chunks", "\(probes)")) }
        if seed != 0 { spelled.append(ArgumentSyntax("seed", "\(seed)")) }
        if align != 1 { spelled.append(ArgumentSyntax("align", "\(align)")) }
        if isSigned { spelled.append(ArgumentSyntax("signed")) }
        if !coefficients.isEmpty {
            spelled.append(ArgumentSyntax("coefficients", coefficients.map { "\($0)" }.joined(separator: "-")))
        }
        return spelled
    }

    public var combine: Combine { .concat }
    public var idKind: IDKind? { nil }
    public var ownsRows: Bool { false }
    public var windows: Bool { true }

    /// Windows: with coefficients those of the seam too.
    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { windowCount }
    private var windowCount: UInt64 { coefficients.isEmpty ? size : size + 2 * (block - 1) }

    public func rowWidth(combined: Int) throws(ExpressionError) -> Int {
        guard combined == probes * Int(block) else {
            throw ExpressionError(
                .badDims, "robe: \(probes) chunks of \(block) numbers are not the \(combined) that are combined")
        }
        return Int(block)
    }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        guard rowCount == windowCount else {
            throw FormatError(
                .badExpression, "rowCount of a robe table", found: "\(rowCount)", expected: "\(windowCount) windows")
        }
    }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        coefficients.isEmpty ? RobeReader(self) : TrainedRobeReader(self)
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NoIndexBuilder() }

    /// What the array looks like as it is stored: the place in the array of each stored number behind its end.
    public func repeatedPlaces() -> [UInt64] {
        let wrapped = Array(0..<block - 1)
        guard let p = coefficients.first else { return wrapped }
        return wrapped + (0..<block - 1).map { (p - (block - 1) + $0) % size } + wrapped.map { $0 % size }
    }
}
