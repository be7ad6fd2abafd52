public import EmbFormat
public import EmbKernels

/// `rq`: a row is the sum of a codeword from each of several codebooks (Formats/codecs/rq.md).
public struct RQ: RowCodec {
    public static let name = "rq"

    public let books: Int
    public let bits: Int
    public let codewordType: CodewordType
    /// Candidates kept while rows are encoded.
    public let beam: Int

    private static let standardBeam = 5

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        (books, bits) = try arguments.product("MxB", second: [4, 8])
        codewordType = CodewordType(rawValue: try arguments.word("codebooks", ["f32", "f16"]) ?? "f32")!
        beam = try arguments.integer("beam", in: 1...32).map { Int($0) } ?? Self.standardBeam
    }

    public var arguments: [ArgumentSyntax] {
        var arguments = [ArgumentSyntax("\(books)x\(bits)")]
        if codewordType != .f32 { arguments.append(ArgumentSyntax("codebooks", codewordType.rawValue)) }
        if beam != Self.standardBeam { arguments.append(ArgumentSyntax("beam", "\(beam)")) }
        return arguments
    }

    public var columnNames: [String] { ["codebooks", "rows"] }

    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        let (codebookShape, rowShape) = shapes(shape)
        let codebooks = try columns.takeRaw(Self.name, "codebooks", codebookShape)
        let rows = try columns.take(Self.name, "rows", rowShape)
        return CodedReader(
            codebooks: codebooks, rows: rows, cold: rows, format: format(shape.dim), rowCount: Int(shape.rowCount))
    }

    public func byteCount(_ shape: StoredShape) throws(ExpressionError) -> UInt64 {
        let (codebooks, rows) = shapes(shape)
        return codebooks.byteCount + rows.byteCount
    }

    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        let (codebookShape, rowShape) = shapes(shape)
        let wide = ColumnShape(.f32, rows: codebookShape.rowCount, width: codebookShape.width)
        let given = try parameters.required("codebooks", codebookShape, wide, of: Self.name)
        let codebooks = try Codebooks(given, codebookShape, of: Self.name)
        let format = self.format(shape.dim)
        if parameters["rows"] != nil {
            let codes = try parameters.required("rows", rowShape, of: Self.name)
            return GivenCodes(codebooks: codebooks, codes: [codes], format: format)
        }
        return RQEncoder(codebooks, format, rowShape, beam: beam)
    }

    public func format(_ dim: Int) -> CodedFormat {
        var format = CodedFormat(books: books, bits: bits, dim: dim)
        format.half = codewordType == .f16
        format.additive = true
        return format
    }

    private func shapes(_ shape: StoredShape) -> (codebooks: ColumnShape, rows: ColumnShape) {
        (
            ColumnShape(codewordType.element, rows: UInt64(books << bits), width: UInt32(shape.dim)),
            ColumnShape(.u8, rows: shape.rowCount, width: UInt32((books * bits + 7) / 8))
        )
    }
}
