/// Keys in memory.
public final class KeyList: KeySupply {
    public let name: String
    public let kind: KeyKind
    public var count: UInt64? { UInt64(keys.count) }
    private let keys: ArraySource.Keys
    private var position = 0

    /// - Parameter name: For messages.
    public init(name: String, _ keys: ArraySource.Keys) {
        self.name = name
        self.keys = keys
        switch keys {
        case .none: kind = .none
        case .integers: kind = .integers
        case .strings: kind = .strings
        }
    }

    /// The rows of a key-less source under these keys, one for each.
    public func keyed(_ source: any RowSource) throws(SourceError) -> any RowSource { try keyed(rows: source) }

    func rewind() { position = 0 }

    func next(_ limit: Int, into tile: RowTile) throws(SourceError) -> Int {
        let start = position
        while position < keys.count, position - start < limit, tile.hasKeyRoom {
            switch keys {
            case .none: break
            case .integers(let keys): tile.append(key: keys[position])
            case .strings(let keys):
                let key = keys[position]
                guard key.count <= SourceLimits.keyBytes else {
                    throw .keyTooLong(
                        file: name, place: .row(UInt64(position)), found: UInt64(key.count),
                        limit: UInt64(SourceLimits.keyBytes))
                }
                tile.append(key: key.span)
            }
            position += 1
        }
        return position - start
    }

    func countToEnd() -> UInt64 { UInt64(keys.count) }
}
