public import EmbCodecs
internal import EmbFormat

/// What a table will take in the file, told before a row is read.
public struct PackEstimate: Sendable {
    /// The expression, with the indexer that suits the source.
    public let composition: Composition
    public let dim: Int
    /// Numbers in a stored row.
    public let storedDim: Int
    /// Bytes of a stored row, its share of codebooks and the like included where the number of rows is known.
    public let rowBytes: Double
    /// Ids and stored rows; nil while nobody knows. Duplicates are not taken off.
    public let idCount: UInt64?
    public let rowCount: UInt64?
    /// Bytes of the row codec's and the transforms' columns.
    public let codecBytes: UInt64?
    /// Bytes of the index, but for the bytes of string keys.
    public let indexBytes: UInt64?

    /// Bytes of all columns, but for the bytes of string keys.
    public var columnBytes: UInt64? {
        guard let codecBytes, let indexBytes else { return nil }
        return codecBytes + indexBytes
    }

    /// About the share of a finished table's energy that is kept when its ids are made to share rows; nil if each id has
    /// a row of its own (Formats/indexers/hashed.md, "Packing").
    public var keptEnergy: Double? {
        guard !composition.indexer.ownsRows, let idCount, let rowCount, idCount > 0 else { return nil }
        return min(1, Double(rowCount) * Double(storedDim) / (Double(idCount) * Double(dim)))
    }
}

extension TablePlan {
    /// The sizes that follow from the plan and the shape of its source.
    ///
    /// - Parameter sourceRows: Rows of the source that are kept, where they have been counted.
    public func estimate(
        registry: Registry = .builtin, sourceRows: UInt64? = nil
    ) throws(PackError) -> PackEstimate {
        let composition = try TablePacker.composition(self, registry)
        let dim = try TablePacker.embeddingDim(self, composition)
        let sourceRows = sourceRows ?? source.shape.rowCount
        let idCount = rowsAreStored ? idsGiven ?? sourceRows : sourceRows
        do throws(ExpressionError) {
            let rows = try rowCount(composition, idCount, sourceRows)
            let shape = try composition.storedShape(rowCount: rows ?? 1 << 20, dim: dim)
            var codecBytes = try composition.rowCodec.byteCount(shape)
            for (transform, width) in zip(composition.transforms, try composition.widths(dim: dim)) {
                codecBytes += try transform.byteCount(outputDim: width)
            }
            let indexBytes = idCount.map { ids in
                composition.indexer.indexBytes(idCount: ids)
                    + composition.rowMaps.reduce(0) { $0 + $1.mapBytes(indexCount: ids) }
            }
            return PackEstimate(
                composition: composition, dim: dim, storedDim: shape.dim,
                rowBytes: Double(codecBytes) / Double(max(shape.rowCount, 1)), idCount: idCount, rowCount: rows,
                codecBytes: rows == nil ? nil : codecBytes, indexBytes: indexBytes)
        } catch {
            throw .expression(error)
        }
    }

    /// Stored rows, nil if that depends on a number of ids that nobody knows.
    private func rowCount(
        _ composition: Composition, _ idCount: UInt64?, _ sourceRows: UInt64?
    ) throws(ExpressionError) -> UInt64? {
        if rowsAreStored, !composition.indexer.windows { return sourceRows }
        if let idCount { return try composition.indexer.rowCount(idCount: idCount) }
        return composition.indexer.ownsRows ? nil : try composition.indexer.rowCount(idCount: 0)
    }
}
