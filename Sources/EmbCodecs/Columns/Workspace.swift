/// Scratch memory of one lookup at a time. Grows to what its table needs and keeps it.
public final class Workspace {
    /// Copies of rows, when they cannot be read in place.
    var staging: [UInt8] = []
    /// Row indices into `staging`.
    var stagedRows: [UInt32] = []
    /// Two rows of floats to work in: decoded, and transformed.
    public var decoded: [Float] = []
    public var transformed: [Float] = []

    public init() {}

    /// Makes sure that both float buffers hold `count` numbers.
    public func reserve(_ count: Int) {
        if decoded.count < count { decoded = [Float](repeating: 0, count: count) }
        if transformed.count < count { transformed = [Float](repeating: 0, count: count) }
    }
}
