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
        let format = if let given = options.format { given } else { try FormatDetector.detect(file) }
        try format.check(options, file: file)
        switch format {
        case .npy: return [try NpyFormat.source(file)]
        case .npz: return try NpzFormat.sources(file, tensor: options.tensor)
        case .safetensors: return try SafetensorsFormat.sources(file, tensor: options.tensor)
        case .safetensorsIndex: return try ShardIndex.sources(file, tensor: options.tensor)
        case .glove:
            let body = try TextBody.inferred(file, dim: options.dim)
            return [TextVectorSource(file, body: body, keyKind: options.keyKind)]
        case .word2vecText:
            let body = try TextBody.header(file) { 2 * $0 }
            return [TextVectorSource(file, body: body, keyKind: options.keyKind)]
        case .word2vecBinary: return [try Word2VecBinarySource(file, keyKind: options.keyKind)]
        case .csv: return [try CsvSource(file, options: options)]
        }
    }

    /// Refuses options that this format would silently ignore.
    private func check(_ options: SourceOptions, file: SourceFile) throws(SourceError) {
        let holdsTensors = self == .npz || self == .safetensors || self == .safetensorsIndex
        if let tensor = options.tensor, !holdsTensors {
            throw .badOption(file: file.name, option: "tensor", found: tensor, expected: unused)
        }
        if let dim = options.dim, self != .glove {
            throw .badOption(file: file.name, option: "dim", found: "\(dim)", expected: unused)
        }
        if let column = options.keyColumn, self != .csv {
            throw .badOption(file: file.name, option: "keyColumn", found: "\(column)", expected: unused)
        }
        if let delimiter = options.delimiter, self != .csv {
            throw .badOption(file: file.name, option: "delimiter", found: "byte \(delimiter)", expected: unused)
        }
    }

    private var unused: String { "none, as the format is \(rawValue)" }
}
