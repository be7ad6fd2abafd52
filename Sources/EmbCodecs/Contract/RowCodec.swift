public import EmbFormat
public import EmbKernels

/// One way to store the numbers of a row (Formats/codecs).
public protocol RowCodec: Stage {
    /// Whether rows may be windows at any element of one array (`StoredShape.windows`).
    static var storesWindows: Bool { get }
    /// Whether NaN and infinities are stored as they are. Packing refuses or replaces them for other codecs.
    static var storesNonFinite: Bool { get }

    /// Takes the columns this codec needs, checks their types and shapes against `shape`, and returns a reader that
    /// trusts them. Reads no payload.
    func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader

    /// Refuses shapes that this codec, as it is written, cannot store. By default it can store any.
    func check(_ shape: StoredShape) throws(ExpressionError)

    /// Bytes of all columns for rows of this shape, told before anything is fitted; about, where it depends on the numbers.
    func byteCount(_ shape: StoredShape) throws(ExpressionError) -> UInt64

    /// What packing appends rows to.
    ///
    /// - Parameter parameters: What was fitted to the table or imported, by column name; empty for codecs that learn nothing.
    func makeEncoder(shape: StoredShape, parameters: [String: ColumnData]) throws(ExpressionError) -> any RowEncoder
}

extension RowCodec {
    public static var storesWindows: Bool { false }
    public static var storesNonFinite: Bool { false }
    public var columnNames: [String] { ["rows"] }

    public func check(_ shape: StoredShape) throws(ExpressionError) {}

    /// For codecs whose columns follow from the shape alone.
    public func byteCount(_ shape: StoredShape) throws(ExpressionError) -> UInt64 {
        try makeEncoder(shape: shape, parameters: [:]).columns.reduce(0) { $0 + $1.shape.byteCount }
    }
}

/// Decodes stored rows of one table. Row indices in lists are below the shape's row count or the zero row; the caller
/// has made sure. Outputs are `dims` numbers wide, `dims` from 1 to `dim`. All calls are safe from any thread as long
/// as each has its own workspace; none allocates unless a column is stored in blocks.
public protocol RowReader: Sendable {
    /// Numbers in a stored row.
    var dim: Int { get }
    /// Bytes that a lookup of the first `dims` numbers of a row touches, and the distance between rows.
    func rowBytes(dims: Int) -> (touched: Int, stride: Int)
    /// Bytes of all rows, for choosing whether to prefetch.
    var byteCount: UInt64 { get }

    /// Asks the processor for the first `dims` numbers of these rows, which are read soon; zero rows among them are passed
    /// over. A hint.
    func prefetch(_ rows: Span<UInt32>, dims: Int)

    /// Adds the pages of the file that these rows are read from, as far as they are known without reading; zero rows among
    /// them are passed over. The rows are below the row count.
    func listPages(_ rows: Span<UInt32>, _ pages: inout PageList)

    /// Row `list.rows[i]` into `out[i * outStride ..< i * outStride + dims]`; weights are ignored.
    func gather(
        _ list: RowList, into out: inout MutableSpan<Float>, outStride: Int, dims: Int, _ workspace: Workspace
    ) throws(FormatError)

    /// Sums per bag, as Formats/lookup.md says. `carry` is the state of a bag that spans calls.
    func sum(
        _ list: RowList, _ bags: Bags, carry: inout Float, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int,
        _ workspace: Workspace
    ) throws(FormatError)

    /// Maxima per bag.
    func max(
        _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int, dims: Int,
        _ workspace: Workspace
    ) throws(FormatError)

    /// Checks what only reading all payload can show: `verify --deep`.
    func verify() throws(FormatError)

    /// The codec's own way to score these queries (its page, "Scoring"), or nil if it has none for their metric: rows are
    /// decoded then. Called once per batch of queries; may allocate for them, not for rows.
    func makeScorer(_ queries: ScoreQueries) throws(FormatError) -> (any RowScorer)?
}

extension RowReader {
    public func makeScorer(_ queries: ScoreQueries) throws(FormatError) -> (any RowScorer)? { nil }
    public func verify() throws(FormatError) {}
    public func prefetch(_ rows: Span<UInt32>, dims: Int) {}
    public func listPages(_ rows: Span<UInt32>, _ pages: inout PageList) {}
}

/// Turns rows of floats into the bytes of columns. Immutable: several threads may encode different rows at once.
public protocol RowEncoder: Sendable {
    /// The columns, in the order of the codec's page, with the shape that all rows together will have. Columns that
    /// come whole from the fit carry their bytes; `rows` and its like are filled by `encode`.
    var columns: [EncodedColumn] { get }

    /// Rows that are encoded together: calls of `encode` begin at multiples of it, and only the last ends elsewhere.
    var blockRows: Int { get }

    /// Appends `values`, whole rows, to `bytes[i]` for every column i without bytes of its own.
    ///
    /// - Parameter firstRow: The stored row that the first of `values` becomes.
    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError)

    /// Takes the bytes of whole columns, those without bytes of their own, to what the file holds: for columns, after the
    /// first, that only all rows together tell. Called once, after the last row.
    func finish(_ bytes: inout [[UInt8]])

    /// Reads back what one call of `encode` appended, as the reader will: all rows of `bytes` into `values`.
    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels)
}

extension RowEncoder {
    public var blockRows: Int { 1 }
    public func finish(_ bytes: inout [[UInt8]]) {}
}

/// A column as an encoder announces it.
public struct EncodedColumn: Sendable {
    public let name: String
    public let shape: ColumnShape
    /// All bytes, for a column that does not grow with the rows.
    public let bytes: [UInt8]?
    /// Whether the column's rows are as many as are appended, and not those of `shape`.
    public let isCounted: Bool

    public init(_ name: String, _ shape: ColumnShape, bytes: [UInt8]? = nil) {
        self.init(name, shape, bytes, isCounted: false)
    }

    /// A column of single elements, of which only packing tells how many there are.
    public init(_ name: String, countedElements element: ElementType) {
        self.init(name, ColumnShape(element, rows: 0), nil, isCounted: true)
    }

    private init(_ name: String, _ shape: ColumnShape, _ bytes: [UInt8]?, isCounted: Bool) {
        self.name = name
        self.shape = shape
        self.bytes = bytes
        self.isCounted = isCounted
    }

    /// The same as a column of composition `prefix` nested in a stage.
    public func nested(_ prefix: String) -> EncodedColumn {
        EncodedColumn("\(prefix).\(name)", shape, bytes, isCounted: isCounted)
    }

    /// The shape of the finished column.
    public func shape(of bytes: [UInt8]) -> ColumnShape {
        guard isCounted else { return shape }
        return ColumnShape(shape.element, rows: UInt64(bytes.count / shape.element.byteCount))
    }
}

/// A column held in memory while packing.
public struct ColumnData: Sendable {
    public let name: String
    public let shape: ColumnShape
    public let bytes: [UInt8]

    public init(_ name: String, _ shape: ColumnShape, bytes: [UInt8]) {
        self.name = name
        self.shape = shape
        self.bytes = bytes
    }
}

/// A row that a codec cannot store.
public struct EncodeError: Error, Sendable, Equatable {
    /// Counted from the first row of the call.
    public let row: Int
    public let refusal: EncodeRefusal

    public init(row: Int, _ refusal: EncodeRefusal) {
        self.row = row
        self.refusal = refusal
    }
}
