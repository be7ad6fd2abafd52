internal import EmbCodecs
internal import EmbFormat
internal import EmbIO
internal import EmbKernels
internal import EmbStore
import Glibc

// The rows themselves.
extension TablePacker {
    /// Stored row i is the i-th row of the source: encoded as it comes.
    func stream(
        _ encoder: ChunkEncoder, _ codec: String, _ builder: any IndexBuilder, _ idCount: UInt64,
        _ quality: inout Quality, _ columns: inout [TableEntry.Column]
    ) async throws(PackError) {
        var output = try ColumnOutput(encoder.rows, plan.storage, writer)
        var done: UInt64 = 0
        var encoded: [ChunkEncoder.Chunk] = []
        let threads = self.threads
        var embeddings: [Float] = []
        reader.blockRows = encoder.rows.blockRows
        let reads = needsRows(of: encoder.rows)
        var next = reads ? try reader.next() : nil
        while let rows = next {
            // While this tile is encoded, the one before is written and the one after read.
            async let encoding = encoder.encodeTile(rows.tile, firstRow: done, threads: threads)
            if ordered?.whole == nil {
                let hasOwnIDs = !plan.rowsAreStored || composition.indexer.ownsRows
                if hasOwnIDs, plan.keys == nil { try index(rows, builder) }
                defaultRow.look(at: rows, count: rows.count)
            }
            try output.append(encoded)
            next = try reader.next()
            encoded = try chunks(await encoding, of: rows)
            for chunk in encoded { quality.add(chunk.quality) }
            if ordered?.whole != nil { embeddings += encoder.embeddings(encoded, firstRow: done) }
            done += UInt64(rows.count)
            progress(PackProgress(table: plan.name, rowsDone: done, rowCount: idCount))
        }
        try output.append(encoded)
        if reads { try checkCount(done, idCount) }
        for (name, number) in try output.finish() {
            columns.append(TableEntry.Column(name: "\(codec).\(name)", segment: number))
        }
        if let ordered { try measureAll(ordered, embeddings, encoder.kernels, &quality) }
    }

    /// Whether there is anything in the source that goes into the file: not where all columns are given, as of `generated`.
    private func needsRows(of encoder: any RowEncoder) -> Bool {
        !plan.rowsAreStored || source.shape.keys != .none || encoder.columns.contains { $0.bytes == nil }
    }

    /// Shows all ids to the index, where some of their rows are not stored.
    func indexAll(_ whole: ArraySource, _ builder: any IndexBuilder) throws(PackError) {
        let all = SourceReader(whole)
        while let rows = try all.next() {
            try index(rows, builder)
            defaultRow.look(at: rows, count: rows.count)
        }
        try all.rewind()
    }

    /// Compares all rows with those that stand for them, where some are not stored.
    private func measureAll(
        _ ordered: OrderedSource, _ embeddings: [Float], _ kernels: Kernels, _ quality: inout Quality
    ) throws(PackError) {
        guard let whole = ordered.whole else { return }
        let all = SourceReader(whole)
        var row = 0
        while let rows = try all.next() {
            var packed: [Float] = []
            packed.reserveCapacity(rows.count * dim)
            for place in ordered.places[row..<row + rows.count] {
                packed += embeddings[Int(place) * dim..<(Int(place) + 1) * dim]
            }
            let weights = plan.frequencies?.weights(from: UInt64(row))
            quality.add(rows.values, packed.span, dim: dim, weights: weights, kernels)
            row += rows.count
        }
    }

    /// Rows are shared: they are fitted to the source, then encoded.
    func fit(
        _ fitter: CompositionFitter, _ transforms: [any TransformEncoder], _ codec: String,
        _ builder: any IndexBuilder, _ shape: StoredShape, _ idCount: UInt64, _ quality: inout Quality,
        _ columns: inout [TableEntry.Column]
    ) async throws(PackError) {
        let chain = TransformChain(encoders: transforms, dim: dim, nonFinite: plan.nonFinite, passesNonFinite: false)
        let index = try indexReader(idCount, shape)
        let width = transforms.last?.reader.inputDim ?? dim
        let (begin, bytes) = SharedRows.fit(composition.indexer, index, shape, idCount: idCount, width: width)
        try checkMemory(bytes, shape)
        var fit = begin()
        while let rows = try reader.next() {
            try self.index(rows, builder)
            try add(rows, to: &fit, index, chain)
            progress(PackProgress(table: plan.name, rowsDone: UInt64(fit.idCount), rowCount: idCount))
        }
        try checkCount(UInt64(fit.idCount), idCount)
        let fitted = fit.solve { share in
            let done = UInt64(share * Double(shape.rowCount))
            progress(PackProgress(table: plan.name, part: .fitting, rowsDone: done, rowCount: shape.rowCount))
        }
        let encoder = self.encoder(transforms, try fitter.rows(shape, sample: fit.sample(of: fitted)), shape)
        let storing = encoder.encodingStoredRows
        let encoded = try chunks(await storing.encodeTile(fitted, firstRow: 0, threads: threads), of: nil)
        let decoded = storing.decodeAll(encoded)
        var output = try ColumnOutput(encoder.rows, plan.storage, writer)
        try output.append(encoded)
        for (name, number) in try output.finish() {
            columns.append(TableEntry.Column(name: "\(codec).\(name)", segment: number))
        }
        try measure(fit, index, decoded, chain, &quality)
    }

