public import EmbFormat
public import EmbKernels

/// `pq`: the numbers of the codewords nearest to a row's sub-vectors (Formats/codecs/pq.md).
public struct PQ: RowCodec {
    public static let name = "pq"

    /// How codes are arranged.
    public enum Layout: String, Sendable { case rows, fastscan }

    /// How many rows come before the cold ones.
    public enum Hot: Sendable, Equatable {
        case percent(UInt64)
        case rows(UInt64)

        static let standard = Hot.percent(10)
    }

    public let books: Int
    public let bits: Int
    public let codewordType: CodewordType
    public let layout: Layout
    public let coldBits: Int?
    public let hot: Hot

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        (books, bits) = try arguments.product("MxB", second: [4, 8])
        codewordType = CodewordType(rawValue: try arguments.word("codebooks", ["f32", "f16"]) ?? "f32")!
        layout = Layout(rawValue: try arguments.word("layout", ["rows", "fastscan"]) ?? "rows")!
        coldBits = try arguments.integer("coldBits", in: 1...UInt64(bits) - 1).map { Int($0) }
        let hot = arguments.text("hot")
        self.hot = try hot.map { (text) throws(ExpressionError) in try Hot(text, arguments) } ?? .standard
        guard hot == nil || coldBits != nil else { throw arguments.refused("hot= is only for coldBits=") }
        guard layout == .rows || (bits == 4 && coldBits == nil) else {
            throw arguments.refused("layout=fastscan is only for 4 bits without coldBits")
        }
    }

    public var arguments: [ArgumentSyntax] {
        var arguments = [ArgumentSyntax("\(books)x\(bits)")]
        if codewordType != .f32 { arguments.append(ArgumentSyntax("codebooks", codewordType.rawValue)) }
        if layout != .rows { arguments.append(ArgumentSyntax("layout", layout.rawValue)) }
        if let coldBits { arguments.append(ArgumentSyntax("coldBits", "\(coldBits)")) }
        if hot != .standard { arguments.append(ArgumentSyntax("hot", hot.description)) }
        return arguments
    }

    public var columnNames: [String] { coldBits == nil ? ["codebooks", "rows"] : ["codebooks", "rows", "cold"] }

    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        let format: CodedFormat
        do throws(ExpressionError) { format = try self.format(shape) } catch { throw error.refusal(of: Self.name) }
        let shapes = self.shapes(format, shape.rowCount)
        let codebooks = try columns.takeRaw(Self.name, "codebooks", shapes[0])
        let rows = try columns.take(Self.name, "rows", shapes[1])
        let cold = coldBits == nil ? rows : try columns.take(Self.name, "cold", shapes[2])
        return CodedReader(
            codebooks: codebooks, rows: rows, cold: cold, format: format, rowCount: Int(shape.rowCount))
    }

    public func check(_ shape: StoredShape) throws(ExpressionError) { _ = try format(shape) }

    public func byteCount(_ shape: StoredShape) throws(ExpressionError) -> UInt64 {
        shapes(try format(shape), shape.rowCount).reduce(0) { $0 + $1.byteCount }
    }

    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        let format = try self.format(shape)
        let shapes = self.shapes(format, shape.rowCount)
        let wide = ColumnShape(.f32, rows: shapes[0].rowCount)
        let given = try parameters.required("codebooks", shapes[0], wide, of: Self.name)
        let codebooks = try Codebooks(given, shapes[0], of: Self.name)
        if parameters["rows"] != nil {
            var codes = [try parameters.required("rows", shapes[1], of: Self.name)]
            if coldBits != nil { codes.append(try parameters.required("cold", shapes[2], of: Self.name)) }
            return GivenCodes(codebooks: codebooks, codes: codes, format: format)
        }
        return PQEncoder(codebooks, format, Array(shapes.dropFirst()))
    }

    /// The format of rows of this shape; dim must have a number for each sub-vector.
    public func format(_ shape: StoredShape) throws(ExpressionError) -> CodedFormat {
        guard books <= shape.dim else {
            throw ExpressionError(.badDims, "pq cuts rows of \(shape.dim) numbers into \(books) parts")
        }
        var format = CodedFormat(books: books, bits: bits, dim: shape.dim)
        format.half = codewordType == .f16
        format.fastscan = layout == .fastscan
        if let coldBits {
            format.coldBits = coldBits
            format.hotRows = Int(hot.rows(of: shape.rowCount))
        }
        return format
    }

    /// Codebooks, rows, and cold rows if there may be any.
    func shapes(_ format: CodedFormat, _ rowCount: UInt64) -> [ColumnShape] {
        let hot = min(rowCount, UInt64(format.hotRows))
        var shapes = [
            ColumnShape(codewordType.element, rows: UInt64(format.numbers)),
            layout == .fastscan
                ? ColumnShape(.u8, rows: (rowCount + 31) / 32, width: UInt32(16 * books))
                : ColumnShape(.u8, rows: hot, width: UInt32(format.rowBytes(bits: bits))),
        ]
        if let coldBits {
            shapes.append(ColumnShape(.u8, rows: rowCount - hot, width: UInt32(format.rowBytes(bits: coldBits))))
        }
        return shapes
    }
}

extension PQ.Hot: CustomStringConvertible {
    init(_ text: String, _ arguments: StageArguments) throws(ExpressionError) {
        let percent = text.hasSuffix("%") ? UInt64(text.dropLast()) : nil
        if let percent, percent <= 100, text == "\(percent)%" {
            self = .percent(percent)
        } else if let rows = StageArguments.integer(text), rows <= FormatLimits.rows {
            self = .rows(rows)
        } else {
            throw arguments.refused(
                "hot is \"\(text)\", expected a number of rows to \(FormatLimits.rows) or 0% to 100%")
        }
    }

    public var description: String {
        switch self {
        case .percent(let share): "\(share)%"
        case .rows(let rows): "\(rows)"
        }
    }

    /// Hot rows among so many.
    public func rows(of rowCount: UInt64) -> UInt64 {
        switch self {
        case .percent(let share): (rowCount * share + 99) / 100
        case .rows(let rows): min(rows, rowCount)
        }
    }
}
