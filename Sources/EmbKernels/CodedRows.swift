internal import CEmbKernels

/// How codes number codewords (Formats/codecs/pq.md, rq.md).
public struct CodedFormat: Sendable, Equatable {
    /// Codes in a row, of `bits` bits each; a codebook has 2^bits codewords.
    public var books: Int
    public var bits: Int
    /// Numbers in a row.
    public var dim: Int
    /// Whether codewords are `f16`, else `f32`.
    public var half = false
    /// Whether a row is the sum of its codewords, each `dim` wide; else they stand side by side.
    public var additive = false
    /// Whether `rows` holds blocks of 32 rows of 4-bit codes.
    public var fastscan = false
    /// Rows from this on stand in `cold`, with `coldBits` bits a code.
    public var hotRows = Int(UInt32.max)
    public var coldBits = 8

    public init(books: Int, bits: Int, dim: Int) {
        precondition(books > 0 && (bits == 4 || bits == 8) && dim > 0)
        self.books = books
        self.bits = bits
        self.dim = dim
    }

    public var codewords: Int { 1 << bits }

    /// Bytes of a row of codes of `bits` bits.
    public func rowBytes(bits: Int) -> Int { (books * bits + 7) / 8 }

    /// Numbers in all codewords.
    public var numbers: Int { codewords * dim * (additive ? books : 1) }

    /// Columns that sub-vector `m` begins at; `books` stands for the end.
    public func firstColumn(_ m: Int) -> Int { m * (dim / books) + min(m, dim % books) }
}

/// Rows of codes in memory, and the codewords that they number: a borrowed view. Any codes are valid.
public struct CodedRows: ~Escapable {
    let codewords: RawSpan
    let rows: RawSpan
    let cold: RawSpan
    let format: CodedFormat
    /// Row indices below this are inside `rows` and `cold`.
    public let rowCount: Int

    /// - Parameters: All with at least `StoredRows.slack` bytes more. `cold` is not read if there are no cold rows.
    @_lifetime(copy codewords, copy rows, copy cold)
    public init(codewords: RawSpan, rows: RawSpan, cold: RawSpan, rowCount: Int, format: CodedFormat) {
        precondition(format.additive || format.books <= format.dim)
        precondition(!format.fastscan || format.bits == 4 && format.hotRows >= rowCount)
        precondition((1...format.bits).contains(format.coldBits) || format.hotRows >= rowCount)
        let hot = min(rowCount, format.hotRows)
        let hotBytes =
            format.fastscan ? (rowCount + 31) / 32 * 16 * format.books : hot * format.rowBytes(bits: format.bits)
        let slack = StoredRows.slack
        precondition(codewords.byteCount >= format.numbers * (format.half ? 2 : 4) + slack)
        precondition(rows.byteCount >= hotBytes + slack)
        precondition(
            hot == rowCount || cold.byteCount >= (rowCount - hot) * format.rowBytes(bits: format.coldBits) + slack)
        self.codewords = codewords
        self.rows = rows
        self.cold = cold
        self.format = format
        self.rowCount = rowCount
    }
}