    /// Refuses what would end in a crash, or in the system killing this process.
    private func checkMemory(_ needed: UInt64, _ shape: StoredShape) throws(PackError) {
        let installed = UInt64(sysconf(CInt(_SC_PHYS_PAGES))) * UInt64(sysconf(CInt(_SC_PAGESIZE)))
        guard needed <= installed else {
            throw .plan(
                source: plan.source.shape.name, field: "memory for fitting \(shape.rowCount) rows",
                found: "\(needed) bytes",
                expected: "at most the \(installed) of this machine: take fewer rows, or trained ones")
        }
    }

    /// Every reading of the source must give the rows that it announced or that were counted.
    private func checkCount(_ found: UInt64, _ expected: UInt64) throws(PackError) {
        guard found == expected else {
            throw .plan(
                source: plan.source.shape.name, field: "number of rows read", found: "\(found)",
                expected: "\(expected)")
        }
    }

    private func indexReader(_ idCount: UInt64, _ shape: StoredShape) throws(PackError) -> any IndexReader {
        var none = ColumnSet(table: plan.name, [])
        do throws(FormatError) {
            return try composition.indexer.open(&none, idCount: idCount, rowCount: shape.rowCount)
        } catch {
            throw .plan(
                source: plan.source.shape.name, field: error.field, found: error.found, expected: error.expected)
        }
    }

    /// Shows the rows of a tile to the fit, as the transforms leave them.
    private func add(
        _ rows: SourceReader.Rows, to fit: inout any SharedRowsFit, _ index: any IndexReader, _ chain: TransformChain
    ) throws(PackError) {
        let count = rows.count
        let probes = fit.probes
        var values: [Float]
        do throws(EncodeError) { values = try chain.encode(rows.values) } catch { throw refused(error, rows) }
        let width = values.count / count
        var addresses = [UInt32](repeating: 0, count: count * probes)
        var signs = [Float](repeating: 1, count: index.weighsProbes ? count * probes : 0)
        var span = addresses.mutableSpan
        var signSpan = signs.mutableSpan
        var numbers = values.mutableSpan
        let missing: Int
        do throws(FormatError) {
            missing = try rows.withIDs { (ids) throws(FormatError) in
                if index.flipsNumbers { index.flip(ids, &numbers, outStride: width, dims: width) }
                return try index.address(
                    ids, .byID(probes: probes), rows: &span, weights: &signSpan, chain.kernels)
            }
        } catch {
            throw .plan(
                source: plan.source.shape.name, field: error.field, found: error.found, expected: error.expected)
        }
        guard missing == 0 else {
            throw .plan(
                source: plan.source.shape.name, field: "keys", found: "\(missing) without rows",
                expected: "ids that \(type(of: composition.indexer).name) has rows for")
        }
        let weights = frequencies?.weights(from: UInt64(fit.idCount))
        for i in 0..<count {
            let own = signs.isEmpty ? 0..<0 : i * probes..<(i + 1) * probes
            fit.add(
                addresses.span.extracting(i * probes..<(i + 1) * probes), signs: signs.span.extracting(own),
                values.span.extracting(i * width..<(i + 1) * width), weight: weights.map { $0[$0.startIndex + i] } ?? 1)
        }
    }

    /// Compares the source with what the fitted, encoded rows give back.
    private func measure(
        _ fit: any SharedRowsFit, _ index: any IndexReader, _ decoded: [Float], _ chain: TransformChain,
        _ quality: inout Quality
    ) throws(PackError) {
        try reader.rewind()
        var id = 0
        while let rows = try reader.next() {
            let count = rows.count
            guard id + count <= fit.idCount else { break }
            var combined = fit.combined(id..<id + count, decoded)
            if index.flipsNumbers {
                let width = combined.count / count
                var numbers = combined.mutableSpan
                rows.withIDs { index.flip($0, &numbers, outStride: width, dims: width) }
            }
            let packed = chain.decode(combined)
            let weights = frequencies?.weights(from: UInt64(id))
            quality.add(rows.values, packed.span, dim: dim, weights: weights, chain.kernels)
            id += count
        }
        try checkCount(UInt64(id), UInt64(fit.idCount))
    }

