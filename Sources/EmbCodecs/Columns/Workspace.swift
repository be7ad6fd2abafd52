/// Scratch memory of one lookup at a time. Grows to what its table needs and keeps it.
public final class Workspace {
    /// Copies of rows, when they cannot be read in place.
    var staging: [UInt8] = []
    /// Row indices into `staging`.
    var stagedRows: [UInt32] = []

    public init() {}
}
