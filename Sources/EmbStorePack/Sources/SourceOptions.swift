/// What the user says about a source. Everything may be left to the file.
public struct SourceOptions: Sendable, Equatable {
    /// The format; nil to tell by content, then by extension.
    public var format: SourceFormat?
    /// The tensor or member to read from a file of several.
    public var tensor: String?
    /// Floats per row of a text file without header; nil to tell from its first lines.
    public var dim: Int?
    /// The key column of a CSV file. Without it the first column holds keys if its first record is not a number.
    public var keyColumn: KeyColumn?
    /// The byte between CSV fields; nil for a comma, or a tab in files named `.tsv`.
    public var delimiter: UInt8?
    /// Whether keys in text are kept as strings, the default, or read as decimal integers.
    public var keyKind: KeyKind

    public init(
        format: SourceFormat? = nil, tensor: String? = nil, dim: Int? = nil, keyColumn: KeyColumn? = nil,
        delimiter: UInt8? = nil, keyKind: KeyKind = .strings
    ) {
        self.format = format
        self.tensor = tensor
        self.dim = dim
        self.keyColumn = keyColumn
        self.delimiter = delimiter
        self.keyKind = keyKind
    }
}
