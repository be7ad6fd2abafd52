public import EmbCodecs
internal import EmbFormat

extension TablePlan {
    /// What a budget made of a plan.
    public struct Budgeted {
        /// The plan with every size written.
        public let plan: TablePlan
        /// What was chosen, such as "rows of hashed"; nil if all sizes were written.
        public let chosen: String?
        /// Bytes of all columns, index, maps, codebooks and the bytes of keys included.
        public let columnBytes: UInt64
    }

    /// Chooses the one size that the expression leaves open, so that all columns take at most `bytes`: the largest that does.
    /// Where all sizes are written they are only checked.
    ///
    /// Reads the source once, if only that tells how many rows or bytes of keys it has. Nothing is fitted.
    ///
    /// - Throws: `PackError`, which names the floor where even the least size takes more.
    public func fitting(bytes: UInt64, registry: Registry = .builtin) throws(PackError) -> Budgeted {
        let source = try count()
        let stages = try parsed()
        let free = try freeSizes(stages, source.rows, registry)
        guard let (place, size) = free.first else {
            let taken = try self.bytes(stages, source, registry)
            guard taken <= bytes else {
                throw infeasible(bytes, taken, stages, source.rows, "; a size may be left to it: \(FreeSize.choices)")
            }
            return Budgeted(plan: self, chosen: nil, columnBytes: taken)
        }
        guard free.count == 1 else {
            throw .plan(
                source: self.source.shape.name, field: "sizes left to the budget",
                found: free.map(\.size.what).joined(separator: " and "), expected: "one: write the others")
        }
        func sized(_ number: UInt64) -> [StageSyntax] {
            var sized = stages
            sized[place] = size.stage(number)
            return sized
        }
        let floor = try self.bytes(sized(0), source, registry)
        guard floor <= bytes else { throw infeasible(bytes, floor, sized(0), source.rows) }
        var (low, high) = (UInt64(0), size.count - 1)
        while low < high {
            let middle = low + (high - low + 1) / 2
            // A size that the stage refuses is beyond the largest.
            if let taken = try? self.bytes(sized(middle), source, registry), taken <= bytes {
                low = middle
            } else {
                high = middle - 1
            }
        }
        var plan = self
        plan.expression = StageSyntax.spell(sized(low))
        return Budgeted(plan: plan, chosen: size.what, columnBytes: try self.bytes(sized(low), source, registry))
    }

    private typealias Count = (rows: UInt64, keyBytes: UInt64)

    /// Rows that will be packed, and the bytes of their string keys.
    private func count() throws(PackError) -> Count {
        let shape = source.shape
        let reader = SourceReader(source)
        var rows = shape.rowCount ?? 0
        if shape.rowCount == nil || duplicates != .error { rows = try reader.survey(duplicates) { _ in } }
        var keyBytes: UInt64 = 0
        if shape.keys == .strings {
            while let some = try reader.next() { keyBytes += UInt64(some.keyBytes.count) }
            try reader.rewind()
        }
        return (rows, keyBytes)
    }

    private func parsed() throws(PackError) -> [StageSyntax] {
        do throws(ExpressionError) { return try ExpressionParser.parse(expression) } catch { throw .expression(error) }
    }

    private func bytes(
        _ stages: [StageSyntax], _ count: Count, _ registry: Registry
    ) throws(PackError) -> UInt64 {
        var plan = self
        plan.expression = StageSyntax.spell(stages)
        let estimate = try plan.estimate(registry: registry, sourceRows: count.rows)
        guard let bytes = estimate.columnBytes else { preconditionFailure("rows are counted") }
        return bytes + (estimate.composition.indexer is Keyed ? count.keyBytes : 0)
    }

    private func freeSizes(
        _ stages: [StageSyntax], _ rows: UInt64, _ registry: Registry
    ) throws(PackError) -> [(place: Int, size: FreeSize)] {
        guard !rowsAreStored else { return [] }
        var width = source.shape.dim
        var free: [(place: Int, size: FreeSize)] = []
        // Widths follow from the outside in; an indexer sees the innermost.
        let first = registry.indexers.contains { $0.name == stages.first?.name } ? 1 : 0
        for place in stages.indices.dropFirst(first) {
            if let size = FreeSize.of(stages[place], idCount: rows, width: width) { free.append((place, size)) }
            if let type = registry.transforms.first(where: { $0.name == stages[place].name }),
                let stage = try? type.init(parsing: stages[place], registry: registry)
            {
                width = (try? stage.inputDim(outputDim: width)) ?? width
            }
        }
        if first == 1, let size = FreeSize.of(stages[0], idCount: rows, width: width) { free.insert((0, size), at: 0) }
        return free
    }

    private func infeasible(
        _ budget: UInt64, _ floor: UInt64, _ stages: [StageSyntax], _ ids: UInt64, _ more: String = ""
    ) -> PackError {
        .plan(
            source: source.shape.name, field: "budget", found: "\(budget) bytes",
            expected: "at least \(floor), which \(StageSyntax.spell(stages)) takes for \(ids) rows of "
                + "\(source.shape.dim) numbers\(more)")
    }
}
