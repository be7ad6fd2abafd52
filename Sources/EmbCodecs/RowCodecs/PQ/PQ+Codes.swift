internal import EmbFormat

extension PQ {
    /// The columns of codes that were made elsewhere: `rows`, and `cold` if there are cold rows; what `makeEncoder` takes as
    /// given beside the codebooks.
    ///
    /// - Parameter codes: A byte a code, row after row in stored order. Each is below 2^bits, those of cold rows below
    ///   2^coldBits: the caller has checked.
    public func columns(codes: [UInt8], _ shape: StoredShape) throws(ExpressionError) -> [ColumnData] {
        let format = try self.format(shape)
        let shapes = self.shapes(format, shape.rowCount)
        guard layout == .rows else {
            var blocks: [UInt8] = []
            CodeBits.appendBlocks(codes[...], books: books, to: &blocks)
            return [ColumnData("rows", shapes[1], bytes: blocks)]
        }
        var rows: [UInt8] = []
        let split = Int(shapes[1].rowCount) * books
        CodeBits.append(codes[..<split], books: books, bits: bits, to: &rows)
        guard let coldBits else { return [ColumnData("rows", shapes[1], bytes: rows)] }
        var cold: [UInt8] = []
        CodeBits.append(codes[split...], books: books, bits: coldBits, to: &cold)
        return [ColumnData("rows", shapes[1], bytes: rows), ColumnData("cold", shapes[2], bytes: cold)]
    }
}
