internal import EmbCodecs
internal import EmbFormat
internal import EmbIO
internal import EmbStore

/// Packs one table into a writer: surveys, fits if rows are shared, encodes, indexes.
struct TablePacker {
    let plan: TablePlan
    let composition: Composition
    let writer: StoreWriter
    let threads: Int
    let progress: @Sendable (PackProgress) -> Void
    /// The plan's source, or what orders or completes it.
    let source: any RowSource
    let reader: SourceReader
    let defaultRow: DefaultRowFinder
    let dim: Int
    /// The source's rows in the order in which they are stored; nil if that is their own.
    let ordered: OrderedSource?
    /// How often each stored row is asked for.
    let frequencies: [Float]?

    init(
        _ plan: TablePlan, _ writer: StoreWriter, threads: Int, registry: Registry,
        _ progress: @escaping @Sendable (PackProgress) -> Void
    ) throws(PackError) {
        self.plan = plan
        self.writer = writer
        self.threads = threads
        self.progress = progress
        composition = try Self.composition(plan, registry)
        try Self.checkSense(plan, composition)
        ordered = try Self.ordered(plan, composition)
        source = try Self.stored(plan, composition) ?? ordered ?? plan.source
        reader = SourceReader(source)
        frequencies = try Self.frequencies(plan, ordered)
        defaultRow = DefaultRowFinder(plan)
        dim = try Self.embeddingDim(plan, composition)
    }

    /// The expression, with an indexer that suits the source where none is written.
    static func composition(_ plan: TablePlan, _ registry: Registry) throws(PackError) -> Composition {
        do throws(ExpressionError) {
            var composition = try Composition(plan.expression, registry: registry)
            let written = try ExpressionParser.parse(plan.expression).first
            let keys = plan.source.shape.keys
            if keys != .none, composition.indexer is Direct, written?.name != Direct.name {
                composition.indexer = Keyed(keys == .strings ? .string : .integer)
            }
            // `keyed` alone takes whatever keys there are; `keyed(u64)` says which, and the index builder refuses others.
            let saysKind = written?.arguments.contains(ArgumentSyntax("u64")) ?? false
            if let keyed = composition.indexer as? Keyed, keyed.kind == .integer, keys == .strings, !saysKind {
                composition.indexer = Keyed(.string, seed: keyed.seed)
            }
            // Keys point at rows wherever they stand; ids that are row numbers need a map.
            if plan.order != .source, composition.indexer is Direct, composition.rowMaps.isEmpty {
                composition.rowMaps = [Remapped()]
            }
            return composition
        } catch {
            throw .expression(error)
        }
    }

    /// Refuses compositions that would keep nothing of the source, unless they are told that it is not to be kept.
    private static func checkSense(_ plan: TablePlan, _ composition: Composition) throws(PackError) {
        guard !plan.rowsAreStored, composition.rowCodec is Generated else { return }
        throw .plan(
            source: plan.source.shape.name, field: "rows of generated", found: "a table of embeddings",
            expected:
                "stored rows, of which only the number is kept: generated computes rows from a seed and has no place "
                + "for theirs")
    }

    /// dim of the table: the source's, unless its rows are stored rows.
    static func embeddingDim(_ plan: TablePlan, _ composition: Composition) throws(PackError) -> Int {
        guard plan.rowsAreStored else { return plan.source.shape.dim }
        if let dim = plan.dim { return dim }
        if let robe = composition.indexer as? Robe { return robe.probes * Int(robe.block) }
        return composition.indexer.combinedWidth(row: plan.source.shape.dim)
    }

    private var sourceName: String { plan.source.shape.name }

    func pack() async throws(PackError) -> PackReport {
        let start = ContinuousClock.now
        let sourceRows = try countRows()
        guard sourceRows <= FormatLimits.rows else {
            throw .limit(source: sourceName, what: "rows", found: sourceRows, limit: FormatLimits.rows)
        }
        let shape = try self.shape(sourceRows)
        let idCount =
            plan.rowsAreStored ? plan.idsGiven ?? shape.rowCount : ordered.map { UInt64($0.places.count) } ?? sourceRows
        // A unified table has no ids of its own.
        let entryIDs = composition.indexer is Unified ? shape.rowCount : idCount
        try checkCounts(entryIDs, shape)
        try checkWidth(shape)
        var sample = try readSample(sourceRows)
        let fitter = self.fitter(shape)
        let transforms = try self.transforms(fitter, &sample)
        try checkWayBack(transforms)
        let columnStart = writer.columnBytes
        var quality = Quality()
        var columns: [TableEntry.Column] = []
        let builder = try makeBuilder(idCount)
        let codec = type(of: composition.rowCodec).name
        if let ids = ordered?.whole ?? plan.keysAlone { try indexAll(ids, builder) }
        if composition.indexer.ownsRows || plan.rowsAreStored {
            let rows = try fitter.rows(shape, sample: sample?.split(into: (sample?.dim ?? 1) / shape.dim))
            let encoder = self.encoder(transforms, rows, shape)
            try await stream(encoder, codec, builder, sourceRows, &quality, &columns)
        } else {
            try await fit(fitter, transforms, codec, builder, shape, idCount, &quality, &columns)
        }
        for (stage, transform) in zip(composition.transforms, transforms) {
            try add(transform.columns, type(of: stage).name, &columns)
        }
        try addMaps(&columns)
        try add(finish(builder), type(of: composition.indexer).name, &columns)
        writer.add(try entry(entryIDs, shape, columns, quality))
        let element = plan.source.shape.element
        let elementBytes = element == .text ? MemoryLayout<Float>.size : element.byteCount
        return PackReport(
            table: plan.name, expression: composition.description, idCount: idCount, rowCount: shape.rowCount, dim: dim,
            duplicatesDropped: reader.droppedCount, columnBytes: writer.columnBytes - columnStart,
            sourceBytes: sourceRows * UInt64(plan.source.shape.dim * elementBytes),
            quality: plan.rowsAreStored ? nil : quality, duration: ContinuousClock.now - start)
    }
}

