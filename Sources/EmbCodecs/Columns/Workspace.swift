internal import EmbKernels

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

    /// Decoded rows, and their places in a list.
    private var tile: [Float] = []
    private var order: [UInt32] = []

    public init() {}

    /// Memory for decoded rows, until it is given back: numbers, with the slack that kernels want behind them, and row indices.
    func takeTile(numbers: Int, rows: Int) -> (tile: [Float], order: [UInt32]) {
        let needed = numbers + StoredRows.slack / MemoryLayout<Float>.size
        if tile.count < needed { tile = [Float](repeating: 0, count: needed) }
        if order.count < rows { order = [UInt32](repeating: 0, count: rows) }
        defer { (tile, order) = ([], []) }
        return (tile, order)
    }

    func give(back tile: [Float], _ order: [UInt32]) { (self.tile, self.order) = (tile, order) }
}
