public import EmbFormat
internal import EmbKernels

/// `direct`: the id is the row (Formats/indexers/direct.md).
public struct Direct: Indexer {
    public static let name = "direct"

    public init() {}
    public init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    public var idKind: IDKind? { .integer }
    public var ownsRows: Bool { true }

    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { idCount }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        guard idCount == rowCount else {
            throw FormatError(
                .badExpression, "idCount of a direct table", found: "\(idCount)", expected: "rowCount, \(rowCount)")
        }
    }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        DirectReader(rowCount: rowCount)
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NoIndexBuilder() }
}

struct DirectReader: IndexReader {
    let rowCount: UInt64

    func accepts(_ kind: IDKind) -> Bool { kind == .integer }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        guard layout.idStride == 1 else { return spread(ids, layout, &rows) }
        return switch ids {
        case .int32(let ids): kernels.narrow(ids, rowCount: rowCount, into: &rows)
        case .int64(let ids): kernels.narrow(ids, rowCount: rowCount, into: &rows)
        case .uint64(let ids): kernels.narrow(ids, rowCount: rowCount, into: &rows)
        case .strings, .byteStrings: preconditionFailure("the kind of the ids is checked before")
        }
    }
}

extension DirectReader {
    /// Rows that do not stand side by side.
    private func spread(_ ids: IDs, _ layout: ProbeLayout, _ rows: inout MutableSpan<UInt32>) -> Int {
        var missing = 0
        for i in 0..<ids.count {
            let key = ids.key(i)
            rows[layout.place(i, 0)] = key < rowCount ? UInt32(truncatingIfNeeded: key) : RowList.zeroRow
            if key >= rowCount { missing += 1 }
        }
        return missing
    }
}

/// Builds nothing: for indexers that store no columns.
final class NoIndexBuilder: IndexBuilder {
    func add(_ ids: IDs) throws(IndexBuildError) {}
    func finish() throws(IndexBuildError) -> [ColumnData] { [] }
}
