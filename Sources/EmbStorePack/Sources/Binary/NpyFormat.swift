/// Opens .npy arrays: files, and members of .npz archives.
enum NpyFormat {
    /// The rows of a two-dimensional array.
    static func source(_ bytes: any ByteSource, tableName: String? = nil) throws(SourceError) -> any RowSource {
        try source(bytes, header: NpyHeader(bytes), tableName: tableName)
    }

    /// The rows of an array whose header was read before.
    static func source(
        _ bytes: any ByteSource, header: NpyHeader, tableName: String?
    ) throws(SourceError) -> any RowSource {
        let layout = try header.layout(bytes)
        // With one column or one row both orders are the same.
        guard header.fortranOrder, layout.dim > 1, layout.rowCount > 1 else {
            return MatrixSource(bytes, layout: layout, tableName: tableName)
        }
        guard bytes.isSeekable else {
            throw .unsupportedLayout(
                file: bytes.name, found: "a compressed array in Fortran order",
                advice: "save it uncompressed or in C order (numpy.ascontiguousarray)")
        }
        return ColumnMatrixSource(bytes, layout: layout, tableName: tableName)
    }
}
