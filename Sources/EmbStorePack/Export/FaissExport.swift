public import EmbCodecs
internal import EmbFormat
internal import EmbKernels
public import EmbStore

/// A table as an index that `faiss.read_index` reads: float rows and product-quantized codes as they are, anything else as the
/// floats that it decodes to. Transforms become faiss's own where they keep distances.
public struct FaissExport {
    /// Numbers decoded at a time.
    private static let runNumbers = 1 << 18

    private let table: EmbeddingTable
    private let file: FaissFile
    private let source: Source
    /// Why rows are written as floats, though they are stored smaller; nil if they are not.
    public let reason: String?

    /// Where the codes of rows come from.
    private enum Source {
        /// Embeddings of all ids, in order.
        case embeddings
        /// Numbers of stored rows, before transforms.
        case rows
        /// Codes of stored rows.
        case codes
    }

    /// - Parameters:
    ///   - metric: `dot` or `l2`, which the index remembers. `cosine` is `dot` of rows brought to length 1, which is not here.
    /// - Throws: `LookupError.notSearchable` for a table whose ids the file does not name, `corrupt`.
    public init(_ table: EmbeddingTable, metric: Metric) throws(LookupError) {
        precondition(metric != .cosine)
        guard table.isSearchable else { throw .notSearchable(table: table.name) }
        self.table = table
        let plan = try Self.plan(table, metric)
        (source, reason) = (plan.source, plan.reason)
        let inOrder = plan.source == .embeddings
        var file = FaissFile(
            dim: table.dim, rowCount: inOrder ? table.idCount : table.rowCount, isInnerProduct: metric == .dot,
            storage: plan.storage)
        file.map = plan.map
        file.ids = try Self.ids(table, inOrder: inOrder)
        self.file = file
    }

    /// The index's name, such as `IndexPreTransform, IndexPQ(16x8)`.
    public var name: String { file.name }
    public var rowCount: UInt64 { file.rowCount }

    private struct Plan {
        let storage: FaissFile.Storage
        let source: Source
        let map: FaissFile.Map?
        let reason: String?
    }

    private static func plan(_ table: EmbeddingTable, _ metric: Metric) throws(LookupError) -> Plan {
        let codec = type(of: table.composition.rowCodec).name
        func floats(_ reason: String?) -> Plan {
            Plan(storage: .flat, source: .embeddings, map: nil, reason: reason)
        }
        guard codec != "f32" else { return floats(nil) }
        guard let storage = try storage(of: table, codec) else { return floats("faiss has no counterpart of \(codec)") }
        let source: Source = codec == "f16" || codec == "bf16" ? .rows : .codes
        guard !table.transforms.isEmpty else { return Plan(storage: storage, source: source, map: nil, reason: nil) }
        guard let map = TransformProbe.inverse(of: table.transforms) else {
            return floats("the transforms do not keep distances")
        }
        guard metric == .l2 || map.constant.allSatisfy({ $0 == 0 }) else {
            return floats("the transforms shift rows, after which inner products are others; l2 has no such difficulty")
        }
        return Plan(storage: storage, source: source, map: map, reason: nil)
    }

    /// How faiss stores such rows, if it can.
    private static func storage(of table: EmbeddingTable, _ codec: String) throws(LookupError) -> FaissFile.Storage? {
        if codec == "f16" { return .f16 }
        if codec == "bf16" { return .bf16 }
        guard let rows = table.rows as? any ProductCodes, let shape = rows.productShape else { return nil }
        do throws(FormatError) {
            return .pq(books: shape.books, bits: shape.bits, codewords: try rows.codewords())
        } catch {
            throw .corrupt(table: table.name, error)
        }
    }

    /// Integer keys, or ids of rows that are not stored in their order; nil if row numbers will do.
    private static func ids(_ table: EmbeddingTable, inOrder: Bool) throws(LookupError) -> [UInt64]? {
        let readers = inOrder ? nil : try table.readersOfRows()
        let count = UInt32(inOrder ? table.idCount : table.rowCount)
        let isKeyed = table.index is KeyedReader && table.index.accepts(.integer)
        guard isKeyed || readers != nil else { return nil }
        guard isKeyed else { return readers!.map { $0 == EmbeddingTable.noRow ? .max : UInt64($0) } }
        let rows = readers ?? Array(0..<count)
        let named = rows.map { $0 == EmbeddingTable.noRow ? 0 : $0 }
        guard case .integers(let keys) = try table.ids(ofRows: named) else { return nil }
        return zip(rows, keys).map { $0 == EmbeddingTable.noRow ? .max : $1 }
    }

    /// Writes the index, piece by piece.
    ///
    /// - Parameter progress: Called with the number of rows written.
    public func write<Failure: Error>(
        to sink: (RawSpan) throws(Failure) -> Void, progress: (UInt64) -> Void = { _ in }
    ) throws(FaissExportError<Failure>) {
        try Self.call(sink, file.head)
        let run = max(Self.runNumbers / table.dim, 1)
        var first: UInt64 = 0
        while first < rowCount {
            let count = Int(min(UInt64(run), rowCount - first))
            let bytes: [UInt8]
            do throws(LookupError) {
                bytes = try codes(first, count)
            } catch {
                throw .lookup(error)
            }
            try Self.call(sink, bytes)
            first += UInt64(count)
            progress(first)
        }
        try Self.call(sink, file.tail)
    }

    private static func call<Failure: Error>(
        _ sink: (RawSpan) throws(Failure) -> Void, _ bytes: [UInt8]
    ) throws(FaissExportError<Failure>) {
        do throws(Failure) { try unsafe sink(bytes.span.bytes) } catch { throw .sink(error) }
    }

    private func codes(_ first: UInt64, _ count: Int) throws(LookupError) -> [UInt8] {
        switch source {
        case .embeddings:
            return bytes(try TableIDs(table).embeddings(first, count: count), 32)
        case .rows:
            return bytes(try table.storedRows(first, count: count), file.storage == .f16 ? 16 : 8)
        case .codes:
            guard let rows = table.rows as? any ProductCodes else { preconditionFailure("the plan has seen it") }
            do throws(FormatError) {
                return try rows.codes(Int(first)..<Int(first) + count)
            } catch {
                throw .corrupt(table: table.name, error)
            }
        }
    }

    /// Little endian floats: of 32 bits, of 16, or the upper halves (`8`: an exponent of so many bits).
    private func bytes(_ numbers: [Float], _ kind: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * numbers.count)
        for number in numbers {
            let bits =
                kind == 32
                ? number.bitPattern : kind == 16 ? UInt32(Float16(number).bitPattern) : number.bitPattern >> 16
            for shift in stride(from: UInt32(0), to: kind == 32 ? 32 : 16, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
            }
        }
        return bytes
    }
}

/// Why an index could not be written.
public enum FaissExportError<Failure: Error>: Error {
    case lookup(LookupError)
    case sink(Failure)
}
