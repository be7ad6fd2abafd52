/// What a CSV file's first records tell: whether there is a header, and which column holds the keys.
struct CsvLayout: Equatable {
    let delimiter: UInt8
    let hasHeader: Bool
    let keyColumn: Int?
    let columns: Int

    var dim: Int { columns - (keyColumn == nil ? 0 : 1) }

    init(_ file: any ByteSource, options: SourceOptions) throws(SourceError) {
        delimiter = options.delimiter ?? (file.name.hasSuffix(".tsv") ? UInt8(ascii: "\t") : UInt8(ascii: ","))
        let reader = try CsvReader(file, delimiter: delimiter)
        guard try reader.next() else {
            throw .truncated(file: file.name, what: "first record", offset: 0, needed: 1, found: 0)
        }
        let first = CsvRecord(reader)
        let second = try reader.next() ? CsvRecord(reader) : nil
        columns = first.names.count
        let named = try Self.column(options.keyColumn, in: first, file: file.name)
        hasHeader = Self.isHeader(first, before: second, keyColumn: options.keyColumn)
        let data = hasHeader ? second : first
        keyColumn = named ?? (data.map { !$0.isNumber[0] } ?? false ? 0 : nil)
        guard dim > 0 else {
            throw .notATable(
                file: file.name, found: "one column", expected: "numbers in more, with commas between, or tabs in .tsv")
        }
        guard dim <= SourceLimits.dim else {
            throw .tooLarge(file: file.name, what: "dim", found: UInt64(dim), limit: UInt64(SourceLimits.dim))
        }
    }

    private static func column(
        _ wanted: KeyColumn?, in first: CsvRecord, file: String
    ) throws(SourceError) -> Int? {
        switch wanted {
        case nil: return nil
        case .index(let index):
            if first.names.indices.contains(index) { return index }
            throw .noSuchColumn(file: file, wanted: "\(index)", available: ["0...\(first.names.count - 1)"])
        case .name(let name):
            let matches = first.names.indices.filter { first.names[$0] == name }
            if matches.count > 1 { throw .duplicateName(file: file, what: "columns", name: name) }
            if let match = matches.first { return match }
            throw .noSuchColumn(file: file, wanted: name, available: first.names)
        }
    }

    /// A first record is a header if it has something else where the second has a number. A record that is alone is a
    /// header if more than its key is no number.
    private static func isHeader(_ first: CsvRecord, before second: CsvRecord?, keyColumn: KeyColumn?) -> Bool {
        if case .name = keyColumn { return true }
        var keyed: Int?
        if case .index(let index) = keyColumn { keyed = index }
        let words = first.isNumber.indices.filter { !first.isNumber[$0] && $0 != keyed }
        guard let second else { return words.contains { $0 != 0 || keyed != nil } }
        return words.contains { $0 < second.isNumber.count && second.isNumber[$0] }
    }
}
