internal import EmbCodecs
internal import EmbFormat
internal import EmbIO
internal import EmbStore

// The rows themselves.
extension TablePacker {
    /// Stored row i is the i-th row of the source: encoded as it comes.
    func stream(
        _ encoder: ChunkEncoder, _ codec: String, _ builder: any IndexBuilder, _ idCount: UInt64,
        _ quality: inout Quality, _ columns: inout [TableEntry.Column]
    ) async throws(PackError) {
        var output = try ColumnOutput(encoder.rows.columns, plan.storage, writer)
        var done: UInt64 = 0
        while let rows = try reader.next() {
            if !plan.rowsAreStored || composition.indexer.ownsRows { try index(rows, builder) }
            defaultRow.look(at: rows, count: rows.values.count / plan.source.shape.dim)
            for chunk in try await encode(rows, encoder) {
                try output.append(chunk.bytes)
                quality.add(chunk.quality)
            }
            done += UInt64(rows.values.count / plan.source.shape.dim)
            progress(PackProgress(table: plan.name, rowsDone: done, rowCount: idCount))
        }
        guard done == idCount else {
            throw .plan(
                source: plan.source.shape.name, field: "number of rows on the second reading", found: "\(done)",
                expected: "\(idCount)")
        }
        for (name, number) in try output.finish() {
            columns.append(TableEntry.Column(name: "\(codec).\(name)", segment: number))
        }
    }

    /// Rows are shared: they are fitted to the source, then encoded.
    func fit(
        _ encoder: ChunkEncoder, _ codec: String, _ builder: any IndexBuilder, _ shape: StoredShape, _ idCount: UInt64,
        _ quality: inout Quality, _ columns: inout [TableEntry.Column]
    ) async throws(PackError) {
        let index = try indexReader(idCount, shape)
        var fit = LinearFit(index, rowCount: Int(shape.rowCount), dim: shape.dim)
        while let rows = try reader.next() {
            try self.index(rows, builder)
            try add(rows, to: &fit, index, encoder)
            let done = UInt64(fit.addresses.count / fit.probes)
            progress(PackProgress(table: plan.name, rowsDone: done, rowCount: idCount))
        }
        var rows = SourceReader.Rows()
        rows.values = fit.solve()
        var output = try ColumnOutput(encoder.rows.columns, plan.storage, writer)
        var decoded: [Float] = []
        for chunk in try await encode(rows, encoder.encodingStoredRows) {
            try output.append(chunk.bytes)
            decoded += encoder.encodingStoredRows.decode(chunk, count: Self.rowCount(chunk, encoder) * shape.dim)
        }
        for (name, number) in try output.finish() {
            columns.append(TableEntry.Column(name: "\(codec).\(name)", segment: number))
        }
        try measure(fit, decoded, encoder, &quality)
    }

    private static func rowCount(_ chunk: ChunkEncoder.Chunk, _ encoder: ChunkEncoder) -> Int {
        chunk.bytes[0].count / Int(encoder.rows.columns[0].shape.rowBytes)
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
        _ rows: SourceReader.Rows, to fit: inout LinearFit, _ index: any IndexReader, _ encoder: ChunkEncoder
    ) throws(PackError) {
        let count = rows.values.count / dim
        let values: [Float]
        do throws(EncodeError) { values = try encoder.transformed(rows.values) } catch { throw refused(error, rows) }
        var addresses = [UInt32](repeating: 0, count: count * fit.probes)
        var span = addresses.mutableSpan
        var weights = MutableSpan<Float>()
        do throws(FormatError) {
            _ = try rows.withIDs { (ids) throws(FormatError) in
                try index.address(ids, .byID(probes: fit.probes), rows: &span, weights: &weights, encoder.kernels)
            }
        } catch {
            throw .plan(
                source: plan.source.shape.name, field: error.field, found: error.found, expected: error.expected)
        }
        let width = values.count / max(count, 1)
        for i in 0..<count {
            fit.add(
                addresses[i * fit.probes..<(i + 1) * fit.probes], values[i * width..<(i + 1) * width])
        }
    }

    /// Compares the source with what the fitted, encoded rows give back.
    private func measure(
        _ fit: LinearFit, _ decoded: [Float], _ encoder: ChunkEncoder, _ quality: inout Quality
    ) throws(PackError) {
        try reader.rewind()
        var id = 0
        while let rows = try reader.next() {
            let count = rows.values.count / dim
            var combined: [Float] = []
            combined.reserveCapacity(rows.values.count)
            for i in 0..<count { combined += fit.combined(id + i, decoded) }
            let packed = encoder.untransformed(combined)
            quality.add(rows.values.span, packed.span, dim: dim, encoder.kernels)
            id += count
        }
    }

