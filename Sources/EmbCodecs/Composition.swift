public import EmbFormat

/// What an expression means: an indexer, transforms, a row codec (Formats/expression.md).
public struct Composition: Sendable {
    public var indexer: any Indexer
    /// Outermost first.
    public var transforms: [any Transform]
    public var rowCodec: any RowCodec

    public init(indexer: any Indexer, transforms: [any Transform] = [], rowCodec: any RowCodec) {
        self.indexer = indexer
        self.transforms = transforms
        self.rowCodec = rowCodec
    }

    /// Parses `text` with the stages of `registry`.
    public init(_ text: String, registry: Registry = .builtin) throws(ExpressionError) {
        var stages = try ExpressionParser.parse(text)
        indexer = Direct()
        if let first = stages.first, let type = registry.indexers.first(where: { $0.name == first.name }) {
            indexer = try type.init(parsing: first)
            stages.removeFirst()
        }
        guard let last = stages.popLast() else {
            throw ExpressionError(
                .badOrder, "\"\(text)\" has no row codec; one of \(Self.list(registry.rowCodecs.map { $0.name }))")
        }
        transforms = []
        for stage in stages {
            guard let type = registry.transforms.first(where: { $0.name == stage.name }) else {
                throw Self.misplaced(stage, registry, expected: "a transform", registry.transforms.map { $0.name })
            }
            transforms.append(try type.init(parsing: stage))
        }
        guard let type = registry.rowCodecs.first(where: { $0.name == last.name }) else {
            throw Self.misplaced(last, registry, expected: "a row codec at the end", registry.rowCodecs.map { $0.name })
        }
        rowCodec = try type.init(parsing: last)
    }

    private static func misplaced(
        _ stage: StageSyntax, _ registry: Registry, expected: String, _ names: [String]
    ) -> ExpressionError {
        guard registry.names.contains(stage.name) else {
            return ExpressionError(
                .unknownStage, "no stage is called \"\(stage.name)\"; known are \(list(registry.names))")
        }
        return ExpressionError(.badOrder, "\"\(stage.name)\" stands where \(expected) should: \(list(names))")
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}

extension Composition: CustomStringConvertible {
    /// The canonical spelling.
    public var description: String {
        StageSyntax.spell(stages.dropFirst(indexer is Direct ? 1 : 0).map(\.syntax))
    }

    /// All stages in order, an omitted `direct` included.
    public var stages: [any Stage] { [indexer] + transforms as [any Stage] + [rowCodec] }

    /// The stages as a table entry lists them.
    public var stageEntries: [TableEntry.Stage] {
        stages.map { TableEntry.Stage(name: type(of: $0).name, revision: type(of: $0).revision) }
    }
}

extension Composition {
    /// Output dims of the transforms, outermost first, and last the width of a combined row.
    public func widths(dim: Int) throws(ExpressionError) -> [Int] {
        var widths = [dim]
        for transform in transforms { widths.append(try transform.inputDim(outputDim: widths.last!)) }
        return widths
    }

    /// The rows that the row codec stores for a table of `dim` numbers.
    public func storedShape(rowCount: UInt64, dim: Int) throws(ExpressionError) -> StoredShape {
        let width = try widths(dim: dim).last!
        guard (1...FormatLimits.dim).contains(UInt64(width)) else {
            throw ExpressionError(.badDims, "rows of \(width) numbers; 1 to \(FormatLimits.dim) are allowed")
        }
        if indexer.windows, !type(of: rowCodec).storesWindows {
            throw ExpressionError(
                .badOrder, "\(type(of: indexer).name) reads windows, which \(type(of: rowCodec).name) cannot store")
        }
        return StoredShape(
            rowCount: rowCount, dim: try indexer.rowWidth(combined: width), windows: indexer.windows)
    }
}