// Before the rows.
extension TablePacker {
    /// Rows that are given as stored must be as wide as the row codec stores them.
    private func checkWidth(_ shape: StoredShape) throws(PackError) {
        let width = shape.windows ? 1 : shape.dim
        guard plan.rowsAreStored, plan.source.shape.dim != width else { return }
        throw .plan(
            source: sourceName, field: "numbers of a stored row", found: "\(plan.source.shape.dim)",
            expected: "\(width), as \(composition) stores for \(dim) of an embedding")
    }

    /// The transforms, fitted to embeddings; where rows are given as stored there are none, and the sample stays as it is.
    private func transforms(
        _ fitter: CompositionFitter, _ sample: inout FitSample?
    ) throws(PackError) -> [any TransformEncoder] {
        guard plan.rowsAreStored else { return try fitter.transforms(dim: dim, sample: &sample) }
        var none: FitSample?
        return try fitter.transforms(dim: dim, sample: &none)
    }

    /// Where some transform has no way from embeddings to stored rows, these must be given.
    private func checkWayBack(_ transforms: [any TransformEncoder]) throws(PackError) {
        guard !plan.rowsAreStored else { return }
        for (stage, transform) in zip(composition.transforms, transforms) where !transform.hasWayBack {
            throw .plan(
                source: plan.source.shape.name, field: "rows", found: "embeddings",
                expected: "stored rows: \(type(of: stage).name) as given has no way back from embeddings")
        }
    }

    private func countRows() throws(PackError) -> UInt64 {
        if let count = source.shape.rowCount, plan.duplicates == .error { return count }
        return try reader.survey(plan.duplicates) { rows in
            let total = plan.source.shape.rowCount
            progress(PackProgress(table: plan.name, part: .counting, rowsDone: rows, rowCount: total))
        }
    }

    private func shape(_ sourceRows: UInt64) throws(PackError) -> StoredShape {
        do throws(ExpressionError) {
            // The numbers of an array are no rows: its windows are.
            let given = plan.rowsAreStored && !composition.indexer.windows
            let rowCount = given ? sourceRows : try composition.indexer.rowCount(idCount: sourceRows)
            return try composition.storedShape(rowCount: rowCount, dim: dim)
        } catch {
            throw .expression(error)
        }
    }

    /// The stored rows as the row codec gets them, where that is not as the source gives them.
    private static func stored(_ plan: TablePlan, _ composition: Composition) throws(PackError) -> RepeatingSource? {
        guard plan.rowsAreStored, let robe = composition.indexer as? Robe else { return nil }
        let shape = plan.source.shape
        guard shape.dim == 1, shape.keys == .none, shape.rowCount == robe.size else {
            throw .plan(
                source: shape.name, field: "array of robe",
                found: "\(shape.rowCount.map { "\($0)" } ?? "?") rows of \(shape.dim) numbers",
                expected: "\(robe.size) rows of one number, without keys")
        }
        return RepeatingSource(plan.source, repeating: robe.repeatedPlaces())
    }

    /// Refuses counts that a reader would refuse.
    private func checkCounts(_ idCount: UInt64, _ shape: StoredShape) throws(PackError) {
        do throws(ExpressionError) {
            let rows = try composition.indexCount(idCount: idCount, rowCount: shape.rowCount)
            do throws(FormatError) { try composition.indexer.check(idCount: idCount, rowCount: rows) } catch {
                throw ExpressionError(
                    .badArgument, "\(error.field): found \(error.found), expected \(error.expected)")
            }
        } catch {
            throw .expression(error)
        }
    }

    /// What encodes rows, once their stages have been fitted.
    func encoder(_ transforms: [any TransformEncoder], _ rows: any RowEncoder, _ shape: StoredShape) -> ChunkEncoder {
        let storedDim = shape.windows ? 1 : shape.dim
        let passes = type(of: composition.rowCodec).storesNonFinite && composition.transforms.isEmpty
        let chain = TransformChain(
            encoders: plan.rowsAreStored ? [] : transforms, dim: plan.rowsAreStored ? storedDim : dim,
            nonFinite: plan.nonFinite, passesNonFinite: passes)
        return ChunkEncoder(
            transforms: chain, rows: rows, storedDim: storedDim,
            measures: !plan.rowsAreStored && composition.indexer.ownsRows && ordered?.whole == nil,
            frequencies: frequencies)
    }

    private func makeBuilder(_ idCount: UInt64) throws(PackError) -> any IndexBuilder {
        do throws(ExpressionError) {
            let parameters = plan.parameters.parameters(of: composition.indexer)
            return try composition.indexer.makeBuilder(idCount: idCount, parameters: parameters)
        } catch {
            throw .expression(error)
        }
    }
}
