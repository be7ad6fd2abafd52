internal import EmbCodecs
internal import EmbFormat
internal import EmbIO

/// The columns of a row codec on their way into the file, in order. The bytes of one column at a time go straight there; those
/// of columns after it wait in memory until it is full.
struct ColumnOutput {
    private let encoder: any RowEncoder
    private let columns: [EncodedColumn]
    private let storage: StoreWriter.Storage
    private let writer: StoreWriter
    /// Bytes not yet written, and segments of finished columns.
    private var waiting: [[UInt8]]
    private var segments: [UInt32] = []
    /// Bytes of the open column that are written; nil if none is open.
    private var written: UInt64?

    init(
        _ encoder: any RowEncoder, _ storage: StoreWriter.Storage, _ writer: StoreWriter
    ) throws(PackError) {
        self.encoder = encoder
        columns = encoder.columns
        self.storage = storage
        self.writer = writer
        waiting = columns.map { $0.bytes ?? [] }
        do throws(IOError) { try write() } catch { throw .io(error) }
    }

    mutating func append(_ chunks: [ChunkEncoder.Chunk]) throws(PackError) {
        for chunk in chunks {
            for (i, bytes) in chunk.bytes.enumerated() where !bytes.isEmpty { waiting[i] += bytes }
            do throws(IOError) { try write() } catch { throw .io(error) }
        }
    }

    /// The columns' names and segments.
    mutating func finish() throws(PackError) -> [(name: String, segment: UInt32)] {
        encoder.finish(&waiting)
        do throws(IOError) {
            while segments.count < columns.count { try writeWhole() }
        } catch {
            throw .io(error)
        }
        return zip(columns, segments).map { ($0.name, $1) }
    }

    /// Writes what can be: columns that are whole, then what there is of the first that is not.
    private mutating func write() throws(IOError) {
        while segments.count < columns.count {
            let i = segments.count
            let column = columns[i]
            if column.bytes != nil {
                try writeWhole()
                continue
            }
            // All columns after the first may still be changed by `finish`, unless they are rows.
            guard !column.isCounted, column.streams else { return }
            if written == nil { try writer.begin(column.shape, storage) }
            let bytes = waiting[i]
            waiting[i] = []
            try unsafe writer.append(bytes.span.bytes)
            written = (written ?? 0) + UInt64(bytes.count)
            guard written == column.shape.byteCount else { return }
            segments.append(try writer.end())
            written = nil
        }
    }

    private mutating func writeWhole() throws(IOError) {
        let i = segments.count
        let shape = columns[i].shape(of: waiting[i])
        if columns[i].bytes != nil {
            // Codebooks and the like are read whole and stay raw.
            segments.append(try writer.add(ColumnData(columns[i].name, shape, bytes: waiting[i]), .raw))
        } else {
            if written == nil { try writer.begin(shape, storage) }
            let bytes = waiting[i]
            try unsafe writer.append(bytes.span.bytes)
            segments.append(try writer.end())
        }
        written = nil
        waiting[i] = []
    }
}

extension EncodedColumn {
    /// Whether what is appended stays as it is: columns called `rows`, nested or not.
    fileprivate var streams: Bool { name == "rows" || name.hasSuffix(".rows") }
}
