/// The formats that tables are read from.
public enum SourceFormat: String, Sendable, CaseIterable {
    /// One numpy array.
    case npy
    /// A zip archive of numpy arrays.
    case npz
    /// Named tensors after a JSON header.
    case safetensors
    /// The JSON index of tensors that are spread over several .safetensors files.
    case safetensorsIndex = "safetensors-index"
    /// A token and its floats per line, without header.
    case glove
    /// A line with row count and dim, then a token and its floats per line; also fastText's .vec.
    case word2vecText = "word2vec-text"
    /// A line with row count and dim, then a token, a space and raw floats per row.
    case word2vecBinary = "word2vec-binary"
    /// Comma-separated records (RFC 4180).
    case csv
}

extension SourceFormat {
    /// Opens the tables of a file, in the order of the file.
    ///
    /// Headers are read and checked against the length of the file; rows are not read yet.
    public static func open(
        _ path: String, options: SourceOptions = SourceOptions()
    ) throws(SourceError) -> [any RowSource] {
        try open(SourceFile.open(path), options: options)
    }

    static func open(_ file: SourceFile, options: SourceOptions) throws(SourceError) -> [any RowSource] {
        [try NpyFormat.source(file)]
    }
}
