import EmbCodecs
import EmbStore
import EmbStorePack

/// Writes embeddings to standard output as they are looked up.
struct LookupOutput {
    private let format: LookUp.OutputFormat
    private let reader: EmbeddingReader
    private let pooled: PoolMode?
    private var writer: NpyWriter
    /// The header of an array waits for the first rows, so that a refused lookup writes nothing.
    private var isStarted = false

    init(_ format: LookUp.OutputFormat, _ reader: EmbeddingReader, pooled: PoolMode?) {
        self.format = format
        self.reader = reader
        self.pooled = pooled
        writer = NpyWriter(
            element: reader.element == .f16 ? .f16 : .f32, rowCount: pooled == nil ? UInt64(reader.batch.count) : 1,
            dim: min(max(reader.dims, 1), reader.table.dim))
    }

    /// Writes rows: those of ids `range`, or the one of a bag.
    mutating func add(_ rows: [Float], _ range: Range<Int>) throws {
        switch format {
        case .text: for i in range { try Terminal.output.data(text(name(i), row(i - range.lowerBound, rows))) }
        case .json: for i in range { try Terminal.output.data(try json(i, row(i - range.lowerBound, rows))) }
        case .npy: try addToArray(rows)
        }
    }

    private func row(_ i: Int, _ rows: [Float]) -> ArraySlice<Float> { rows[i * reader.dims..<(i + 1) * reader.dims] }

    private func name(_ i: Int) -> String { pooled?.rawValue ?? reader.batch.text(i) }

    private func text(_ name: String, _ row: ArraySlice<Float>) -> String {
        name + " " + row.map { "\($0)" }.joined(separator: " ")
    }

    private struct Document: Encodable {
        let id: String?
        let pool: String?
        let table: String
        let values: [Float]
    }

    private func json(_ i: Int, _ row: ArraySlice<Float>) throws -> String {
        try JSON.line(
            Document(
                id: pooled == nil ? reader.batch.text(i) : nil, pool: pooled?.rawValue, table: reader.table.name,
                values: Array(row)))
    }

    private mutating func addToArray(_ rows: [Float]) throws {
        if !isStarted { try writer.start { (bytes) throws(Failure) in try Self.write(bytes) } }
        isStarted = true
        try writer.append(rows.span) { (bytes) throws(Failure) in try Self.write(bytes) }
    }

    private static func write(_ bytes: RawSpan) throws(Failure) {
        do {
            try Terminal.output.write(
                bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) })
        } catch {
            throw Failure(error)
        }
    }
}
