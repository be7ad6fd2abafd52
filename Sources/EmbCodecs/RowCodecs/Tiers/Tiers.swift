public import EmbFormat
internal import EmbKernels

/// `tiers`: stretches of rows, each stored in its own way (Formats/codecs/tiers.md).
public struct Tiers: RowCodec {
    public static let name = "tiers"
    private static let limit = 16

    public let sizes: [TierSize]
    public let nested: [Composition]

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        var sizes: [TierSize] = []
        var nested: [Composition] = []
        for (label, composition) in try arguments.compositions() {
            guard let size = TierSize(label) else {
                throw arguments.refused("\"\(label)\" is no size: 10%, 50%traffic or rest")
            }
            sizes.append(size)
            nested.append(composition)
        }
        guard sizes.count <= Self.limit, sizes.last == .rest, !sizes.dropLast().contains(.rest) else {
            throw arguments.refused("it takes 1 to \(Self.limit) tiers, the last one, and only that, of size \"rest\"")
        }
        var rows: UInt64 = 0
        var traffic: UInt64 = 0
        for size in sizes {
            if case .rows(let percent) = size { rows += percent.billionths }
            if case .traffic(let percent) = size { traffic += percent.billionths }
        }
        let whole: UInt64 = 100 * 1_000_000_000
        guard rows < whole, traffic < whole else {
            throw arguments.refused("sizes add up to 100% or more: nothing is left for the rest")
        }
        self.sizes = sizes
        self.nested = nested
    }

    public var arguments: [ArgumentSyntax] {
        zip(sizes, nested).map { ArgumentSyntax($0.label, $1.rowStages.map(\.syntax)) }
    }

    public var columnNames: [String] { ["ends"] }

    var endsShape: ColumnShape { ColumnShape(.u32, rows: UInt64(sizes.count)) }

    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        let column = try columns.take(Self.name, "ends", endsShape)
        let ends = try Self.read(column, rowCount: shape.rowCount)
        var parts: [TierPart] = []
        for (number, composition) in nested.enumerated() {
            let rowCount = ends[number] - (number == 0 ? 0 : ends[number - 1])
            let inner = StoredShape(rowCount: rowCount, dim: shape.dim)
            parts.append(
                try columns.nested(Self.name, number) { (columns) throws(FormatError) in
                    try Self.part(composition, &columns, inner)
                })
        }
        return TieredRows(dim: shape.dim, ends: ends.map { UInt32($0) }, parts: parts)
    }

    private static func read(_ column: Column, rowCount: UInt64) throws(FormatError) -> [UInt64] {
        var ends: [UInt64] = []
        for element in 0..<column.shape.rowCount {
            let end = try column.integer(element)
            let isLast = element == column.shape.rowCount - 1
            guard end >= ends.last ?? 0, isLast ? end == rowCount : end <= rowCount else {
                throw FormatError(
                    .badPayload, "column \(column.name), element \(element)", found: "\(end)",
                    expected: isLast ? "the number of rows, \(rowCount)" : "no less than before, at most \(rowCount)")
            }
            ends.append(end)
        }
        return ends
    }

    private static func part(
        _ composition: Composition, _ columns: inout ColumnSet, _ shape: StoredShape
    ) throws(FormatError) -> TierPart {
        let stored: StoredShape
        let widths: [Int]
        do throws(ExpressionError) {
            widths = try composition.widths(dim: shape.dim)
            stored = try composition.storedShape(rowCount: shape.rowCount, dim: shape.dim)
        } catch {
            throw error.refusal(of: columns.field(name))
        }
        let rows = try composition.rowCodec.open(&columns, shape: stored)
        var transforms: [any TransformReader] = []
        for (transform, width) in zip(composition.transforms, widths) {
            transforms.append(try transform.open(&columns, outputDim: width))
        }
        return TierPart(rows: rows, transforms: transforms)
    }

    public func check(_ shape: StoredShape) throws(ExpressionError) {
        for composition in nested { _ = try composition.storedShape(rowCount: shape.rowCount, dim: shape.dim) }
    }

    public func byteCount(_ shape: StoredShape) throws(ExpressionError) -> UInt64 {
        var total = endsShape.byteCount
        var start: UInt64 = 0
        for (end, composition) in zip(ends(rowCount: shape.rowCount, frequencies: nil), nested) {
            let widths = try composition.widths(dim: shape.dim)
            let stored = try composition.storedShape(rowCount: end - start, dim: shape.dim)
            total += try composition.rowCodec.byteCount(stored)
            for (transform, width) in zip(composition.transforms, widths) {
                total += try transform.byteCount(outputDim: width)
            }
            start = end
        }
        return total
    }
}
