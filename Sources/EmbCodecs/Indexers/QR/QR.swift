public import EmbFormat
internal import EmbKernels

/// `qr`: one row for the quotient of an id, one for its remainder (Formats/indexers/qr.md).
public struct QR: Indexer {
    public static let name = "qr"

    public let divisor: UInt64
    public let combine: Combine

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        guard let divisor = try arguments.integer("divisor", in: 1...FormatLimits.rows) else {
            throw arguments.missing("divisor")
        }
        self.divisor = divisor
        let combine = try arguments.word("combine", [Combine.multiply, .sum, .concat].map(\.rawValue))
        self.combine = combine.flatMap(Combine.init(rawValue:)) ?? .multiply
    }

    public var arguments: [ArgumentSyntax] {
        var spelled = [ArgumentSyntax("divisor", "\(divisor)")]
        if combine != .multiply { spelled.append(ArgumentSyntax("combine", combine.rawValue)) }
        return spelled
    }

    public var probes: Int { 2 }
    public var idKind: IDKind? { .integer }
    public var ownsRows: Bool { false }

    /// The quotients of `idCount` ids.
    public func quotients(idCount: UInt64) -> UInt64 { idCount / divisor + (idCount % divisor == 0 ? 0 : 1) }

    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 {
        let rows = quotients(idCount: idCount).addingReportingOverflow(divisor)
        guard !rows.overflow, rows.partialValue <= FormatLimits.rows else {
            throw ExpressionError(.badArgument, "qr: \(idCount) ids by a divisor of \(divisor) take too many rows")
        }
        return rows.partialValue
    }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        guard quotients(idCount: idCount) == rowCount &- divisor else {
            throw FormatError(
                .badExpression, "rowCount of a qr table", found: "\(rowCount)",
                expected: "\(quotients(idCount: idCount)) quotients and \(divisor) remainders")
        }
    }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        QRReader(
            combine: combine, divisor: divisor, quotients: UInt32(quotients(idCount: idCount)), idCount: idCount,
            ids: IDRange(all: idCount))
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NoIndexBuilder() }
}

struct QRReader: IndexReader {
    let combine: Combine
    let divisor: UInt64
    /// Row of remainder 0.
    let quotients: UInt32
    let idCount: UInt64
    var ids: IDRange

    var probes: Int { 2 }

    func accepts(_ kind: IDKind) -> Bool { kind == .integer }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        var missing = 0
        for i in 0..<ids.count {
            let (q, r) = (layout.place(i, 0), layout.place(i, 1))
            guard let id = self.ids.id(ids.key(i)) else {
                rows[q] = RowList.zeroRow
                rows[r] = RowList.zeroRow
                missing += 1
                continue
            }
            let (quotient, remainder) = id.quotientAndRemainder(dividingBy: divisor)
            rows[q] = UInt32(truncatingIfNeeded: quotient)
            rows[r] = quotients + UInt32(truncatingIfNeeded: remainder)
        }
        return missing
    }

    func feature(_ arguments: String) throws(FormatError) -> any IndexReader {
        var arguments = try FeatureArguments(arguments)
        var feature = self
        feature.ids = try IDRange(&arguments, idCount: idCount)
        try arguments.finish()
        return feature
    }
}
