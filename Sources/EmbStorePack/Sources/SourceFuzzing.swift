/// Reads everything that bytes hold in one format, or in the format they look like: the whole way that a hostile file
/// goes, for fuzzers. The bytes stand for every shard of an index as well.
@_spi(Fuzzing) public func fuzzSource(format: SourceFormat?, bytes: [UInt8]) {
    let file = SourceFile(name: "fuzz", bytes: bytes, siblings: ["a": bytes, "model.safetensors": bytes])
    do {
        for source in try SourceFormat.open(file, options: SourceOptions(format: format)) {
            let tile = RowTile(capacity: 16, dim: source.shape.dim, keys: source.shape.keys)
            while try source.next(into: tile) > 0 {}
        }
    } catch {
        _ = error.description
    }
}

/// Reads bytes as a file of keys.
@_spi(Fuzzing) public func fuzzKeys(bytes: [UInt8]) {
    do {
        let keys = try KeyFile(SourceFile(name: "fuzz", bytes: bytes), keyKind: .strings)
        let tile = RowTile(capacity: 16, dim: 1, keys: keys.kind)
        let shape = SourceShape(
            name: "fuzz", tableName: nil, rowCount: nil, dim: 1, element: .f32, keys: keys.kind)
        repeat { tile.reset(for: shape) } while try keys.next(16, into: tile) > 0
    } catch {
        _ = error.description
    }
}
