internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels
public import EmbStore

/// Compares a packed table with the source it was packed from, row by row, through the lookups that services make.
///
///     let comparison = try SourceVerifier(table, source: source).compare()
///     try comparison.check()
///
/// Belongs to one thread at a time. Memory: tiles of 32 MiB.
public struct SourceVerifier {
    private let table: EmbeddingTable
    private let source: any RowSource
    private let duplicates: DuplicatePolicy
    private let kernels = Kernels.best

    /// - Parameter duplicates: What packing did about rows whose key came before.
    public init(_ table: EmbeddingTable, source: any RowSource, duplicates: DuplicatePolicy = .error) {
        self.table = table
        self.source = source
        self.duplicates = duplicates
    }

    /// Looks every row of the source up.
    ///
    /// - Parameter progress: Called now and then with the rows compared so far.
    /// - Throws: `VerificationError` for a source of another shape, a row that the table has not, and whatever stops the
    ///   reading. What is found of the numbers is left to `SourceComparison.check`.
    public func compare(progress: (UInt64) -> Void = { _ in }) throws(VerificationError) -> SourceComparison {
        try checkShape()
        let reader = SourceReader(source)
        var comparison = SourceComparison(table, source.shape)
        do throws(PackError) {
            if duplicates != .error { _ = try reader.survey(duplicates) { _ in } }
        } catch {
            throw VerificationError(error)
        }
        while let rows = try next(reader) {
            let packed = try lookUp(rows, first: comparison.rows)
            comparison.add(rows.values, packed.span, kernels)
            progress(comparison.rows)
        }
        guard comparison.rows == table.idCount else {
            throw .shape(table: table.name, field: "idCount", found: "\(table.idCount)", expected: "\(comparison.rows)")
        }
        return comparison
    }

    private func next(_ reader: SourceReader) throws(VerificationError) -> SourceReader.Rows? {
        do throws(PackError) { return try reader.next() } catch { throw VerificationError(error) }
    }

    private func checkShape() throws(VerificationError) {
        guard source.shape.dim == table.dim else {
            throw .shape(table: table.name, field: "dim", found: "\(table.dim)", expected: "\(source.shape.dim)")
        }
        guard let keyed = table.composition.indexer as? Keyed else { return }
        let expected: KeyKind = keyed.kind == .string ? .strings : .integers
        guard source.shape.keys == expected else {
            throw .shape(
                table: table.name, field: "type of keys", found: "\(expected)", expected: "\(source.shape.keys)")
        }
    }

    /// The table's embeddings of rows of the source, of which `first` is the first one's number.
    private func lookUp(_ rows: SourceReader.Rows, first: UInt64) throws(VerificationError) -> [Float] {
        do throws(LookupError) {
            guard table.composition.indexer is Direct else {
                return try rows.withIDs { (ids) throws(LookupError) in try table.gather(ids, missing: .error) }
            }
            let numbers = (0..<UInt64(rows.count)).map { first + $0 }
            return try table.gather(.uint64(numbers.span), missing: .error)
        } catch {
            if case .missingID(_, let position, let id) = error {
                throw .missingID(table: table.name, row: first + UInt64(position), id: id)
            }
            throw .lookup(error)
        }
    }
}
