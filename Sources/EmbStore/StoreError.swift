public import EmbFormat
public import EmbIO

/// Why a store cannot be opened, verified, or asked for a table.
public enum StoreError: Error, Sendable, Equatable {
    /// The operating system's answer.
    case io(IOError)
    /// The file is not what it should be: the code of Formats/container.md, the field, and both values.
    case refused(path: String, FormatError)
    case noSuchTable(String, known: [String])
    case noSuchFeature(String, known: [String])
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .io(let error): "\(error)"
        case .refused(let path, let error): "\(path): \(error)"
        case .noSuchTable(let name, let known): "no table \"\(name)\"; there is \(Self.list(known))"
        case .noSuchFeature(let name, let known): "no feature \"\(name)\"; there is \(Self.list(known))"
        }
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
        return names.isEmpty ? "none" : names.count > 8 ? shown + " and \(names.count - 8) more" : shown
    }
}