    private func index(_ rows: SourceReader.Rows, _ builder: any IndexBuilder) throws(PackError) {
        do throws(IndexBuildError) {
            try rows.withIDs { (ids) throws(IndexBuildError) in try builder.add(ids) }
        } catch {
            throw .index(source: plan.source.shape.name, error)
        }
    }

    /// Encodes a tile, chunk by chunk on several threads; the chunks come back in order.
    private func encode(
        _ rows: SourceReader.Rows, _ encoder: ChunkEncoder
    ) async throws(PackError) -> [ChunkEncoder.Chunk] {
        let chunkRows = max(Self.chunkNumbers / encoder.dim, 1)
        let chunks = stride(from: 0, to: rows.values.count, by: chunkRows * encoder.dim).map { start in
            start..<min(start + chunkRows * encoder.dim, rows.values.count)
        }
        let threads = min(self.threads, chunks.count)
        let values = rows.values
        let results = await withTaskGroup(of: [(Int, Result<ChunkEncoder.Chunk, EncodeError>)].self) { group in
            for thread in 0..<threads {
                group.addTask {
                    stride(from: thread, to: chunks.count, by: threads).map { number in
                        (number, Result { () throws(EncodeError) in try encoder.encode(Array(values[chunks[number]])) })
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }.sorted { $0.0 < $1.0 }
        }
        var encoded: [ChunkEncoder.Chunk] = []
        for (number, result) in results {
            do throws(EncodeError) {
                encoded.append(try result.get())
            } catch {
                throw refused(EncodeError(row: number * chunkRows + error.row, error.refusal), rows)
            }
        }
        return encoded
    }

    private func refused(_ error: EncodeError, _ rows: SourceReader.Rows) -> PackError {
        .row(
            source: plan.source.shape.name, row: rows.firstRow + UInt64(error.row),
            codec: composition.rowCodec.syntax.description, error.refusal)
    }
}

// After the rows.
extension TablePacker {
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

    func entry(
        _ idCount: UInt64, _ shape: StoredShape, _ columns: [TableEntry.Column], _ quality: Quality
    ) throws(PackError) -> TableEntry {
        var entry = TableEntry(
            name: plan.name, expression: composition.description, idCount: idCount, rowCount: shape.rowCount,
            dim: UInt32(dim))
        entry.missing = plan.missing
        entry.defaultRow = try defaultRow.find(rowCount: shape.rowCount)
        entry.stages = composition.stageEntries
        entry.columns = columns
        entry.attributes = plan.attributes
        if plan.recordsQuality, !plan.rowsAreStored {
            entry.attributes += [
                TableEntry.Attribute(key: "packed.nmse", value: "\(quality.nmse)"),
                TableEntry.Attribute(key: "packed.cosine", value: "\(quality.meanCosine)"),
            ]
        }
        if plan.recordsQuality, !composition.indexer.ownsRows, !plan.rowsAreStored {
            let keys = PackedKeys(plan.source.shape.keys).rawValue
            entry.attributes.append(TableEntry.Attribute(key: PackedKeys.attribute, value: keys))
        }
        return entry
    }
}

/// The columns of a row codec on their way into the file: the first streams, further ones wait in memory.
private struct ColumnOutput {
    private let columns: [EncodedColumn]
    private let storage: StoreWriter.Storage
    private let writer: StoreWriter
    private var waiting: [[UInt8]]

    init(
        _ columns: [EncodedColumn], _ storage: StoreWriter.Storage, _ writer: StoreWriter
    ) throws(PackError) {
        self.columns = columns
        self.storage = storage
        self.writer = writer
        waiting = columns.map { $0.bytes ?? [] }
        do throws(IOError) { try writer.begin(columns[0].shape, storage) } catch { throw .io(error) }
    }

    mutating func append(_ bytes: [[UInt8]]) throws(PackError) {
        let rows = bytes[0]
        do throws(IOError) { try unsafe writer.append(rows.span.bytes) } catch { throw .io(error) }
        for i in columns.indices.dropFirst() { waiting[i] += bytes[i] }
    }

    func finish() throws(PackError) -> [(name: String, segment: UInt32)] {
        do throws(IOError) {
            var numbers = [(columns[0].name, try writer.end())]
            for (column, bytes) in zip(columns, waiting).dropFirst() {
                numbers.append(
                    (column.name, try writer.add(ColumnData(column.name, column.shape, bytes: bytes), storage)))
            }
            return numbers
        } catch {
            throw .io(error)
        }
    }
}
