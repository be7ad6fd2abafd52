/// A column of a CSV file.
public enum KeyColumn: Sendable, Equatable {
    /// By its name in the header.
    case name(String)
    /// By position, from 0.
    case index(Int)
}
