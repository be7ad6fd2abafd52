/// Where in a source something was found.
public enum SourcePlace: Sendable, Equatable, CustomStringConvertible {
    /// A row, counted from 0.
    case row(UInt64)
    /// A line of text, counted from 1.
    case line(UInt64)

    public var description: String {
        switch self {
        case .row(let row): "row \(row)"
        case .line(let line): "line \(line)"
        }
    }
}
