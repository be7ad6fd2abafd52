/// The integers of a one-dimensional .npy array.
struct KeyNumbers {
    let count: UInt64
    private let file: any ByteSource
    private let start: UInt64
    private let decoder: ElementDecoder

    init(_ file: any ByteSource) throws(SourceError) {
        let header = try NpyHeader(file)
        let layout = try header.integerVector(file)
        self.file = file
        (count, start, decoder) = (layout.rowCount, layout.start, layout.decoder)
    }

    /// Adds up to `limit` keys from a position on to the tile.
    func add(from position: UInt64, limit: Int, to tile: RowTile) throws(SourceError) -> Int {
        let size = decoder.element.byteCount
        let wanted = Int(min(UInt64(limit), count - position))
        var added = 0
        while added < wanted {
            let part = min(wanted - added, 1 << 16)
            let offset = start + (position + UInt64(added)) * UInt64(size)
            let bytes = try file.bytes(at: offset, count: part * size, what: "key \(position + UInt64(added))")
            for index in 0..<part { tile.append(key: decoder.integer(bytes.span, at: index)) }
            added += part
        }
        return added
    }
}

extension ElementDecoder {
    /// The integer stored at an index; a negative one stands as its two's complement in 64 bits.
    func integer(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
        let size = element.byteCount
        var value: UInt64 = 0
        for step in 0..<size { value = value << 8 | UInt64(bytes[index * size + (bigEndian ? step : size - 1 - step)]) }
        let unused = UInt64(64 - 8 * size)
        let isSigned = [.i8, .i16, .i32, .i64].contains(element)
        return isSigned ? UInt64(bitPattern: Int64(bitPattern: value << unused) >> Int64(unused)) : value
    }
}
