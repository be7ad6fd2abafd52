/// Scratch memory of one lookup at a time. Grows to what its table needs and keeps it.
public final class Workspace {
    /// Copies of rows, when they cannot be read in place.
    var staging: [UInt8] = []
    /// Row indices into `staging`.
    var stagedRows: [UInt32] = []
    /// Indices of rows to score, and their numbers before and after a transform. Taken out while in use.
    var scoredRows: [UInt32] = []
    var decoded: [Float] = []
    var transformed: [Float] = []

    public init() {}
}
