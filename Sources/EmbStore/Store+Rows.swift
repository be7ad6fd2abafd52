internal import EmbCodecs
internal import EmbFormat

// What tools show of a table, beside its embeddings.
extension Store {
    /// The bytes of stored row `row` of `table`, decompressed where they are stored in blocks.
    ///
    /// - Parameter row: Below the table's row count.
    /// - Throws: `StoreError.refused` if the block that holds the row is damaged.
    public func storedBytes(ofRow row: UInt64, in table: EmbeddingTable) throws(StoreError) -> [UInt8] {
        precondition(row < table.rowCount, "no such row")
        let name = type(of: table.composition.rowCodec).name + ".rows"
        guard let entry = table.entry.columns.first(where: { $0.name == name }) else { return [] }
        do throws(FormatError) {
            let column = try column(Int(entry.segment), name: name)
            let rowBytes = column.shape.rowBytes
            return try column.withBytes(at: row * rowBytes, count: Int(rowBytes)) { bytes in
                bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            }
        } catch {
            throw .refused(path: path, error)
        }
    }

    func column(_ segment: Int, name: String) throws(FormatError) -> Column {
        try Column(name: name, entry: catalog.segments[segment], number: segment, mapping: mapping, cache: cache)
    }
}
