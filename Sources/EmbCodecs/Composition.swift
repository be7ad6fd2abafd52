public import EmbFormat

/// What an expression means: an indexer, row maps, transforms, a row codec (Formats/expression.md).
public struct Composition: Sendable {
    public var indexer: any Indexer
    /// In the order in which a lookup passes them.
    public var rowMaps: [any RowMap]
    /// Outermost first.
    public var transforms: [any Transform]
    public var rowCodec: any RowCodec

    public init(
        indexer: any Indexer, rowMaps: [any RowMap] = [], transforms: [any Transform] = [], rowCodec: any RowCodec
    ) {
        self.indexer = indexer
        self.rowMaps = rowMaps
        self.transforms = transforms
        self.rowCodec = rowCodec
    }

    /// Parses `text` with the stages of `registry`.
    public init(_ text: String, registry: Registry = .builtin) throws(ExpressionError) {
        try self.init(ExpressionParser.parse(text), registry: registry)
    }

    /// Composes stages as they were written.
    public init(_ syntax: [StageSyntax], registry: Registry) throws(ExpressionError) {
        var stages = syntax[...]
        indexer = Direct()
        if let first = stages.first, let type = registry.indexers.first(where: { $0.name == first.name }) {
            indexer = try type.init(parsing: first, registry: registry)
            stages.removeFirst()
        }
        rowMaps = []
        while let next = stages.first, let type = registry.rowMaps.first(where: { $0.name == next.name }) {
            rowMaps.append(try type.init(parsing: next, registry: registry))
            stages.removeFirst()
        }
        guard let last = stages.popLast() else {
            throw ExpressionError(
                .badOrder,
                "\"\(StageSyntax.spell(syntax))\" has no row codec; one of \(Self.list(registry.rowCodecs.map { $0.name }))"
            )
        }
        transforms = []
        for stage in stages {
            guard let type = registry.transforms.first(where: { $0.name == stage.name }) else {
                throw Self.misplaced(stage, registry, expected: "a transform", registry.transforms.map { $0.name })
            }
            transforms.append(try type.init(parsing: stage, registry: registry))
        }
        guard let type = registry.rowCodecs.first(where: { $0.name == last.name }) else {
            throw Self.misplaced(last, registry, expected: "a row codec at the end", registry.rowCodecs.map { $0.name })
        }
        rowCodec = try type.init(parsing: last, registry: registry)
        try checkNames()
    }

    /// Two stages of one name would have columns of one name.
    private func checkNames() throws(ExpressionError) {
        var seen: Set<String> = []
        for stage in stages where !stage.columnNames.isEmpty {
            guard seen.insert(type(of: stage).name).inserted else {
                throw ExpressionError(.badOrder, "\"\(type(of: stage).name)\" stands twice; it can only once")
            }
        }
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
    public var stages: [any Stage] { [indexer] + rowMaps as [any Stage] + rowStages }

    /// What makes an embedding of a stored row: transforms and row codec.
    public var rowStages: [any Stage] { transforms as [any Stage] + [rowCodec] }

    /// The stages as a table entry lists them: each is followed by those nested in it.
    public var stageEntries: [TableEntry.Stage] { stages.flatMap(Self.entries) }

    private static func entries(_ stage: any Stage) -> [TableEntry.Stage] {
        let own = TableEntry.Stage(name: type(of: stage).name, revision: type(of: stage).revision)
        return [own] + stage.nested.flatMap { $0.rowStages.flatMap(entries) }
    }
}

extension Composition {
    /// Row indices that the indexer may name, in a table of so many ids and stored rows.
    public func indexCount(idCount: UInt64, rowCount: UInt64) throws(ExpressionError) -> UInt64 {
        rowMaps.isEmpty ? rowCount : try indexer.rowCount(idCount: idCount)
    }

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
        let shape = StoredShape(
            rowCount: rowCount, dim: try indexer.rowWidth(combined: width), windows: indexer.windows)
        try rowCodec.check(shape)
        return shape
    }
}
