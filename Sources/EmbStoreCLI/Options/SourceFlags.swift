import ArgumentParser
import EmbStorePack
import Foundation

/// How sources are read: shared by the verbs that read them.
struct SourceFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The format of the sources; told by content by default.", valueName: "format"))
    var from: SourceFormat?

    /// At most one: a list only so that a second is refused, and not taken in place of the first.
    @Option(
        parsing: .singleValue, help: ArgumentHelp("Take only this tensor or member.", valueName: "name"))
    var tensor: [String] = []

    @Option(
        help: ArgumentHelp(
            "Keys for a source without any: a text file, one a line, or integers in a one-dimensional .npy.",
            valueName: "file"),
        completion: .file())
    var keys: String?

    @Option(help: "How keys in text are read; str by default.")
    var keyType: KeyType?

    @Option(
        help: ArgumentHelp(
            "The key column of a CSV file, by its name or its position from 0; by default the first, if it has words.",
            valueName: "column"))
    var keyColumn: String?

    func validate() throws {
        guard tensor.count <= 1 else {
            let names = tensor.map { "\"\($0)\"" }.joined(separator: ", ")
            throw ValidationError("--tensor takes one name, and there are \(tensor.count): \(names)")
        }
    }

    /// Whether any of these was given, which means nothing without a source.
    var isUsed: Bool { saysHowToOpen || keyType != nil }

    /// The same but for the type of keys, which a single key may have too.
    var saysHowToOpen: Bool { from != nil || !tensor.isEmpty || keys != nil || keyColumn != nil }

    /// A table to read, and the file it is in.
    struct Opened {
        let path: String
        let source: any RowSource

        /// The tensor's name, or the file's without its extension.
        var tableName: String {
            source.shape.tableName ?? URL(filePath: path).deletingPathExtension().lastPathComponent
        }

        /// Bytes of a row as the source stores it, for rates.
        var rowBytes: Double {
            let element = source.shape.element
            return Double(source.shape.dim * (element == .text ? MemoryLayout<Float>.size : element.byteCount))
        }
    }

    func open(_ paths: [String]) throws -> [Opened] {
        guard !paths.contains("-") else {
            throw Failure.usage("sources are read twice, so standard input cannot be one; save it to a file first")
        }
        var opened: [Opened] = []
        for path in paths {
            for source in try SourceFormat.open(path, options: options) {
                opened.append(Opened(path: path, source: try keyed(source)))
            }
        }
        try check(opened)
        return opened
    }

    private var options: SourceOptions {
        var options = SourceOptions(format: from, tensor: tensor.first)
        if let keyType { options.keyKind = keyType.kind }
        if let keyColumn { options.keyColumn = Int(keyColumn).map(KeyColumn.index) ?? .name(keyColumn) }
        return options
    }

    private func keyed(_ source: any RowSource) throws -> any RowSource {
        guard let keys else { return source }
        return try KeyFile.open(keys, keyKind: (keyType ?? .str).kind).keyed(source)
    }

    private func check(_ opened: [Opened]) throws {
        guard keys == nil || opened.count == 1 else {
            throw Failure.usage("--keys goes with one table, and there are \(opened.count); choose one with --tensor")
        }
        guard let keyType else { return }
        for table in opened where table.source.shape.keys != keyType.kind {
            let found = table.source.shape.keys == .none ? "no keys" : "keys of another type"
            throw Failure.usage("--key-type \(keyType.rawValue): \(table.source.shape.name) has \(found)")
        }
    }
}
