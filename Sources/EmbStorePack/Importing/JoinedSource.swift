/// Several sources of rows of the same width, one after the other.
final class JoinedSource: RowSource {
    let shape: SourceShape
    private let parts: [any RowSource]
    private var part = 0

    /// - Parameter parts: At least one; without keys and with known numbers of rows.
    init(_ parts: [any RowSource]) {
        self.parts = parts
        let first = parts[0].shape
        precondition(parts.allSatisfy { $0.shape.dim == first.dim && $0.shape.keys == .none })
        shape = SourceShape(
            name: first.name, rowCount: parts.reduce(0) { $0 + ($1.shape.rowCount ?? 0) }, dim: first.dim,
            element: first.element, keys: .none)
    }

    func rewind() throws(SourceError) {
        for part in parts { try part.rewind() }
        part = 0
    }

    func next(into tile: RowTile) throws(SourceError) -> Int {
        tile.reset(for: shape)
        while part < parts.count {
            let count = try parts[part].next(into: tile)
            if count > 0 { return count }
            part += 1
        }
        return 0
    }
}
