/// The order in which rows are stored.
public enum RowOrder: String, Sendable, CaseIterable {
    /// As they come.
    case source
    /// Rows that are asked for most often first. Needs frequencies.
    case frequency
    /// Rows of the largest Euclidean norm first.
    case norm
}