    private func index(_ rows: SourceReader.Rows, _ builder: any IndexBuilder) throws(PackError) {
        do throws(IndexBuildError) {
            try rows.withIDs { (ids) throws(IndexBuildError) in try builder.add(ids) }
        } catch {
            throw .index(source: plan.source.shape.name, error)
        }
    }

    private func chunks(
        _ result: Result<[ChunkEncoder.Chunk], EncodeError>, of rows: SourceReader.Rows?
    ) throws(PackError) -> [ChunkEncoder.Chunk] {
        do throws(EncodeError) { return try result.get() } catch { throw refused(error, rows) }
    }

    /// A row of the source if `rows` are given, else a stored row.
    private func refused(_ error: EncodeError, _ rows: SourceReader.Rows?) -> PackError {
        .row(
            source: plan.source.shape.name,
            row: rows.map { sourceRow($0.sourceRows[error.row]) } ?? UInt64(error.row),
            codec: composition.rowCodec.syntax.description, error.refusal)
    }
}

// After the rows.
extension TablePacker {
    /// Refuses arguments of a feature that a reader would refuse.
    func check(_ feature: FeatureEntry, _ report: PackReport) throws(PackError) {
        do throws(FormatError) {
            let (dims, own) = try FeatureArguments.splitDims(feature.arguments)
            var width = dim
            // Indexers with columns have features without arguments of their own only.
            if !own.isEmpty || composition.indexer.columnNames.isEmpty {
                var none = ColumnSet(table: plan.name, [])
                let rows = try indexCount(report)
                let index = try composition.indexer.open(&none, idCount: report.idCount, rowCount: rows)
                width = self.width(of: try index.feature(own))
            }
            if let dims, dims > width {
                throw FormatError(.badExpression, "dims", found: "\(dims)", expected: "1 to \(width)")
            }
        } catch {
            throw .plan(
                source: plan.source.shape.name, field: "arguments of feature \"\(feature.name)\"", found: error.found,
                expected: error.expected)
        }
    }

    /// Numbers in an embedding of a feature that is read through `index`.
    private func width(of index: any IndexReader) -> Int {
        guard composition.transforms.isEmpty, index.combine == .concat,
            let row = try? composition.indexer.rowWidth(combined: dim)
        else { return dim }
        return index.probes * row
    }

    private func indexCount(_ report: PackReport) throws(FormatError) -> UInt64 {
        do throws(ExpressionError) {
            return try composition.indexCount(idCount: report.idCount, rowCount: report.rowCount)
        } catch {
            throw error.refusal(of: "expression")
        }
    }

    func finish(_ builder: any IndexBuilder) throws(PackError) -> [ColumnData] {
        do throws(IndexBuildError) {
            return try builder.finish()
        } catch {
            throw .index(source: plan.source.shape.name, error)
        }
    }

    func add(
        _ data: [ColumnData], _ stage: String, _ columns: inout [TableEntry.Column]
    ) throws(PackError) {
        for column in data {
            do throws(IOError) {
                columns.append(TableEntry.Column(name: "\(stage).\(column.name)", segment: try writer.add(column)))
            } catch {
                throw .io(error)
            }
        }
    }

    /// The stored row of the row that keys were looked for in.
    private func keyRow(_ row: UInt32) -> UInt32 {
        if let ordered, ordered.whole != nil { ordered.places[Int(row)] } else { row }
    }

    func entry(
        _ idCount: UInt64, _ shape: StoredShape, _ columns: [TableEntry.Column], _ quality: Quality
    ) throws(PackError) -> TableEntry {
        var entry = TableEntry(
            name: plan.name, expression: composition.description, idCount: idCount, rowCount: shape.rowCount,
            dim: UInt32(dim))
        entry.missing = plan.missing
        entry.defaultRow = try defaultRow.find(rowCount: shape.rowCount, keyRow: keyRow) { row in
            guard composition.indexer.ownsRows || plan.rowsAreStored else { return row }
            if let ordered { return row < ordered.places.count ? UInt64(ordered.places[Int(row)]) : row }
            return reader.keptNumber(of: row)
        }
        entry.stages = composition.stageEntries
        entry.columns = columns
        entry.attributes = plan.attributes
        if plan.recordsQuality, !plan.rowsAreStored {
            entry.attributes += [
                TableEntry.Attribute(key: "packed.nmse", value: "\(quality.nmse)"),
                TableEntry.Attribute(key: "packed.cosine", value: "\(quality.meanCosine)"),
            ]
            if let traffic = quality.trafficNMSE {
                entry.attributes.append(TableEntry.Attribute(key: "packed.trafficNmse", value: "\(traffic)"))
            }
        }
        if plan.recordsQuality, !composition.indexer.ownsRows, !plan.rowsAreStored {
            let keys = PackedKeys(plan.source.shape.keys).rawValue
            entry.attributes.append(TableEntry.Attribute(key: PackedKeys.attribute, value: keys))
        }
        return entry
    }
}
