/// Keys as they stand in text, on their way into a tile.
struct KeyText {
    let file: String
    let kind: KeyKind

    /// Adds a key to the tile, as bytes or as a number; nothing when keys are not wanted.
    func add(_ key: Span<UInt8>, at place: SourcePlace, to tile: RowTile) throws(SourceError) {
        switch kind {
        case .none:
            return
        case .strings:
            guard key.count <= SourceLimits.keyBytes else {
                let limit = UInt64(SourceLimits.keyBytes)
                throw .keyTooLong(file: file, place: place, found: UInt64(key.count), limit: limit)
            }
            tile.append(key: key)
        case .integers:
            guard let number = Self.integer(key) else {
                throw .badKey(file: file, place: place, found: Shown.bytes(key), expected: "a 64-bit integer")
            }
            tile.append(key: number)
        }
    }

    /// A decimal number of 64 bits; a negative one stands as its two's complement.
    static func integer(_ key: Span<UInt8>) -> UInt64? {
        guard key.first == UInt8(ascii: "-") else { return VectorLine.unsigned(key) }
        let magnitude = VectorLine.unsigned(key.extracting(1...))
        guard let magnitude, magnitude <= 1 << 63 else { return nil }
        return 0 &- magnitude
    }
}
